"""Waiting for the world, in place of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_POLL_SECONDS = 0.05


def until(condition: Callable[[], T | None], *, within: float = 20.0, of: str | Callable[[], str] = "") -> T:
    """Return the condition's first true value; fail with what it was last after `within` seconds.

    `of` says what is waited for, or how it is in the end.
    """
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            told = of() if callable(of) else of
            raise AssertionError(f"not within {within:g} s: {told or condition} (last: {value!r})")
        time.sleep(_POLL_SECONDS)
