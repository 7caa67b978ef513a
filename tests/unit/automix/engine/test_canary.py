"""The key of no object that shows whether work goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from automix.engine.canary import Canary
from automix.engine.queue import WorkQueue
from automix.engine.workers import Workers, ended

pytestmark = pytest.mark.looptime

KEY = "canary"


@asynccontextmanager
async def _working(
    reconcile: Callable[[str], Awaitable[float | None]], *, count: int = 2
) -> AsyncIterator[tuple[Canary[str], WorkQueue[str]]]:
    queue = WorkQueue[str]()
    canary = Canary(queue, KEY, reconcile)
    workers = Workers(queue, canary.reconcile, count)
    workers.start()
    yield canary, queue
    await ended(workers.stop(), within=1)


async def _nothing(key: str) -> None:
    assert key != KEY


async def _hang(key: str) -> None:
    assert key != KEY
    await asyncio.Event().wait()


async def test_it_comes_out_of_a_queue_that_is_worked_on_and_is_no_objects_pass() -> None:
    async with _working(_nothing) as (canary, queue):
        for _ in range(3):
            assert canary.still() == 0
            await asyncio.sleep(60)

        assert len(queue) == 0


async def test_nothing_moves_for_as_long_as_all_workers_hang() -> None:
    async with _working(_hang) as (canary, queue):
        for key in "ab":
            queue.add(key)
        await asyncio.sleep(1)
        still = [canary.still()]
        for _ in range(3):
            await asyncio.sleep(60)
            still.append(canary.still())

    assert still == [0, 60, 120, 180]


async def test_one_worker_that_does_not_hang_is_enough_whatever_waits() -> None:
    async with _working(_hang, count=3) as (canary, queue):
        for key in "ab":
            queue.add(key)
        await asyncio.sleep(1)
        canary.still()
        await asyncio.sleep(60)

        assert canary.still() == 0


async def test_a_long_line_before_it_is_no_standstill() -> None:
    async def slow(key: str) -> None:
        assert key != KEY
        await asyncio.sleep(10)

    async with _working(slow, count=1) as (canary, queue):
        for number in range(100):
            queue.add(str(number))
        await asyncio.sleep(1)
        still = []
        for _ in range(10):
            still.append(canary.still())
            await asyncio.sleep(35)

    assert max(still) < 10


async def test_it_is_no_standstill_any_more_when_the_workers_go_on() -> None:
    async def hang_for_a_while(key: str) -> None:
        assert key != KEY
        await asyncio.sleep(600)

    async with _working(hang_for_a_while, count=1) as (canary, queue):
        queue.add("a")
        await asyncio.sleep(1)
        canary.still()
        await asyncio.sleep(500)
        assert canary.still() == 500
        await asyncio.sleep(100)

        assert canary.still() == 0
