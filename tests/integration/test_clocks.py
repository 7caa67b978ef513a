"""ZEGO's clock, by which Sequences are counted and signatures judged, jumps by hours while mixes run."""

from base64 import b64encode
from collections.abc import Iterator
from itertools import pairwise

import pytest

from support.cluster import Cluster
from support.invariants import History
from support.operator import Operator
from support.waiting import until
from support.world import World
from support.zego import simulated_zego

HOURS = 3 * 3600.0
JUMPS = {
    "ahead": [HOURS],
    "back": [-HOURS],
    "ahead and back again": [HOURS, 0.0],
    "back and ahead again": [-HOURS, 0.0],
}


@pytest.fixture
def world(cluster: Cluster, history: History, operator: Operator) -> Iterator[World]:
    """A namespace whose ZEGO is its own."""
    del history, operator
    with simulated_zego() as zego:
        world = World(cluster, zego)
        yield world
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert zego.state()["Tasks"] == []
        assert zego.breaches() == []


def started(world: World, **spec: object) -> str:
    """Start a mix that is looked at each second, and wait for a look; returns the task id."""
    task = world.started("lobby", driftCheckInterval="1s", **spec)
    wait_for_looks(world, task, 1)
    return task


def wait_for_looks(world: World, task: str, more: int) -> None:
    """Wait until so many more looks at a mix were answered."""

    def looks() -> int:
        return len([call for call in world.zego.calls(task, "GetMixTaskInfo") if call["Code"] == 0])

    before = looks()
    until(lambda: looks() >= before + more, of="it is looked at")


def wait_for_effect(world: World, task: str, data: str) -> None:
    """Wait until a change of userData is in effect, and recorded with the Sequence that ZEGO knows."""
    sent = b64encode(data.encode()).decode()
    until(lambda: (running := world.zego.task(task)) and running.get("UserData") == sent, of="the change is executed")
    executed = (world.zego.task(task) or {})["Sequence"]
    until(lambda: world.status("lobby")["sequence"] == executed, of="it is recorded")


@pytest.mark.parametrize("jumps", JUMPS.values(), ids=JUMPS)
def test_a_change_is_executed_after_the_clock_of_zego_has_jumped(world: World, jumps: list[float]) -> None:
    task = started(world)
    for ahead in jumps:
        world.zego.set_clock(ahead=ahead)
        world.change("lobby", userData=f"by {ahead:g}")
        wait_for_effect(world, task, f"by {ahead:g}")
        wait_for_looks(world, task, 1)
    sent = [call["Parameters"]["Sequence"] for call in world.zego.calls(task, "StartAutoMix", "StopAutoMix")]
    assert all(earlier < later for earlier, later in pairwise(sent)), "Sequence rises across the jumps"


@pytest.mark.parametrize("policy", ["Keep", "Replace", "Refuse"])
@pytest.mark.parametrize("jumps", [*JUMPS.values(), [-8.0]], ids=[*JUMPS, "back by seconds, as another gateway's"])
def test_a_mix_runs_on_as_ours_after_the_clock_of_zego_has_jumped(
    world: World, jumps: list[float], policy: str
) -> None:
    task = started(world, adoptionPolicy=policy)
    for ahead in jumps:
        world.zego.set_clock(ahead=ahead)
        wait_for_looks(world, task, 2)
    assert world.reason("lobby") == "Running"
    assert world.changes(task) == ["StartAutoMix"]


@pytest.mark.parametrize("ahead", [-8.0, 8.0])
def test_a_mix_is_ours_though_the_clock_of_zego_jumped_before_it_was_looked_at(world: World, ahead: float) -> None:
    task = world.declare("lobby", driftCheckInterval="1s", adoptionPolicy="Replace")
    until(lambda: world.zego.task(task), of="it runs")
    world.zego.set_clock(ahead=ahead)
    wait_for_looks(world, task, 2)
    assert world.reason("lobby") == "Running"
    assert world.changes(task) == ["StartAutoMix"]
