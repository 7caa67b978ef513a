"""How long a person's wish takes while a crowd waits for the same limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.cluster import all_of
from benchmarks.scenarios import NAMESPACE, Bench
from benchmarks.subjects import ANOTHER_APP, Operator
from benchmarks.zego import BROKEN

CROWD_NAMESPACE = "crowd"
_LATECOMER = "latecomer"
_WISHES = 100
_EDITS = 10
# The wishes are spread over this part of the time that the crowd needs at the configured rate.
_SPREAD = 0.6
_LONGEST_SECONDS = 300.0
_KINDS = {"change": "a change", "stop": "a deletion", "elsewhere": "a change of another app's mix"}
_APPS = {"elsewhere": ANOTHER_APP}

Changed = dict[str, tuple[float, int]]
"""When each task was last changed, and how many starts it had."""


@dataclass(frozen=True)
class Waits:
    """How long each wish took, in seconds, from the request to the API server until ZEGO accepted the call."""

    wish: str
    crowd: str
    seconds: tuple[float, ...]

    def percentile(self, percent: int) -> float:
        """Return the time that so many of a hundred did not exceed."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


@dataclass(frozen=True)
class Wait:
    """What was measured while one crowd waited."""

    waits: tuple[Waits, ...]
    calls_for_ten_edits: int | None
    """StartAutoMix calls for an object that was edited ten times while it waited for its first; None if not asked."""


async def behind(bench: Bench, subject: Operator, count: int, *, broken: bool) -> Wait:
    """Change, stop and change elsewhere while a crowd of another namespace waits to be started.

    What is broken is refused by ZEGO with a code that nobody explains, and tried again.
    """
    crowd = [f"{BROKEN if broken else 'crowd-'}{number:05d}" for number in range(count)]
    await bench.start()
    await all_of(_creations(bench, subject))
    await bench.quiet()
    subject.stop()
    await bench.zego.post("/bench/reset")
    path = subject.path(CROWD_NAMESPACE)
    await all_of(_bound(lambda name: bench.cluster.create(path, subject.manifest(name)), crowd))
    await bench.start()
    await _begun(bench)
    asked = await _wish(bench, subject, pause=_SPREAD * count / subject.rate / _WISHES)
    changed = await _done(bench, asked)
    if not broken:
        await bench.quiet()
        changed = await _changed(bench)
    subject.stop()
    what = f"{count} {'broken objects' if broken else 'first starts'} of another namespace"
    waits = tuple(
        Waits(words, what, tuple(changed[name][0] - asked[name] for name in _names(kind)))
        for kind, words in _KINDS.items()
    )
    return Wait(waits, None if broken else changed[_LATECOMER][1])


async def _wish(bench: Bench, subject: Operator, pause: float) -> dict[str, float]:
    """Ask for everything, and create and edit one more of the crowd; return when each was asked for.

    It comes midway, when the crowd is in line, so that it has its turn after all of it: of those that were there at the
    operator's start nobody can say whose turn comes when, as all of them wait until the same moment.
    """
    asked, latecomer = {}, subject.path(CROWD_NAMESPACE, _LATECOMER)
    for number in range(_WISHES):
        for kind in _KINDS:
            name = _names(kind)[number]
            asked[name] = time.monotonic()
            if kind == "stop":
                await bench.cluster.delete(subject.path(NAMESPACE, name))
            else:
                await bench.cluster.change(subject.path(NAMESPACE, name), {"spec": {"userData": "another"}})
        if number == _WISHES // 2:
            await bench.cluster.create(subject.path(CROWD_NAMESPACE), subject.manifest(_LATECOMER))
            for edit in range(_EDITS):
                await bench.cluster.change(latecomer, {"spec": {"userData": f"edit {edit}"}})
        await asyncio.sleep(pause)
    return asked


async def _done(bench: Bench, asked: Collection[str]) -> Changed:
    """Wait until ZEGO has seen all that was asked for. Raises TimeoutError."""
    async with asyncio.timeout(_LONGEST_SECONDS):
        while not set(asked) <= (changed := await _changed(bench)).keys():  # noqa: ASYNC110 -- it tells by being asked
            await asyncio.sleep(0.2)
    return changed


async def _changed(bench: Bench) -> Changed:
    async with bench.zego.get("/bench/changed") as answer:
        changed: Changed = await answer.json()
    return changed


def _names(kind: str) -> list[str]:
    return [f"{kind}-{number:02d}" for number in range(_WISHES)]


def _creations(bench: Bench, subject: Operator) -> list[Callable[[], Awaitable[None]]]:
    """Return what creates those that will be changed and stopped."""
    path = subject.path(NAMESPACE)

    def create(app: str) -> Callable[[str], Awaitable[None]]:
        return lambda name: bench.cluster.create(path, subject.manifest(name, app))

    return [step for kind in _KINDS for step in _bound(create(_APPS.get(kind, "zego")), _names(kind))]


def _bound(act: Callable[[str], Awaitable[None]], names: Sequence[str]) -> list[Callable[[], Awaitable[None]]]:
    return [partial(act, name) for name in names]


async def _begun(bench: Bench) -> None:
    """Wait until the crowd's first call."""
    while not (await bench.stats())["tallies"].get("StartAutoMix", {}).get("calls"):  # noqa: ASYNC110 -- as above
        await asyncio.sleep(0.05)
