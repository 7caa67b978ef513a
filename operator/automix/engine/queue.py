"""Keys that are due: each once, in order, never by two workers at once. Waiting costs a timer, not a coroutine."""

import asyncio
from collections.abc import Callable, Hashable
from itertools import count
from typing import Generic, NamedTuple, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


class _Timer(NamedTuple):
    """When a key is due, in the loop's time, and what is to be cancelled."""

    moment: float
    handle: asyncio.TimerHandle


class WorkQueue(Generic[KeyT]):
    """client-go's work queue on an event loop: what is added while being worked on comes again afterwards.

    Keys that are added in bulk, as at the start, come after all others: a person's change does not wait for a crowd of
    which hardly any has changed (controller-runtime's priority queue does the same).
    """

    def __init__(self, *, shut: bool = False, has_its_turn: Callable[[KeyT], bool] = lambda _: True) -> None:
        """A queue that is `shut` passes over what is added until it is opened.

        `has_its_turn` is asked when a key's delay is over; where it is False, somebody else will add the key.
        """
        self._shut = shut
        self._has_its_turn = has_its_turn
        self._ready: asyncio.PriorityQueue[tuple[bool, int, KeyT]] = asyncio.PriorityQueue()
        self._order = count()
        self._queued: dict[KeyT, bool] = {}
        """Whether each was added in bulk."""
        self._active: set[KeyT] = set()
        self._again: set[KeyT] = set()
        self._timers: dict[KeyT, _Timer] = {}

    def __len__(self) -> int:
        return len(self._queued)

    def open(self) -> None:
        """Take keys from now on."""
        self._shut = False

    def add(self, key: KeyT, delay: float = 0.0) -> None:
        """Make the key due after `delay` seconds; of several times the earliest wins."""
        if delay <= 0:
            self._ripen(key)
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + delay
        timer = self._timers.get(key)
        if timer is not None:
            if timer.moment <= when:
                return
            timer.handle.cancel()
        self._timers[key] = _Timer(when, loop.call_at(when, self._come_due, key))

    def add_in_bulk(self, key: KeyT) -> None:
        """Make the key due after all that are not of a crowd."""
        if key not in self._queued:
            self._ripen(key, bulk=True)

    async def get(self) -> KeyT:
        """Wait for a due key and take it; `done` must follow."""
        while True:
            bulk, _, key = await self._ready.get()
            # What was added in bulk and then by itself is in there twice.
            if self._queued.get(key) == bulk:
                break
        del self._queued[key]
        self._active.add(key)
        return key

    def done(self, key: KeyT) -> None:
        """Say that the work on a key is over."""
        self._active.discard(key)
        if key in self._again:
            self._again.discard(key)
            self._ripen(key)

    def forget(self, key: KeyT) -> None:
        """Drop the key's timer."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.handle.cancel()

    def _come_due(self, key: KeyT) -> None:
        if self._has_its_turn(key):
            self._ripen(key)
        else:
            self.forget(key)

    def _ripen(self, key: KeyT, *, bulk: bool = False) -> None:
        self.forget(key)
        if self._shut:
            return
        if key in self._active:
            self._again.add(key)
        elif key not in self._queued or self._queued[key] > bulk:
            self._queued[key] = bulk
            self._ready.put_nowait((bulk, next(self._order), key))
