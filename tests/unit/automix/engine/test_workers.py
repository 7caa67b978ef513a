"""The tasks that run passes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from automix.engine.queue import WorkQueue
from automix.engine.workers import Workers, ended
from automix.kube.errors import Unavailable

pytestmark = pytest.mark.looptime

Reconcile = Callable[[str], Awaitable[float | None]]


class Passes:
    """Passes as a test wants them: how long each takes, what it raises, and when the key is due again."""

    def __init__(self, *, seconds: float = 0, again: float | None = None) -> None:
        self.seconds = seconds
        self.again = again
        self.errors: dict[str, Exception] = {}
        self.begun: list[tuple[str, float]] = []
        self.ended: list[str] = []

    async def __call__(self, key: str) -> float | None:
        """Run one pass."""
        self.begun.append((key, asyncio.get_running_loop().time()))
        await asyncio.sleep(self.seconds)
        if key in self.errors:
            raise self.errors[key]
        self.ended.append(key)
        return self.again


@asynccontextmanager
async def _working(passes: Reconcile, *keys: str, count: int = 2) -> AsyncIterator[tuple[Workers[str], WorkQueue[str]]]:
    queue = WorkQueue[str]()
    workers = Workers(queue, passes, count)
    for key in keys:
        queue.add(key)
    workers.start()
    yield workers, queue
    await ended(workers.stop(), within=60)


async def test_every_key_gets_its_pass() -> None:
    passes = Passes()
    async with _working(passes, *"abcde"):
        await asyncio.sleep(1)

    assert passes.ended == list("abcde")


async def test_no_more_passes_run_at_once_than_there_are_workers() -> None:
    passes = Passes(seconds=5)
    async with _working(passes, *"abcd", count=2):
        await asyncio.sleep(100)

    assert passes.begun == [("a", 0), ("b", 0), ("c", 5), ("d", 5)]


async def test_a_key_comes_again_when_its_pass_says_so() -> None:
    passes = Passes(again=10)
    async with _working(passes, "a"):
        await asyncio.sleep(25)

    assert passes.begun == [("a", 0), ("a", 10), ("a", 20)]


async def test_a_key_that_is_due_at_once_comes_at_once_without_a_hot_loop_of_the_event_loop() -> None:
    passes = Passes(again=0)
    async with _working(passes, "a"):
        await asyncio.sleep(0.5)

    assert 2 < len(passes.begun) <= 501


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        pytest.param(Unavailable("patch automixes", "HTTP 503"), 2, id="the API server's trouble is tried again soon"),
        pytest.param(RuntimeError("bug"), 30, id="a bug is tried again later"),
    ],
)
async def test_a_pass_that_fails_is_run_again(error: Exception, pause: float) -> None:
    passes = Passes()
    passes.errors["a"] = error
    async with _working(passes, "a"):
        await asyncio.sleep(pause + 1)

    assert passes.begun == [("a", 0), ("a", pause)]


async def test_a_pass_that_fails_stops_no_other() -> None:
    passes = Passes()
    passes.errors = {"a": RuntimeError("bug"), "b": Unavailable("patch", "HTTP 503")}
    async with _working(passes, *"abcd", count=1):
        await asyncio.sleep(1)

    assert passes.ended == ["c", "d"]


async def test_a_drain_waits_for_the_pass_under_way_and_takes_no_new_key() -> None:
    passes = Passes(seconds=5)
    async with _working(passes, "a", "b", count=1) as (workers, queue):
        await asyncio.sleep(1)
        assert await ended(workers.stop(), within=60)
        assert asyncio.get_running_loop().time() == 5
        queue.add("c")
        await asyncio.sleep(100)

    assert passes.ended == ["a"]
    assert len(passes.begun) == 1


async def test_a_drain_does_not_wait_longer_than_it_may() -> None:
    passes = Passes(seconds=100)
    async with _working(passes, "a") as (workers, _):
        await asyncio.sleep(1)
        assert not await ended(workers.stop(), within=10)

    assert asyncio.get_running_loop().time() == 11
    assert passes.ended == []


async def test_passes_that_wait_for_nothing_leave_everybody_else_their_turn() -> None:
    done: list[str] = []

    async def at_once(key: str) -> None:
        done.append(key)

    async with _working(at_once, *map(str, range(1000)), count=8):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(done) < 20
        await asyncio.sleep(1)

    assert len(done) == 1000


async def test_idle_workers_drain_at_once() -> None:
    async with _working(Passes()) as (workers, _):
        await asyncio.sleep(1)
        await ended(workers.stop(), within=10)

        assert asyncio.get_running_loop().time() == 1


async def test_workers_that_never_started_drain_at_once() -> None:
    await ended(Workers(WorkQueue[str](), Passes(), 2).stop(), within=10)

    assert asyncio.get_running_loop().time() == 0
