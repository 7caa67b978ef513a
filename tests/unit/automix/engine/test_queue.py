"""Keys that are due."""

import asyncio

import pytest

from automix.engine.queue import WorkQueue

pytestmark = pytest.mark.looptime


async def _next(queue: WorkQueue[str]) -> tuple[str, float]:
    """Return the next key and when it came, in seconds of the loop."""
    key = await queue.get()
    return key, asyncio.get_running_loop().time()


async def _nothing_comes(queue: WorkQueue[str]) -> bool:
    """Whether the queue stays silent for an hour."""
    try:
        await asyncio.wait_for(queue.get(), timeout=3600)
    except TimeoutError:
        return True
    return False


async def test_keys_come_in_the_order_they_were_added() -> None:
    queue = WorkQueue[str]()
    for key in "abc":
        queue.add(key)

    assert [await queue.get() for _ in range(3)] == ["a", "b", "c"]


async def test_a_key_that_is_added_again_before_it_is_taken_comes_once() -> None:
    queue = WorkQueue[str]()
    queue.add("a")
    queue.add("a")

    assert len(queue) == 1
    await queue.get()
    assert await _nothing_comes(queue)


async def test_a_key_is_never_worked_on_twice_at_once_but_comes_again_afterwards() -> None:
    queue = WorkQueue[str]()
    queue.add("a")
    await queue.get()
    queue.add("a")
    queue.add("a")

    assert len(queue) == 0
    queue.done("a")
    assert await queue.get() == "a"
    queue.done("a")
    assert await _nothing_comes(queue)


async def test_a_key_that_is_done_and_was_not_added_again_is_forgotten() -> None:
    queue = WorkQueue[str]()
    queue.add("a")
    queue.done(await queue.get())

    assert len(queue) == 0
    assert await _nothing_comes(queue)


@pytest.mark.parametrize("delays", [(30, 5), (5, 30), (5, 5)])
async def test_of_several_times_the_earliest_wins(delays: tuple[float, float]) -> None:
    queue = WorkQueue[str]()
    for delay in delays:
        queue.add("a", delay)

    assert await _next(queue) == ("a", 5)
    queue.done("a")
    assert await _nothing_comes(queue)


async def test_now_is_earlier_than_later() -> None:
    queue = WorkQueue[str]()
    queue.add("a", 30)
    queue.add("a")

    assert await _next(queue) == ("a", 0)
    queue.done("a")
    assert await _nothing_comes(queue)


async def test_a_key_that_ripens_while_it_is_worked_on_comes_again_when_that_is_over() -> None:
    queue = WorkQueue[str]()
    queue.add("a")
    await queue.get()
    queue.add("a", 2)
    await asyncio.sleep(10)
    assert len(queue) == 0

    queue.done("a")
    assert await _next(queue) == ("a", 10)


async def test_keys_ripen_each_at_its_own_time() -> None:
    queue = WorkQueue[str]()
    for key, delay in {"late": 30, "early": 1, "soon": 2}.items():
        queue.add(key, delay)

    assert [await _next(queue) for _ in range(3)] == [("early", 1), ("soon", 2), ("late", 30)]


async def test_a_forgotten_key_does_not_ripen() -> None:
    queue = WorkQueue[str]()
    queue.add("a", 5)
    queue.forget("a")
    queue.forget("b")

    assert await _nothing_comes(queue)


async def test_whoever_waits_gets_a_key_the_moment_it_is_added() -> None:
    queue = WorkQueue[str]()
    waiting = asyncio.create_task(_next(queue))
    await asyncio.sleep(7)
    queue.add("a")

    assert await waiting == ("a", 7)


async def test_what_is_added_in_bulk_comes_after_all_others() -> None:
    queue = WorkQueue[str]()
    for key in "ab":
        queue.add_in_bulk(key)
    queue.add("c")
    queue.add("d", 1)
    first = [await queue.get() for _ in range(2)]
    await asyncio.sleep(2)

    assert [*first, await queue.get(), await queue.get()] == ["c", "a", "d", "b"]


async def test_one_of_a_crowd_that_is_added_by_itself_comes_before_it_and_once() -> None:
    queue = WorkQueue[str]()
    for key in "abc":
        queue.add_in_bulk(key)
    queue.add("c")
    queue.add("c")
    queue.add_in_bulk("c")

    assert len(queue) == 3
    assert [await queue.get() for _ in range(3)] == ["c", "a", "b"]
    queue.done("c")
    assert await _nothing_comes(queue)


async def test_one_of_a_crowd_that_was_taken_out_of_turn_can_be_added_in_bulk_again() -> None:
    queue = WorkQueue[str]()
    queue.add_in_bulk("a")
    queue.add_in_bulk("b")
    queue.add("b")
    queue.done(await queue.get())
    queue.add_in_bulk("b")

    assert [await queue.get() for _ in range(2)] == ["a", "b"]
    queue.done("b")
    assert await _nothing_comes(queue)


async def test_a_queue_that_is_shut_keeps_nothing() -> None:
    queue = WorkQueue[str](shut=True)
    queue.add("a")
    queue.add_in_bulk("b")
    queue.add("c", 1)
    await asyncio.sleep(2)
    queue.open()

    assert await _nothing_comes(queue)
    queue.add("a")
    assert await queue.get() == "a"


async def test_a_key_whose_turn_has_not_come_at_its_time_is_left_to_who_will_add_it() -> None:
    asked: list[str] = []

    def has_its_turn(key: str) -> bool:
        asked.append(key)
        return key == "goes"

    queue = WorkQueue[str](has_its_turn=has_its_turn)
    queue.add("waits", delay=1)
    queue.add("goes", delay=1)
    await asyncio.sleep(2)
    assert (asked, len(queue)) == (["waits", "goes"], 1)
    assert await queue.get() == "goes"

    queue.add("waits")
    assert await queue.get() == "waits"
    assert asked == ["waits", "goes"]
