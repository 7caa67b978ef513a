"""The tasks that take keys from a queue and run passes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic

from automix.engine.queue import KeyT, WorkQueue
from automix.kube.errors import KubeError

log = logging.getLogger(__name__)

_API_SERVER_SECONDS = 2.0
_BUG_SECONDS = 30.0


class Workers(Generic[KeyT]):
    """`count` tasks over one queue. `reconcile` returns the seconds until a key is due again, or None."""

    def __init__(
        self, queue: WorkQueue[KeyT], reconcile: Callable[[KeyT], Awaitable[float | None]], count: int
    ) -> None:
        self._queue = queue
        self._reconcile = reconcile
        self._count = count
        self._idle: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def start(self) -> None:
        """Start the tasks on the running event loop."""
        self._tasks = {asyncio.create_task(self._work()) for _ in range(self._count)}

    def stop(self) -> set[asyncio.Task[None]]:
        """Take no more keys, and return the tasks, which end with the passes under way."""
        self._stopping = True
        for task in self._idle:
            task.cancel()
        return self._tasks

    async def _work(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("a worker is a task")
        while not self._stopping:
            self._idle.add(task)
            # Passes that wait for nothing, as of ten thousand objects at rest, must not keep a Lease's renewal waiting.
            await asyncio.sleep(0)
            key = await self._queue.get()
            self._idle.discard(task)
            try:
                await self._work_on(key)
            finally:
                self._queue.done(key)

    async def _work_on(self, key: KeyT) -> None:
        try:
            delay = await self._reconcile(key)
        except KubeError as error:
            log.warning("pass failed at the API server", extra={"object": str(key), "error": str(error)})
            delay = _API_SERVER_SECONDS
        except Exception:  # the border: one object's bug must not end the others' work
            log.exception("pass failed", extra={"object": str(key)})
            delay = _BUG_SECONDS
        if delay is not None:
            self._queue.add(key, max(delay, 0.001))


async def ended(tasks: set[asyncio.Task[None]], within: float) -> bool:
    """Wait up to `within` seconds for stopped tasks to end, cancel those that have not; return whether all had.

    Makes no task of its own: kopf, on its way out, cancels every task that it finds and does not know.
    """
    if not tasks:
        return True
    _, late = await asyncio.wait(tasks, timeout=within)
    for task in late:
        log.warning("pass did not end in time")
        task.cancel()
    if late:
        await asyncio.wait(late)
    return not late
