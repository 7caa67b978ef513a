"""When things are due: durations, the phase of drift checks, and the waits between tries."""

import hashlib
import re
from dataclasses import dataclass

_UNITS = {"s": 1, "m": 60, "h": 3600}
_FIRST_RETRY_SECONDS = 5.0
_LONGEST_RETRY_SECONDS = 300.0
_JITTER = 0.2


@dataclass(frozen=True)
class Timing:
    """Operator settings that shape the schedule, in seconds."""

    first_look: float = 10.0
    shortest_drift_check: float = 30.0


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


def retry_delay(uid: str, attempts: int) -> float:
    """Return the seconds until the next try: doubling from 5 s to 5 min, spread by 20 % to either side."""
    doublings = min(attempts - 1, 10)
    delay: float = min(_FIRST_RETRY_SECONDS * 2**doublings, _LONGEST_RETRY_SECONDS)
    return delay * (1 - _JITTER + 2 * _JITTER * share(uid, "retry"))
