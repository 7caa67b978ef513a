"""What is done to a subject, and what that took."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.cluster import Cluster, Writes, all_of
from benchmarks.machine import Usage, memory, usage
from benchmarks.subjects import Subject

Json = dict[str, Any]

NAMESPACE = "bench"
_QUIET_SECONDS = 4.0
"""Without a PATCH or a call for so long, whatever was begun is done."""
_CHANGES = ("StartAutoMix", "StopAutoMix")


@dataclass(frozen=True)
class Result:
    """One row of the table."""

    subject: str
    scenario: str
    objects: int
    seconds: float
    """From the beginning to the last call or PATCH."""
    rate: float
    """StartAutoMix or StopAutoMix a second, from the first to the last; 0 without any."""
    busiest: int
    """The most of these in any second."""
    over_limit: int
    """Calls that ZEGO refused as too many."""
    calls: int
    """Of these actions."""
    writes: Writes
    used: Usage
    peak: int
    """The subject's resident bytes at their highest, since its start."""
    resident: int
    """The same at the end."""

    @property
    def foreign(self) -> float:
        """The part of this run's CPU that went to processes which are none of it."""
        return self.used.strangers / self.used.machine if self.used.machine else 0.0


@dataclass
class Bench:
    """A subject with all that it runs on."""

    subject: Subject
    cluster: Cluster
    zego: aiohttp.ClientSession
    processes: dict[str, int]
    """The pids of everything but the subject, by name."""

    def names(self, count: int) -> list[str]:
        """Return the names of so many objects."""
        return [f"room-{number:05d}" for number in range(count)]

    async def create(self, names: Sequence[str]) -> None:
        """Create objects as fast as the API server takes them."""
        path, manifest = self.subject.path(NAMESPACE), self.subject.manifest
        await all_of(lambda name=name: self.cluster.create(path, manifest(name)) for name in names)  # type: ignore[misc]

    async def change(self, names: Sequence[str], spec: Json) -> None:
        """Change objects likewise."""
        path = self.subject.path
        await all_of(
            lambda name=name: self.cluster.change(path(NAMESPACE, name), {"spec": spec})  # type: ignore[misc]
            for name in names
        )

    async def delete(self, names: Sequence[str]) -> None:
        """Delete objects likewise."""
        path = self.subject.path
        await all_of(lambda name=name: self.cluster.delete(path(NAMESPACE, name)) for name in names)  # type: ignore[misc]

    async def measure(self, scenario: str, objects: int, act: Callable[[], Awaitable[None]]) -> Result:
        """Do something, wait until all is quiet, and tell what it took."""
        await self.zego.post("/bench/reset")
        before, writes, begun = self._usage(), await self.cluster.writes(), time.monotonic()
        await act()
        last = await self._quiet(begun)
        tallies = (await self.stats())["tallies"]
        changes = [tallies[action] for action in _CHANGES if action in tallies]
        calls = sum(tally["calls"] for tally in changes)
        span = max((t["last"] for t in changes), default=0.0) - min((t["first"] for t in changes), default=0.0)
        return Result(
            subject=self.subject.name,
            scenario=scenario,
            objects=objects,
            seconds=last - begun,
            rate=calls / span if span else 0.0,
            busiest=max((tally["busiest"] for tally in changes), default=0),
            over_limit=sum(tally["over"] for tally in tallies.values()),
            calls=calls,
            writes=(await self.cluster.writes()).since(writes),
            used=self._usage().since(before),
            peak=memory(self.subject.pid, "VmHWM"),
            resident=memory(self.subject.pid),
        )

    async def stats(self) -> Json:
        """Return what ZEGO counted."""
        async with self.zego.get("/bench/stats") as answer:
            stats: Json = await answer.json()
            return stats

    async def _quiet(self, begun: float) -> float:
        """Wait until nothing was written or called for a while; return when the last of it was seen."""
        known, last, quiet_since = await self._activity(), begun, time.monotonic()
        while time.monotonic() - quiet_since < _QUIET_SECONDS:
            await asyncio.sleep(0.5)
            now = await self._activity()
            if now != known:
                known, last = now, time.monotonic()
                quiet_since = last
        return last

    async def _activity(self) -> tuple[int, int]:
        tallies = (await self.stats())["tallies"]
        return (await self.cluster.writes()).patches, sum(tallies[a]["calls"] for a in _CHANGES if a in tallies)

    def _usage(self) -> Usage:
        return usage({**self.processes, self.subject.name: self.subject.pid})


async def life(bench: Bench, count: int) -> list[Result]:
    """Tell the life of so many objects: created, changed, at rest, under a new process, and deleted."""
    names = bench.names(count)
    bench.subject.start()
    await bench.measure("settle", 0, _nothing)
    results = [
        await bench.measure("create while they arrive", count, lambda: bench.create(names)),
        await bench.measure("change in place", count, lambda: bench.change(names, {"userData": "another"})),
        await bench.measure("rest for a minute", count, lambda: asyncio.sleep(60)),
    ]
    bench.subject.stop()
    bench.subject.start()
    results.append(await bench.measure("restart", count, _nothing))
    results.append(await bench.measure("delete", count, lambda: bench.delete(names)))
    bench.subject.stop()
    return results


async def existing(bench: Bench, count: int) -> list[Result]:
    """Let so many objects exist before the process starts."""
    names = bench.names(count)
    await bench.create(names)
    bench.subject.start()
    results = [await bench.measure("create of what exists", count, _nothing)]
    await bench.measure("delete", count, lambda: bench.delete(names))
    bench.subject.stop()
    return results


async def _nothing() -> None:
    pass
