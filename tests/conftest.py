"""Fixtures of all tiers."""

import asyncio

import pytest

pytest_plugins = ["support.plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of our own."""
    parser.addoption("--write-golden", action="store_true", help="write the golden files that the run uses")
    parser.addoption("--all-crashes", action="store_true", help="cross crash points with lost, failed, slow answers")
    parser.addoption("--zego", default="", metavar="ALTERNATIVE", help="how the simulator reads ZEGO's documents")
    parser.addoption("--model-examples", type=int, default=500, help="how many stories the model test tells")
    parser.addoption("--model-steps", type=int, default=50, help="of how many steps each")
    parser.addoption("--model-anew", action="store_true", help="stories that nobody has heard, not always the same")
    parser.addoption("--chaos-seconds", type=float, default=60, help="how long the chaos lasts")
    parser.addoption("--chaos-seed", type=int, default=None, help="repeats the chances of a chaos; it prints its own")


def pytest_sessionstart() -> None:
    """Keep looptime's patched event loop policy from making a loop that nobody closes, whose warning fails a test."""
    asyncio.set_event_loop(None)
