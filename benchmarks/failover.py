"""How long nobody acts when the operator that acts ends, dies or hangs: `make failover`."""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.bench import bench_of
from benchmarks.report import table
from benchmarks.scenarios import CORES, NAMESPACE, Bench
from benchmarks.subjects import REPOSITORY, Operator

_LEASES = "/apis/coordination.k8s.io/v1/namespaces/automix-system/leases"
_LEASE = "automix-operator"
_RENEWAL_SECONDS = 2.0
"""How often the Lease of 15 s, the chart's, is renewed: when in between the leader ends is spread evenly over it."""
_PATIENCE_SECONDS = 60.0
_MIX = "lobby"
_COLUMNS = (
    *("what happens to the one that acts", "trials"),
    *("the other has the Lease after, s", "ZEGO has a change of that moment after, s"),
)
ENDS = {
    "ended with SIGTERM, as in a rollout": signal.SIGTERM,
    "killed with SIGKILL": signal.SIGKILL,
    "stopped with SIGSTOP": signal.SIGSTOP,
}


class Trial(NamedTuple):
    """What one end led to, in seconds from it."""

    end: str
    led: float
    """Until the other one had the Lease."""
    changed: float
    """Until ZEGO had accepted what a person had changed at the moment of the end."""


class Replica(Operator):
    """One of two operators that want the same Lease."""

    def __init__(self, folder: Path, kubeconfig: Path, zego: str, instance: str = "one") -> None:
        self._folder = folder
        place = folder / instance
        place.mkdir()
        super().__init__(place, kubeconfig, zego)
        self.instance = instance

    def beside(self) -> "Replica":
        """Return the other one."""
        return Replica(self._folder, self._kubeconfig, self._zego, "other")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "AUTOMIX_LEASE_NAME": _LEASE, "AUTOMIX_INSTANCE": self.instance}


class Stage:
    """Two operators, of which one acts, and a mix that runs."""

    def __init__(self, bench: Bench, leader: Replica, standby: Replica) -> None:
        self._bench = bench
        self.leader = leader
        self.standby = standby

    async def begin(self) -> None:
        """Start one after the other, and the mix."""
        self.leader.start()
        await _until(self._leads)
        self.standby.start()
        await self._bench.create([_MIX])
        await _until(self._changed_since(0.0))

    async def end(self, end: str, share: float) -> Trial:
        """End the one that acts when so much of the time between two renewals is over; the two change places."""
        await _until(self.standby.ready)
        # The Lease of the one that acts has to have been seen by the other, and its last change to be over.
        await asyncio.sleep(_RENEWAL_SECONDS * (1 + share))
        begun = time.monotonic()
        self.leader.signal(ENDS[end])
        text = {"spec": {"userData": f"{begun}"}}
        await self._bench.cluster.change(self._bench.subject.path(NAMESPACE, _MIX), text)
        self.leader, self.standby = self.standby, self.leader
        led = await _until(self._leads) - begun
        await _until(changed := self._changed_since(begun))
        trial = Trial(end, led, await changed() - begun)
        self._restart_standby(hung=ENDS[end] is signal.SIGSTOP)
        return trial

    def stop(self) -> None:
        """End both."""
        self.leader.stop()
        self.standby.stop()

    def _restart_standby(self, *, hung: bool) -> None:
        if hung:
            self.standby.signal(signal.SIGCONT)
        self.standby.stop()
        self.standby.start()

    async def _leads(self) -> bool:
        """Whether the Lease is the leader's."""
        leases = (await self._bench.cluster.ask("GET", _LEASES))["items"]
        return [lease["spec"]["holderIdentity"] for lease in leases] == [self.leader.instance]

    def _changed_since(self, moment: float) -> Callable[[], Awaitable[float]]:
        """Return what tells when ZEGO last accepted a start or a change of the mix, if after a moment."""

        async def changed() -> float:
            async with self._bench.zego.get("/bench/changed") as answer:
                when, _starts = (await answer.json()).get(_MIX, (0.0, 0))
            return float(when) if when > moment else 0.0

        return changed


async def _until(condition: Callable[[], Awaitable[float]]) -> float:
    """Wait for something; return when it was seen."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 -- it tells by being asked
            await asyncio.sleep(0.02)
    return time.monotonic()


def page(trials: Sequence[Trial], load: float) -> str:
    """Return the page, Markdown; the load is that of the machine before the run."""
    ends = dict.fromkeys(trial.end for trial in trials)
    rows = []
    for end in ends:
        led, changed = zip(*((trial.led, trial.changed) for trial in trials if trial.end == end), strict=True)
        rows.append([end, str(len(led)), _spread(led), _spread(changed)])
    return f"""\
# Failover

Written by `make failover`: two operators with the Lease of the chart (15 s), and one mix. The one that acts is ended at
moments spread evenly over the two seconds between renewals, and a person changes the mix at the same moment. Least,
median and most; the load of the machine's {CORES} cores was {load:.1f} before.

{table(_COLUMNS, rows)}
Whoever takes over lists everything once more, and makes no call for a mix in its first second; each app's credentials
are tried meanwhile. Mixes that run go on.
"""


def _spread(seconds: Sequence[float]) -> str:
    return " / ".join(f"{each:.1f}" for each in (min(seconds), statistics.median(seconds), max(seconds)))


async def _run(count: int) -> list[Trial]:
    async with bench_of(Replica) as bench:
        if not isinstance(bench.subject, Replica):
            raise TypeError("two of them are needed")
        stage = Stage(bench, bench.subject, bench.subject.beside())
        try:
            await stage.begin()
            return [await stage.end(end, number / count) for end in ENDS for number in range(count)]
        finally:
            stage.stop()


def main() -> int:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failover", description=__doc__)
    parser.add_argument("trials", nargs="?", type=int, default=10, help="how often each way to end is tried")
    parser.add_argument("--page", type=Path, default=REPOSITORY / "docs" / "failover.md", help="where to write")
    asked = parser.parse_args()
    load, _, _ = os.getloadavg()
    text = page(asyncio.run(_run(asked.trials)), load)
    asked.page.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
