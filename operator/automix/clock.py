"""The process's clock: the wall is looked at once, and time passes steadily from there."""

import time
from collections.abc import Callable

# CLOCK_MONOTONIC stands still while a Linux machine is suspended, and ZEGO's time does not.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def _steady() -> float:
    return time.clock_gettime(_STEADY)


def steady_clock(wall: Callable[[], float] = time.time, steady: Callable[[], float] = _steady) -> Callable[[], float]:
    """Return a clock in Unix seconds that a jump of this machine's wall clock does not change.

    What the wall is wrong by at the start, and what it drifts later, is learnt from the `Date` of ZEGO's answers.
    """
    epoch = wall() - steady()
    return lambda: epoch + steady()
