"""The main job under every reading of ZEGO's documents that the simulator can take; `make alternatives` has more."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from automix_devkit.simulator import SimulatorSettings
from automix_devkit.simulator.alternatives import ALTERNATIVES
from support.cluster import Cluster
from support.invariants import History
from support.operator import Operator
from support.waiting import until
from support.world import World
from support.zego import simulated_zego

AT_ONCE = 6
UNSEEN = "queries do not see auto mixes"


@pytest.fixture(scope="module")
def stories(operator: Operator, cluster: Cluster, history: History) -> Iterator[dict[str, Future[None]]]:
    """One operator at work for all alternatives, a few at once; each has a ZEGO and a namespace of its own."""
    del operator, history
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(story, cluster, name) for name in ALTERNATIVES}


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_a_mix_is_started_changed_replaced_restarted_and_stopped(
    stories: dict[str, Future[None]], alternative: str
) -> None:
    stories[alternative].result(timeout=100)


def story(cluster: Cluster, alternative: str) -> None:
    """Tell a mix's whole life under an alternative."""
    with simulated_zego(SimulatorSettings(**ALTERNATIVES[alternative])) as zego:
        world = World(cluster, zego)
        task = world.started("lobby", driftCheckInterval="1s")
        world.change("lobby", userData="b")
        until(lambda: running(world, task, "UserData") == "Yg==", within=20, of="the user data is changed")
        world.change("lobby", recvBufferLevel=100)
        until(lambda: running(world, task, "RecvBufferLevel") == 100, within=20, of="the mix is replaced")
        world.wait_for("lobby", "Running")
        if alternative != UNSEEN:
            until(lambda: zego.calls(task, "GetMixTaskInfo"), within=20, of="the mix was looked at")
            zego.kill(task)
            until(lambda: zego.task(task), within=20, of="the mix runs again")
        assert len(zego.state()["Tasks"]) == 1
        world.wait_for("lobby", "Running")
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert zego.state()["Tasks"] == []
        assert zego.breaches() == []


def running(world: World, task: str, name: str) -> object:
    """Return a parameter of the running mix, None if it does not run."""
    return (world.zego.task(task) or {}).get(name)
