"""What the operator's CPU goes into: `make profile`."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.bench import bench_of
from benchmarks.sampled import AREAS, OTHER
from benchmarks.scenarios import Bench
from benchmarks.subjects import REPOSITORY, Operator


class Sampled(Operator):
    """The operator, run by `benchmarks.sampled`."""

    def __init__(self, folder: Path, kubeconfig: Path, zego: str) -> None:
        super().__init__(folder, kubeconfig, zego)
        self.samples = folder / "samples.json"

    def _command(self) -> list[str]:
        python, _, _, *rest = super()._command()
        return [python, "-m", "benchmarks.sampled", str(self.samples), *rest]

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "PYTHONPATH": str(REPOSITORY)}


class Profile(NamedTuple):
    """What a scenario took."""

    scenario: str
    cpu: float
    """Milliseconds an object."""
    samples: Mapping[str, int]

    def of(self, area: str) -> float:
        """Return the milliseconds an object of one area."""
        return self.cpu * self.samples.get(area, 0) / max(sum(self.samples.values()), 1)


def page(count: int, profiles: list[Profile]) -> str:
    """Return the page, Markdown."""
    areas = sorted({*AREAS.values(), OTHER}, key=lambda area: -sum(profile.of(area) for profile in profiles))
    rows = [f"| {area} | {' | '.join(f'{profile.of(area):.2f}' for profile in profiles)} |" for area in areas]
    return f"""\
# What the CPU goes into

Written by `make profile`: {count} objects, milliseconds of CPU for each. The operator is sampled whenever it has used
four of them, and what it was at is told by the innermost of some functions (benchmarks/sampled.py). A create has the
claim, the start, the status, an Event and, ten seconds later, the first look.

| | {" | ".join(profile.scenario for profile in profiles)} |
| --- |{" --- |" * len(profiles)}
{chr(10).join(rows)}
| **all** | {" | ".join(f"**{profile.cpu:.2f}**" for profile in profiles)} |
"""


async def profiles(bench: Bench, subject: Sampled, count: int) -> list[Profile]:
    """Create and change so many objects."""
    names, found = bench.names(count), []
    deeds: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("create while they arrive", lambda: bench.create(names)),
        ("change in place", lambda: bench.change(names, {"userData": "another"})),
    ]
    await bench.start()
    await bench.quiet()
    for scenario, act in deeds:
        await _samples(subject)
        result = await bench.measure(scenario, count, act)
        found.append(Profile(scenario, 1000 * result.used.of[subject.name] / count, await _samples(subject)))
    return found


async def _samples(subject: Sampled) -> Mapping[str, int]:
    """Return what was counted since this was last asked."""
    subject.samples.unlink(missing_ok=True)
    os.kill(subject.pid, signal.SIGUSR1)
    while not subject.samples.exists():  # noqa: ASYNC110 -- it tells by being there
        await asyncio.sleep(0.05)
    counts: Mapping[str, int] = json.loads(subject.samples.read_text(encoding="utf-8"))
    return counts


async def _run(count: int) -> str:
    async with bench_of(Sampled) as bench:
        if not isinstance(bench.subject, Sampled):
            raise TypeError("what is sampled is the operator")
        return page(count, await profiles(bench, bench.subject, count))


def main() -> int:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("objects", nargs="?", type=int, default=1000)
    parser.add_argument("--page", type=Path, default=REPOSITORY / "docs" / "profile.md", help="where to write")
    asked = parser.parse_args()
    text = asyncio.run(_run(asked.objects))
    asked.page.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
