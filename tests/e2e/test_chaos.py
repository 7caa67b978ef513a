"""Chaos, and then peace: what runs is what is declared, and no status ever claimed much else."""

import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.chaos import Chaos, Witness, runs
from support.cluster import Cluster
from support.invariants import History
from support.operator import Operator
from support.waiting import until
from support.world import World
from support.zego import SimulatedZego, simulated_zego

MIXES = 300
INTERVAL = 2
"""Of the drift checks, in seconds."""
PEACE = 30
"""Seconds, left alone, until all is quiet and equal."""
NEVER = {
    "over the limit",
    "stale sequence",
    "two mixes in a room",
    "user id shared by two tasks",
    "output shared by two tasks",
}
"""Breaches that no crash excuses. A killed process forgets what is on its way."""


@pytest.fixture
def stormy_zego() -> Iterator[SimulatedZego]:
    """ZEGO of the chaos's own."""
    with simulated_zego() as zego:
        yield zego


@pytest.mark.timeout(1200)
def test_chaos_leaves_nothing_behind(
    cluster: Cluster,
    history: History,
    stormy_zego: SimulatedZego,
    kubeconfig: Path,
    logs: Path,
    pytestconfig: pytest.Config,
) -> None:
    seed = pytestconfig.getoption("--chaos-seed")
    seed = secrets.randbelow(2**31) if seed is None else seed
    say(f"chaos with --chaos-seed {seed}")
    zego, world = stormy_zego, World(cluster, stormy_zego)
    with Operator(kubeconfig, logs / "chaos.log", "--namespace", world.namespace) as operator:
        chaos = Chaos(world, operator, f"{INTERVAL}s", MIXES, seed)
        until(lambda: unequal(world, chaos) == [], within=90, of="all run")
        witness = Witness(history, zego, world.namespace, chaos.clock, 5 * INTERVAL)
        witness.start()
        try:
            chaos.rage(pytestconfig.getoption("--chaos-seconds"))
            calm = time.monotonic()
            say(f"over after {dict(chaos.done)}")
            until_equal(world, chaos, calm)
            before = len(world.all_writes()), changes(zego)
            until(lambda: time.monotonic() - calm > PEACE, within=PEACE + 5)
            assert (len(world.all_writes()), changes(zego)) == before, "all is quiet"
            world.delete_all()
            until(lambda: zego.state()["Tasks"] == [], within=60, of="nothing runs for what is gone")
        finally:
            witness.stop()
    breaches = Counter(breach["Kind"] for breach in zego.breaches())
    longest = sorted(witness.longest.values(), reverse=True)[:10]
    say(f"breaches {dict(breaches)}; longest false claims in seconds {[round(each, 1) for each in longest]}")
    say("\n".join(witness.stories))
    assert not NEVER & breaches.keys()
    assert not witness.doubled
    assert {claim: each for claim, each in witness.longest.items() if each > 5 * INTERVAL} == {}


def say(line: str) -> None:
    """Tell it on the terminal, or with a failure."""
    sys.stdout.write(f"{line}\n")


def until_equal(world: World, chaos: Chaos, calm: float) -> None:
    """Wait until what runs is what is declared; fail with what is not."""
    while wrong := unequal(world, chaos):
        assert time.monotonic() - calm < PEACE, f"not equal {PEACE} s after the end: {wrong}"
        time.sleep(0.5)
    say(f"equal after {time.monotonic() - calm:.1f} s")


def unequal(world: World, chaos: Chaos) -> list[str]:
    """Return the names of what runs, or is told, otherwise than declared."""
    running = {task["TaskId"]: task["Parameters"] for task in world.zego.state()["Tasks"]}
    listed = world.cluster.ask("GET", world.path("any").rpartition("/")[0])["items"]
    stored = {mix["metadata"]["name"]: mix for mix in listed}
    wrong = list(stored.keys() ^ chaos.wanted.keys())
    rooms = {spec["roomId"]: name for name, spec in chaos.wanted.items()}
    wrong += [task for task in running if task not in rooms]
    for room, name in rooms.items():
        told = stored.get(name, {}).get("status", {}).get("conditions", [{}])[0].get("reason")
        if room not in running or not runs(chaos.wanted[name], running[room]) or told != "Running":
            wrong.append(f"{name}: {told}")
    return wrong


def changes(zego: SimulatedZego) -> int:
    """Return how many calls were made to change mixes."""
    calls = zego.state()["Counters"]["Calls"]  # of the calls themselves no more than the last are kept
    return int(calls["StartAutoMix"] + calls["StopAutoMix"])
