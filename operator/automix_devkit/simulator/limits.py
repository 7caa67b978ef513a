"""How often and how many at once: rate limits, the lock of a user id, nonces. Counts, never sleeps."""

import itertools
from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Protocol

from automix_devkit.simulator.settings import RateLimit

_WINDOW_SECONDS = 1.0
# A Timestamp may be ten minutes ahead, and a signature is valid for ten minutes after it: nothing older can come back.
_NONCE_SECONDS = 1200.0


class Limiter(Protocol):
    """Accept so many calls a second for each key."""

    def accept(self, key: Hashable, limit: int, now: float) -> bool:
        """Count a call and return True, or return False when there are too many."""
        ...


class SlidingWindow:
    """Accept so many calls in any second, by the time each was accepted."""

    def __init__(self) -> None:
        self._accepted: defaultdict[Hashable, deque[float]] = defaultdict(deque)

    def accept(self, key: Hashable, limit: int, now: float) -> bool:
        """Count a call and return True, or return False when the last second is full."""
        accepted = self._accepted[key]
        while accepted and accepted[0] <= now - _WINDOW_SECONDS:
            accepted.popleft()
        if len(accepted) >= limit:
            return False
        accepted.append(now)
        return True


class TokenBucket:
    """Accept a call for each token; a bucket holds one second's worth and fills at the rate of the limit."""

    def __init__(self) -> None:
        self._left: dict[Hashable, tuple[float, float]] = {}

    def accept(self, key: Hashable, limit: int, now: float) -> bool:
        """Take a token and return True, or return False when there is none."""
        tokens, then = self._left.get(key, (limit, now))
        tokens = min(limit, tokens + (now - then) * limit)
        accepted = tokens >= 1
        self._left[key] = (tokens - 1 if accepted else tokens, now)
        return accepted


LIMITERS: dict[RateLimit, type[Limiter]] = {
    RateLimit.SLIDING_WINDOW: SlidingWindow,
    RateLimit.TOKEN_BUCKET: TokenBucket,
}


class Locks:
    """Let one call at a time through for each key."""

    def __init__(self) -> None:
        self._held: set[Hashable] = set()

    @contextmanager
    def hold(self, key: Hashable | None) -> Iterator[bool]:
        """Hold a key while the block runs; give False when someone else has it. None is never locked."""
        if key in self._held:
            yield False
            return
        if key is not None:
            self._held.add(key)
        try:
            yield True
        finally:
            self._held.discard(key)


class Nonces:
    """Remember the nonces of an app for as long as their signatures can be valid."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str], float] = {}

    def is_new(self, app_id: int, nonce: str, now: float) -> bool:
        """Note a nonce, and tell whether it was not seen before."""
        # In the order of time, as time only rises: the first to be forgotten is the first.
        old = itertools.takewhile(lambda key: self._seen[key] < now - _NONCE_SECONDS, self._seen)
        for key in tuple(old):
            del self._seen[key]
        if (app_id, nonce) in self._seen:
            return False
        self._seen[app_id, nonce] = now
        return True
