"""The calls that one app may make of one action: paced, in order of priority, without a coroutine per waiting key."""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Hashable
from enum import IntEnum
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)

_WINDOW_SECONDS = 1.0  # ZEGO: "100 calls a second" on the pages of all three actions


class Priority(IntEnum):
    """Who goes first when turns are scarce."""

    STOP = 0
    CHANGE = 1
    START = 2
    RETRY = 3
    LOOK = 4


class Budget(Generic[KeyT]):
    """At most `rate` turns at a time, each taken from when it is granted until a second after its call was answered.

    ZEGO stamps a call at some moment in between, so however late calls arrive, no second of ZEGO's holds more.

    A key that gets no turn is remembered; `wake` is called with it when its turn has come. A turn is kept for its key
    until it is spent on a call or dropped. So an object is planned afresh at its turn, not when it began to wait.
    """

    def __init__(self, rate: int, wake: Callable[[KeyT], None]) -> None:
        """`rate` in calls a second."""
        self._rate = rate
        self._wake = wake
        self._answered: deque[float] = deque()
        self._waiting: list[tuple[Priority, int, KeyT]] = []
        self._wanted: dict[KeyT, Priority] = {}
        self._granted: set[KeyT] = set()
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def change_rate(self, rate: int) -> None:
        """Allow another number of calls a second from now on."""
        self._rate = rate
        self._schedule()

    @property
    def waiting(self) -> int:
        """How many keys wait for a turn."""
        return len(self._wanted)

    def take(self, key: KeyT, priority: Priority) -> bool:
        """Return whether the key has a turn, which is kept for it; if not, it waits for one."""
        if key in self._granted:
            return True
        if not self._wanted and self._free() > 0:
            self._granted.add(key)
            return True
        if self._wanted.get(key, Priority.LOOK + 1) > priority:
            self._wanted[key] = priority
            heapq.heappush(self._waiting, (priority, next(self._order), key))
        self._schedule()
        return False

    def spend(self, key: KeyT) -> None:
        """Use up the key's turn: its call has been answered now, or will not be."""
        self._granted.discard(key)
        self._answered.append(asyncio.get_running_loop().time())
        self._schedule()

    def drop(self, key: KeyT) -> None:
        """Forget that the key waits or has a turn."""
        self._wanted.pop(key, None)
        if key in self._granted:
            self._granted.discard(key)
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._schedule()

    def _free(self) -> int:
        now = asyncio.get_running_loop().time()
        # The very sum that the timer is set to: its difference would round otherwise.
        while self._answered and self._answered[0] + _WINDOW_SECONDS <= now:
            self._answered.popleft()
        return self._rate - len(self._answered) - len(self._granted)

    def _grant(self) -> None:
        self._timer = None
        while self._wanted and self._free() > 0:
            priority, _, key = heapq.heappop(self._waiting)
            # An entry that was dropped, or pushed again with a better priority, is stale.
            if self._wanted.get(key) != priority:
                continue
            del self._wanted[key]
            self._granted.add(key)
            self._wake(key)
        self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None or not self._wanted:
            return
        loop = asyncio.get_running_loop()
        # Without an answer in the window all turns are granted; `spend` or `drop` comes back here.
        if self._free() > 0:
            self._timer = loop.call_at(loop.time(), self._grant)
        elif self._answered:
            self._timer = loop.call_at(self._answered[0] + _WINDOW_SECONDS, self._grant)
