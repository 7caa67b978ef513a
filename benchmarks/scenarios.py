"""What is done to a subject, and what that took."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

from benchmarks.cluster import Cluster, Writes, all_of
from benchmarks.machine import Usage, memory, usage
from benchmarks.subjects import Subject

Json = dict[str, Any]

NAMESPACE = "bench"
_QUIET_SECONDS = 8.0
"""Without a PATCH or a call for so long, whatever was begun is done; the baseline tries again after 5 s."""
_LONGEST_PAUSE_SECONDS = 300.0
"""Who has changed nothing for so long, while there was something to change, stands still."""
CORES = len(os.sched_getaffinity(0))
_MOST_FOREIGN = 0.1
_CHANGES = ("StartAutoMix", "StopAutoMix")


@dataclass(frozen=True)
class Result:
    """One row of the table."""

    subject: str
    scenario: str
    objects: int
    seconds: float
    """From the beginning to the last call or PATCH."""
    wall: float
    """From the beginning to the end of the measurement."""
    rate: float
    """StartAutoMix or StopAutoMix a second, from the first to the last; 0 without any."""
    busiest: int
    """The most of these in any second."""
    over_limit: int
    """Calls that ZEGO refused as too many."""
    calls: int
    """Of these actions."""
    writes: Writes
    most_events: int
    """The most that were made or repeated of one object."""
    used: Usage
    done: bool
    """Whether all that was to be changed was, in the time that there is for it."""
    ready: float
    """How long the subject took to be ready when it was last started."""
    peak: int
    """The subject's resident bytes at their highest, since its start."""
    resident: int
    """The same at the end."""

    @property
    def foreign(self) -> float:
        """The part of the machine that went to processes which are none of this run."""
        return self.used.strangers / (self.wall * CORES)

    @property
    def quotable(self) -> bool:
        """Whether all was done, and others left the machine to this run, by and large."""
        return self.done and self.foreign <= _MOST_FOREIGN

    @property
    def core(self) -> float:
        """The part of one core that the subject took."""
        return self.used.of[self.subject] / self.wall


@dataclass
class Bench:
    """A subject with all that it runs on."""

    subject: Subject
    cluster: Cluster
    zego: aiohttp.ClientSession
    processes: dict[str, int]
    """The pids of everything but the subject, by name."""
    ready_after: float = 0.0
    """How long the subject took to be ready, when that was last waited for."""

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

    async def mix_edits(self, names: Sequence[str], anew: Sequence[str]) -> None:
        """Do at once what four people might: change a quarter, delete one, create another, and label the next."""
        namespace, manifest = self.subject.path(NAMESPACE), self.subject.manifest
        cluster, path = self.cluster, self.subject.path
        label = {"metadata": {"labels": {"app.kubernetes.io/instance": "rooms"}}}
        await all_of(
            deed
            for changed, deleted, labelled, created in zip(names[::4], names[1::4], names[2::4], anew, strict=True)
            for deed in (
                partial(cluster.change, path(NAMESPACE, changed), {"spec": {"userData": "mixed"}}),
                partial(cluster.delete, path(NAMESPACE, deleted)),
                partial(cluster.change, path(NAMESPACE, labelled), label),
                partial(cluster.create, namespace, manifest(created)),
            )
        )

    async def delete(self, names: Sequence[str]) -> None:
        """Delete objects likewise."""
        path = self.subject.path
        await all_of(lambda name=name: self.cluster.delete(path(NAMESPACE, name)) for name in names)  # type: ignore[misc]

    async def start(self) -> None:
        """Start the subject, and wait until it says that it is ready, if it says so."""
        self.subject.start()
        begun = time.monotonic()
        while not await self.subject.ready():  # noqa: ASYNC110 -- it tells by being asked
            await asyncio.sleep(0.05)
        self.ready_after = time.monotonic() - begun

    async def measure(
        self, scenario: str, objects: int, act: Callable[[], Awaitable[None]], *, changes: int = 0
    ) -> Result:
        """Do something, wait until so many mixes were changed and all is quiet, and tell what it took."""
        await self.zego.post("/bench/reset")
        said = await self.cluster.events(NAMESPACE)
        before, writes, begun = self._usage(), await self.cluster.writes(), time.monotonic()
        await act()
        done = await self._have_changed(changes)
        last = await self.quiet()
        wall, used, written = time.monotonic() - begun, self._usage().since(before), await self.cluster.writes()
        said_since = await self.cluster.events(NAMESPACE) - said
        tallies = (await self.stats())["tallies"]
        tallied = [tallies[action] for action in _CHANGES if action in tallies]
        calls = sum(tally["calls"] for tally in tallied)
        span = max((t["last"] for t in tallied), default=0.0) - min((t["first"] for t in tallied), default=0.0)
        return Result(
            subject=self.subject.name,
            scenario=scenario,
            objects=objects,
            seconds=last - begun,
            wall=wall,
            rate=calls / span if span else 0.0,
            busiest=max((tally["busiest"] for tally in tallied), default=0),
            over_limit=sum(tally["over"] for tally in tallies.values()),
            calls=calls,
            writes=written.since(writes),
            most_events=max(said_since.values(), default=0),
            used=used,
            done=done,
            ready=self.ready_after,
            peak=memory(self.subject.pid, "VmHWM"),
            resident=memory(self.subject.pid),
        )

    async def stats(self) -> Json:
        """Return what ZEGO counted."""
        async with self.zego.get("/bench/stats") as answer:
            stats: Json = await answer.json()
            return stats

    async def _have_changed(self, changes: int) -> bool:
        """Wait for so many mixes while they become more: the baseline is quiet for longer than who is done."""
        changed, since = 0, time.monotonic()
        while changed < changes:
            if time.monotonic() - since > _LONGEST_PAUSE_SECONDS:
                return False
            await asyncio.sleep(0.5)
            now = (await self.stats())["changed"]
            if now > changed:
                changed, since = now, time.monotonic()
        return True

    async def quiet(self) -> float:
        """Wait until nothing was written or called for a while; return when the last of it was seen."""
        known, last = await self._activity(), time.monotonic()
        while time.monotonic() - last < _QUIET_SECONDS:
            await asyncio.sleep(0.5)
            now = await self._activity()
            if now != known:
                known, last = now, time.monotonic()
        return last

    async def _activity(self) -> tuple[int, int]:
        tallies = (await self.stats())["tallies"]
        return (await self.cluster.writes()).patches, sum(tallies[a]["calls"] for a in _CHANGES if a in tallies)

    def _usage(self) -> Usage:
        subject = {self.subject.name: self.subject.pid} if self.subject.runs else {}
        return usage({**self.processes, **subject})


async def life(bench: Bench, count: int, rest: float) -> AsyncIterator[Result]:
    """Tell the life of so many objects, a multiple of four.

    They are created, changed, at rest for so many seconds, under a new process, and deleted.
    """
    names, anew = bench.names(count), [f"anew-{number:05d}" for number in range(count // 4)]
    await bench.start()
    yield await bench.measure("nothing yet", 0, _nothing)
    yield await bench.measure("create while they arrive", count, lambda: bench.create(names), changes=count)
    another = {"userData": "another"}
    yield await bench.measure("change in place", count, lambda: bench.change(names, another), changes=count)
    yield await bench.measure("mixed edits", count, lambda: bench.mix_edits(names, anew), changes=3 * len(anew))
    yield await bench.measure("rest", count, lambda: asyncio.sleep(rest))
    names = sorted({*names, *anew} - set(names[1::4]))
    bench.subject.stop()
    again = count if bench.subject.starts_anew else 0
    yield await bench.measure("restart", count, bench.start, changes=again)
    yield await bench.measure("delete", count, lambda: bench.delete(names), changes=count)


async def existing(bench: Bench, count: int) -> AsyncIterator[Result]:
    """Let so many objects exist before the process starts."""
    await bench.create(bench.names(count))
    yield await bench.measure("create of what exists", count, bench.start, changes=count)


async def until_it_stands_still(results: AsyncIterator[Result]) -> AsyncIterator[Result]:
    """Leave out what follows something that was not done: it would begin where that was to end."""
    async for result in results:
        yield result
        if not result.done:
            return


async def _nothing() -> None:
    pass
