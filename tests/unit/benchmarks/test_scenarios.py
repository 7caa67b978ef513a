"""A subject that stands still is not asked for what follows."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from benchmarks.scenarios import Result, until_it_stands_still
from unit.benchmarks.test_report import RESULT

STUCK = replace(RESULT, scenario="change", done=False)
REST = replace(RESULT, scenario="rest")


async def told(results: Iterable[Result]) -> AsyncIterator[Result]:
    for result in results:
        yield result


async def test_what_is_done_is_told_to_the_end() -> None:
    assert [result async for result in until_it_stands_still(told([RESULT, REST]))] == [RESULT, REST]


async def test_what_stood_still_is_told_and_nothing_after_it() -> None:
    assert [result async for result in until_it_stands_still(told([RESULT, STUCK, REST]))] == [RESULT, STUCK]
