"""When things are due: durations, the phase of drift checks, and the waits between tries."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_UNITS = {"s": 1, "m": 60, "h": 3600}
_JITTER = 0.2
# Where each fifth call fails, a try, which is a look and a change, fails nine times in 25. Waits that double would have
# one in 165 wait for half a minute, those that grow by half one in 3,500; so it is one in 75,000.
_GROWTH = 1.3
# By then the slowest has come to its longest wait, be it between looks at an interval of months.
_MOST_STEPS = 60


class Pace(NamedTuple):
    """How waits between tries grow, in seconds: each by three tenths, from the first to the longest."""

    first: float
    longest: float


USUAL = Pace(2.0, 300.0)
STOPS = Pace(2.0, 20.0)
"""For the stop of what is to go: it is paid for until then."""
SLOW = Pace(60.0, 1800.0)
"""For what hardly passes by itself: codes that no page explains, and faults of this program."""
FARTHEST = SLOW.longest * (1 + _JITTER) + 60.0
"""No wait is longer, so that one which seems to be comes from a clock that went back."""


@dataclass(frozen=True)
class Timing:
    """Operator settings that shape the schedule, in seconds."""

    first_look: float = 10.0
    shortest_drift_check: float = 30.0
    deletion_timeout: float = 900.0
    """How long a mix that cannot be stopped holds its deleted object."""


@lru_cache(maxsize=256)
def seconds(duration: str) -> int:
    """Return a duration such as `1h30m` in seconds; raises ValueError naming what is allowed."""
    parts = re.findall(r"([0-9]+)([smh])", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        message = f"{duration!r} is no duration: write hours, minutes and seconds, such as 90s or 1h30m"
        raise ValueError(message)
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def share(uid: str, salt: str) -> float:
    """Return a number in [0, 1) fixed by the object's UID: spread without chance and without storage."""
    digest = hashlib.sha256(f"{salt}/{uid}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def next_look(uid: str, after: float, interval: float) -> float:
    """Return the first moment after `after` that is the object's own phase of the interval."""
    phase = share(uid, "drift") * interval
    return after + interval - (after - phase) % interval


def next_try_to_look(uid: str, failures: int, interval: float) -> float:
    """Return the seconds until a look that failed is tried again: soon at first, in an outage no more than usual."""
    return min(retry_delay(uid, failures, Pace(min(USUAL.first, interval / 4), interval)), interval)


def retry_delay(uid: str, attempts: int, pace: Pace = USUAL) -> float:
    """Return the seconds until the next try: longer by three tenths each time, spread by 20 % to either side."""
    delay: float = min(pace.first * _GROWTH ** min(attempts - 1, _MOST_STEPS), pace.longest)
    return delay * (1 - _JITTER + 2 * _JITTER * share(uid, "retry"))
