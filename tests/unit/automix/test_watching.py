"""How kopf is set up."""

import asyncio
import contextlib
import gc
import itertools
import math

import pytest

from automix.kube.watches import WatchTimes
from automix.watching import Backoffs, kopf_settings, run_to_the_end


def test_a_request_is_tried_again_without_end() -> None:
    assert list(itertools.islice(Backoffs(), 6)) == [1, 2, 4, 8, 8, 8]


def test_every_request_begins_with_the_shortest_wait() -> None:
    backoffs = Backoffs()
    assert [next(iter(backoffs)), next(iter(backoffs))] == [1, 1]


def test_a_watch_ends_at_the_server_before_it_is_given_up() -> None:
    watching = kopf_settings(WatchTimes(silence=60)).watching
    assert (watching.server_timeout, watching.client_timeout) == (48, 60)


def test_kopf_cancels_no_watch_for_being_idle() -> None:
    assert kopf_settings(WatchTimes(silence=60)).watching.inactivity_timeout == math.inf


@pytest.mark.looptime
@pytest.mark.parametrize("others", range(4))
async def test_of_all_that_fails_at_the_end_what_ended_it_is_told(others: int) -> None:
    async def fail(error: Exception, after: float) -> None:
        await asyncio.sleep(after)
        raise error

    ours = asyncio.all_tasks()
    roots = {asyncio.create_task(fail(ValueError("the stream broke"), 1))}
    in_its_wake = [asyncio.create_task(fail(AssertionError(), 2)) for _ in range(others)]
    with pytest.raises(ValueError, match="the stream broke"):
        await run_to_the_end(roots, ours)
    assert all(task.exception() for task in in_its_wake)


@pytest.mark.looptime
async def test_a_failure_is_asked_for_when_the_rest_hangs_and_is_cancelled() -> None:
    """Or asyncio would report, after the operator's last word, that nobody did."""
    reports: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reports.append(context["message"]))

    async def fail() -> None:
        raise ValueError("the stream broke")

    async def hang() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(1000)
        await asyncio.sleep(1000)

    async def run() -> None:
        ours = asyncio.all_tasks()
        hanging = asyncio.create_task(hang())
        end = asyncio.create_task(run_to_the_end({asyncio.create_task(fail()), hanging}, ours))
        await asyncio.sleep(1)
        end.cancel()
        await asyncio.wait((end, hanging), timeout=5)
        hanging.cancel()

    await run()
    gc.collect()

    assert reports == []
