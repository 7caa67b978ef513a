"""Fixtures of all tiers."""

import asyncio

pytest_plugins = ["support.plugin"]


def pytest_sessionstart() -> None:
    """Keep looptime's patched event loop policy from making a loop that nobody closes, whose warning fails a test."""
    asyncio.set_event_loop(None)
