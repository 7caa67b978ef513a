"""A key of no object that goes the way of all keys, so that a queue from which nothing comes any more is noticed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic

from automix.engine.queue import KeyT, WorkQueue


class Canary(Generic[KeyT]):
    """The canary of one queue. It is put in when somebody asks for it, and costs nothing otherwise.

    What counts is that keys are taken, not that it is: its turn is a while away where ten thousand wait for a ZEGO that
    does not answer.
    """

    def __init__(self, queue: WorkQueue[KeyT], key: KeyT, reconcile: Callable[[KeyT], Awaitable[float | None]]) -> None:
        self._queue = queue
        self._key = key
        self._reconcile = reconcile
        self._under_way = False
        self._moved_at = 0.0
        """When a key was last taken, or the canary put in where that is later."""

    async def reconcile(self, key: KeyT) -> float | None:
        """Run the pass of a key; that of the canary is to have come this far."""
        self._moved_at = asyncio.get_running_loop().time()
        if key != self._key:
            return await self._reconcile(key)
        self._under_way = False
        return None

    def still(self) -> float:
        """Put it into the queue, unless it is in there; return for how many seconds no key was taken since."""
        now = asyncio.get_running_loop().time()
        if not self._under_way:
            self._under_way = True
            self._moved_at = now
            self._queue.add(self._key)
        return now - self._moved_at
