"""The two response headers that carry time: Date and Retry-After. Pure; what cannot be read is None."""

import re
from email.utils import parsedate_to_datetime
from functools import lru_cache


@lru_cache(4)  # all answers of a second have the same
def parse_date(value: str | None) -> float | None:
    """Return an HTTP date as Unix seconds."""
    try:
        return parsedate_to_datetime(value or "").timestamp()
    except (ValueError, OverflowError):
        return None


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds a Retry-After header asks to wait, given in seconds or as an HTTP date; never negative."""
    if not value:
        return None
    seconds = re.fullmatch(r"[0-9]{1,9}", value)
    if seconds:
        return float(seconds[0])
    date = parse_date(value)
    return None if date is None else max(0.0, date - now)
