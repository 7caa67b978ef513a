"""How often and how many at once: the rate limit of an action and the lock of a user id. Counts, never sleeps."""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

_WINDOW_SECONDS = 1.0


class RateLimits:
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
