"""Runs everything on this machine and writes docs/benchmarks.md."""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from pathlib import Path

from benchmarks.bench import bench_of
from benchmarks.machine import description
from benchmarks.report import page
from benchmarks.scenarios import Bench, Result, existing, life, until_it_stands_still
from benchmarks.sizing import sizing
from benchmarks.subjects import REPOSITORY, Baseline, Operator, Subject
from benchmarks.waits import Wait, behind

_BESIDE = 98
"""A rate so near to ZEGO's limit that the network's jitter may break it: reported, not recommended."""
_ON_THE_WAY = 0.05
"""For up to so many seconds a call, and its answer, is on its way to a ZEGO that is far away."""
_BASELINE_EXISTING = 1000
"""When more than these exist before it starts, the baseline is busy for a quarter of an hour and longer."""
_REST_SECONDS = 60.0

Kind = Callable[[Path, Path, str], Subject]
Scenario = Callable[[Bench], AsyncIterator[Result]]


class Pages:
    """What was measured, stored after each measurement: a run that is cut off loses the one that was under way."""

    def __init__(self, path: Path) -> None:
        """`path` is of the page of results; the one on sizing is beside it."""
        self._path = path
        self._results: list[Result] = []
        self._waits: list[Wait] = []
        self._measured = f"commit {_commit()}, on {description()}"

    def add(self, *, results: Iterable[Result] = (), waits: Iterable[Wait] = ()) -> None:
        """Store more of them."""
        self._results += results
        self._waits += waits
        self._path.write_text(page(self._results, self._waits, measured=self._measured), encoding="utf-8")
        self._path.with_name("sizing.md").write_text(sizing(self._results), encoding="utf-8")


def main() -> int:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000], help="how many objects")
    parser.add_argument(
        "--baseline-up-to", type=int, default=sys.maxsize, metavar="N", help="leave the baseline out of larger sizes"
    )
    parser.add_argument(
        "--rest",
        type=float,
        default=_REST_SECONDS,
        help="for how many seconds the operator's most objects are left alone",
    )
    parser.add_argument("--page", type=Path, default=REPOSITORY / "docs" / "benchmarks.md", help="where to write")
    asked = parser.parse_args()
    pages = Pages(asked.page)
    for size in asked.sizes:
        rest = asked.rest if size == max(asked.sizes) else _REST_SECONDS
        there_already = partial(existing, count=size)
        pages.add(results=_measured(Operator, partial(life, count=size, rest=rest)))
        pages.add(results=_measured(Operator, there_already))
        for broken in (False, True):
            pages.add(waits=[asyncio.run(_wait_behind(size, broken=broken))])
        beside = partial(Operator, rate=_BESIDE, known_as=f"operator at {_BESIDE}")
        far_away = partial(Operator, known_as="operator far away")
        pages.add(results=_measured(beside, there_already))
        pages.add(results=_measured(far_away, there_already, _ON_THE_WAY))
        if size <= asked.baseline_up_to:
            pages.add(results=_measured(Baseline, partial(life, count=size, rest=_REST_SECONDS)))
        if size <= min(asked.baseline_up_to, _BASELINE_EXISTING):
            pages.add(results=_measured(Baseline, there_already))
    sys.stdout.write(asked.page.read_text(encoding="utf-8"))
    return 0


def _commit() -> str:
    """Return which commit this is; `-dirty` if the code is not quite that. The pages may be, which a run writes."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty"]
    return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 -- ours


def _measured(kind: Kind, scenario: Scenario, on_the_way: float = 0.0) -> list[Result]:
    async def measure() -> list[Result]:
        async with bench_of(kind, on_the_way) as bench:
            return [result async for result in until_it_stands_still(scenario(bench))]

    return asyncio.run(measure())


async def _wait_behind(size: int, *, broken: bool) -> Wait:
    async with bench_of(Operator) as bench:
        if not isinstance(bench.subject, Operator):
            raise TypeError("what waits is the operator's")
        return await behind(bench, bench.subject, size, broken=broken)


if __name__ == "__main__":
    sys.exit(main())
