"""Fixtures of all tiers."""

import asyncio

import pytest

pytest_plugins = ["support.plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that renews what golden files expect; read the difference before committing it."""
    parser.addoption("--write-golden", action="store_true", help="write the golden files that the run uses")


def pytest_sessionstart() -> None:
    """Keep looptime's patched event loop policy from making a loop that nobody closes, whose warning fails a test."""
    asyncio.set_event_loop(None)
