"""Whether memory grows while everything is changed, over and over: `make soak`."""

import argparse
import asyncio
import math
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks.bench import bench_of
from benchmarks.machine import memory
from benchmarks.scenarios import NAMESPACE, Bench
from benchmarks.subjects import REPOSITORY, Operator

_CHANGES_A_SECOND = 20
_SAMPLE_SECONDS = 5.0
# The first part fills caches and pools, and says nothing of what comes after.
_WARM_UP = 0.2
# Memory is nearly what it was five seconds ago; the means of some minutes are nearly independent of each other.
_BATCHES = 12
_LEAST_MINUTES = 2
# Student's t with two degrees fewer than there are means.
_ERRORS_OF_95_PERCENT = 2.228
# One of so many mixes goes and another one comes, in place of a change.
_REPLACED = 10


class Sweeping(Operator):
    """The operator, which lists everything anew more often than the chart has it.

    The first sweep takes memory that later ones use again. With one an hour, it would come with the last samples.
    """

    sweep_minutes = 5

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "AUTOMIX_SWEEP_SECONDS": str(60 * self.sweep_minutes)}


class Sample(NamedTuple):
    """Resident bytes at a moment, in seconds."""

    seconds: float
    resident: int


class Slope(NamedTuple):
    """Growth in bytes a second, and how far the truth may be from it with a confidence of 95 %."""

    rate: float
    error: float


def slope(samples: Sequence[Sample]) -> Slope:
    """Return the slope of a straight line through the means of batches of samples, by least squares."""
    bounds = [len(samples) * number // _BATCHES for number in range(_BATCHES + 1)]
    batches = [zip(*samples[begin:end], strict=True) for begin, end in pairwise(bounds)]
    times, sizes = zip(*([statistics.fmean(values) for values in batch] for batch in batches), strict=True)
    line = statistics.linear_regression(times, sizes)
    rest = sum((size - line.slope * at - line.intercept) ** 2 for at, size in zip(times, sizes, strict=True))
    spread = sum((at - statistics.fmean(times)) ** 2 for at in times)
    return Slope(line.slope, _ERRORS_OF_95_PERCENT * math.sqrt(rest / (_BATCHES - 2) / spread))


def page(count: int, changes: int, samples: Sequence[Sample]) -> str:
    """Return the page, Markdown."""
    steady = samples[int(len(samples) * _WARM_UP) :]
    growth = slope(steady)
    hour = 3600 / 1024
    return f"""\
# Memory under steady change

Written by `make soak`: {count} mixes, of which one after the other is changed in place, {changes} changes in all in
{samples[-1].seconds / 60:.0f} minutes. Each change is a StartAutoMix, a PATCH and an Event. In place of one change in
{_REPLACED}, a mix is deleted and another one created. All is listed anew every {Sweeping.sweep_minutes} minutes, in
place of every hour.

| | |
|---|---|
| resident memory after a fifth of the time | {steady[0].resident / 2**20:.1f} MiB |
| at the end | {steady[-1].resident / 2**20:.1f} MiB |
| growth after the first fifth | {growth.rate * hour:.0f} KiB an hour, ± {growth.error * hour:.0f} (95 %) |
"""


async def soak(bench: Bench, count: int, minutes: float) -> tuple[int, list[Sample]]:
    """Change so many objects in turn; returns the number of changes, and the memory every few seconds."""
    names, path = bench.names(count), bench.subject.path
    await bench.start()
    await bench.create(names)
    await bench.quiet()
    begun = time.monotonic()
    changes, samples = 0, [Sample(0.0, memory(bench.subject.pid))]
    while (now := time.monotonic() - begun) < minutes * 60:
        changes += 1
        place = changes % count
        if changes % _REPLACED:
            await bench.cluster.change(path(NAMESPACE, names[place]), {"spec": {"userData": f"change {changes}"}})
        else:
            await bench.cluster.delete(path(NAMESPACE, names[place]))
            names[place] = f"later-{changes}"
            await bench.cluster.create(path(NAMESPACE), bench.subject.manifest(names[place]))
        if now >= samples[-1].seconds + _SAMPLE_SECONDS:
            samples.append(Sample(now, memory(bench.subject.pid)))
        await asyncio.sleep(max(changes / _CHANGES_A_SECOND - now, 0))
    bench.subject.stop()
    return changes, samples


async def _run(count: int, minutes: float) -> str:
    async with bench_of(Sweeping) as bench:
        return page(count, *await soak(bench, count, minutes))


def main() -> int:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=60)
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--page", type=Path, default=REPOSITORY / "docs" / "soak.md", help="where to write")
    asked = parser.parse_args()
    if asked.minutes < _LEAST_MINUTES:
        parser.error(f"minutes: must be {_LEAST_MINUTES} or more, not {asked.minutes:g}: each mean needs samples")
    text = asyncio.run(_run(asked.objects, asked.minutes))
    asked.page.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
