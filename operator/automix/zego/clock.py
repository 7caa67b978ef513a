"""ZEGO's clock, as far as the Date headers of its answers tell it."""

import math
from collections.abc import Callable


class Clock:
    """By how many seconds ZEGO is ahead of us: what all answers so far agree on.

    A Date is cut to whole seconds, and written somewhere between request and answer. So each answer has its bounds:
    those of a quick one are a second apart, those of a slow one wide, and where they overlap is more exact than any.
    """

    def __init__(self, ours: Callable[[], float]) -> None:
        """`ours` returns Unix seconds."""
        self._ours = ours
        self._bounds: tuple[float, float] | None = None
        self._told = -math.inf
        """The latest time that was told since the bounds began."""

    @property
    def heard(self) -> bool:
        """Whether ZEGO has ever answered anything; until then its clock is not known."""
        return self._bounds is not None

    def now(self) -> float:
        """Return ZEGO's time in Unix seconds, or ours until an answer has arrived.

        Off by at most half a second (the grain of Date) and half the round trip of the quickest answer. It stands still
        rather than go back, unless a clock has jumped: whoever waited for a moment and then asks ZEGO would wait again.
        """
        self._told = max(self._told, self._ours() + sum(self._bounds or (0.0, 0.0)) / 2)
        return self._told

    def learn(self, date: float | None, sent: float) -> None:
        """Take note of an answer that arrived just now, by its Date in Unix seconds, if it had one.

        `sent` is when the request was, by our clock.
        """
        if date is None:
            self._bounds = self._bounds or (0.0, 0.0)  # there is no clock but ours to go by
            return
        least, most = date - self._ours(), date + 1 - sent
        low, high = self._bounds or (math.inf, -math.inf)
        both = max(low, least), min(high, most)
        if both[0] > both[1]:
            # Nothing in common: one of the clocks has jumped, or drifted, and only the last answer counts.
            both, self._told = (least, most), -math.inf
        self._bounds = both
