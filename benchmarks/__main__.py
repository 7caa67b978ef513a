"""Runs everything on this machine and writes docs/benchmarks.md."""

import argparse
import asyncio
import sys
from functools import partial
from pathlib import Path

from benchmarks.bench import bench_of
from benchmarks.report import page
from benchmarks.scenarios import Result, existing, life
from benchmarks.sizing import sizing
from benchmarks.subjects import REPOSITORY, Baseline, Operator, Subject
from benchmarks.waits import Wait, behind

_BESIDE = 98
"""A rate so near to ZEGO's limit that the network's jitter may break it: reported, not recommended."""


def main() -> int:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000], help="how many objects")
    parser.add_argument(
        "--baseline-up-to", type=int, default=sys.maxsize, metavar="N", help="leave the baseline out of larger sizes"
    )
    parser.add_argument("--rest", type=float, default=60.0, help="how many seconds everything is left alone")
    parser.add_argument("--page", type=Path, default=REPOSITORY / "docs" / "benchmarks.md", help="where to write")
    asked = parser.parse_args()
    results: list[Result] = []
    waits: list[Wait] = []
    for size in asked.sizes:
        results += asyncio.run(_measure(Operator, size, asked.rest))
        if size <= asked.baseline_up_to:
            results += asyncio.run(_measure(Baseline, size, asked.rest))
        results += asyncio.run(_measure_nearer(size))
        waits += [asyncio.run(_wait_behind(size, broken=broken)) for broken in (False, True)]
        asked.page.write_text(page(results, waits), encoding="utf-8")
        asked.page.with_name("sizing.md").write_text(sizing(results), encoding="utf-8")
    sys.stdout.write(asked.page.read_text(encoding="utf-8"))
    return 0


async def _measure(kind: type[Subject], size: int, rest: float) -> list[Result]:
    async with bench_of(kind) as bench:
        return [*await life(bench, size, rest), *await existing(bench, size)]


async def _measure_nearer(size: int) -> list[Result]:
    async with bench_of(partial(Operator, rate=_BESIDE)) as bench:
        return await existing(bench, size)


async def _wait_behind(size: int, *, broken: bool) -> Wait:
    async with bench_of(Operator) as bench:
        if not isinstance(bench.subject, Operator):
            raise TypeError("what waits is the operator's")
        return await behind(bench, bench.subject, size, broken=broken)


if __name__ == "__main__":
    sys.exit(main())
