"""Records that are lost or old, and two clusters with the same objects: no needless gap, no second mix, no fight."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from support.cluster import Cluster
from support.invariants import History
from support.operator import Operator
from support.waiting import until
from support.world import World
from support.zego import simulated_zego

Json = dict[str, Any]

STARTS_AND_STOPS = ("StartAutoMix", "StopAutoMix")
NOT_OURS = 7
"""Seconds by which a mix must be older than our first call, to be surely somebody else's."""
OFTEN = {"driftCheckInterval": "1s"}


@pytest.fixture
def operator(world: World, kubeconfig: Path, logs: Path) -> Iterator[Operator]:
    """An operator of the world's own."""
    with operator_of(world, kubeconfig, logs) as operator:
        yield operator
        assert operator.terminate() == 0
        assert "Traceback" not in operator.text()


def operator_of(world: World, kubeconfig: Path, logs: Path) -> Operator:
    """Return an operator that sees the world's namespace alone, as if it were all of a cluster."""
    return Operator(kubeconfig, logs / f"restores-{world.namespace}.log", "--namespace", world.namespace)


def put_status(world: World, history: History, name: str, status: Json) -> None:
    """Write a status by hand, whatever it was."""
    history.expect_meddling(world.get(name)["metadata"]["uid"])
    patch = [{"op": "replace", "path": "/status", "value": status}]
    world.cluster.ask("PATCH", f"{world.path(name)}/status", patch, "application/json-patch+json")


def assert_rising(world: World, task: str) -> None:
    """Assert that each call had a higher Sequence than the one before."""
    sequences = [call["Parameters"]["Sequence"] for call in world.zego.calls(task, *STARTS_AND_STOPS)]
    assert all(earlier < later for earlier, later in pairwise(sequences)), sequences


EMPTY = {"observedGeneration": -1}


def test_a_status_wiped_by_hand_costs_no_gap_and_no_second_mix(
    operator: Operator, world: World, history: History
) -> None:
    del operator
    task = world.started("lobby")
    before = world.status("lobby")
    put_status(world, history, "lobby", EMPTY)
    after = world.wait_for("lobby", "Running")
    assert after["sequence"] >= before["sequence"]
    assert "StopAutoMix" not in world.changes(task)
    assert_rising(world, task)
    assert [running["TaskId"] for running in world.zego.state()["Tasks"]].count(task) == 1


def test_a_status_wiped_after_a_change_in_place_costs_no_gap(
    operator: Operator, world: World, history: History
) -> None:
    del operator
    task = world.started("lobby", userData="first")
    world.change("lobby", userData="second", soundLevel=True)
    until(lambda: world.zego.task(task)["UserData"] == "c2Vjb25k")  # type: ignore[index]
    world.wait_for("lobby", "Running")
    put_status(world, history, "lobby", EMPTY)
    world.wait_for("lobby", "Running")
    running = world.zego.task(task)
    assert running is not None
    assert (running["UserData"], running["SoundLevel"]) == ("c2Vjb25k", 1)
    assert "StopAutoMix" not in world.changes(task)


@pytest.mark.parametrize("down", [False, True], ids=["while the operator runs", "while the operator is down"])
def test_a_status_wiped_by_hand_and_a_spec_that_was_changed_as_well_are_settled_by_one_gap(
    operator: Operator, world: World, history: History, *, down: bool
) -> None:
    task = world.started("lobby")
    if down:
        operator.kill()
    world.change("lobby", recvBufferLevel=200)
    if not down:
        until(lambda: (running := world.zego.task(task)) and running["RecvBufferLevel"] == 200)
        world.wait_for("lobby", "Running")
    put_status(world, history, "lobby", EMPTY)
    if down:
        operator.start()
    world.wait_for("lobby", "Running")
    assert world.zego.task(task)["RecvBufferLevel"] == 200  # type: ignore[index]
    assert world.changes(task).count("StopAutoMix") == 1
    assert_rising(world, task)


def test_an_older_status_put_back_ends_with_what_is_declared(
    operator: Operator, world: World, history: History
) -> None:
    del operator
    task = world.started("lobby")
    old = world.status("lobby")
    world.change("lobby", recvBufferLevel=200)
    until(lambda: (running := world.zego.task(task)) and running["RecvBufferLevel"] == 200)
    newest = world.wait_for("lobby", "Running")["sequence"]
    put_status(world, history, "lobby", old)
    after = until(lambda: (status := world.wait_for("lobby", "Running"))["sequence"] > old["sequence"] and status)
    assert isinstance(after, dict)
    assert after["sequence"] >= newest
    assert world.zego.task(task)["RecvBufferLevel"] == 200  # type: ignore[index]
    assert_rising(world, task)


def test_an_object_restored_without_status_and_annotations_adopts_what_runs(
    operator: Operator, world: World, history: History
) -> None:
    del history
    task = world.started("lobby")
    operator.kill()
    world.zego.make_older(task, NOT_OURS)
    world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    world.delete("lobby")
    world.wait_until_gone("lobby")
    world.cluster.apply(world.manifest("lobby", userData="restored"))
    operator.start()
    world.wait_for("lobby", "Adopted")
    assert world.zego.task(task)["UserData"] == "cmVzdG9yZWQ="  # type: ignore[index]
    assert "StopAutoMix" not in world.changes(task)
    assert_rising(world, task)


class TestTwoClusters:
    """Two operators that do not see each other's objects, with one app and one room: as after a restored cluster."""

    @pytest.fixture
    def clusters(self, cluster: Cluster, history: History) -> Iterator[tuple[World, World]]:
        """Two worlds with one app, at a ZEGO that they may confuse."""
        del history
        with simulated_zego() as zego:
            first, second = World(cluster, zego), World(cluster, zego)
            cluster.ask("DELETE", second.path("").replace("automixes/", "zegoapps/zego"))
            second.app_id = first.app_id
            second.store_secret(first.secret)
            second.add_app("zego")
            yield first, second

    def test_the_second_one_keeps_what_the_first_one_runs(
        self, clusters: tuple[World, World], kubeconfig: Path, logs: Path
    ) -> None:
        first, second = clusters
        with operator_of(first, kubeconfig, logs), operator_of(second, kubeconfig, logs):
            task = first.started("lobby", **OFTEN)
            until(lambda: first.zego.age(task) >= NOT_OURS)
            second.cluster.apply(second.manifest("lobby", roomId=task, userData="second", **OFTEN))
            second.wait_for("lobby", "Adopted")
            looks = first.zego.arrived(task, "GetMixTaskInfo")
            until(lambda: first.zego.arrived(task, "GetMixTaskInfo") > looks + 4, of="both have looked")
            assert first.reason("lobby") == "Running"
            assert second.reason("lobby") == "Adopted"
            assert first.changes(task) == ["StartAutoMix", "StartAutoMix"]

    def test_two_that_both_replace_stop_fighting(
        self, clusters: tuple[World, World], kubeconfig: Path, logs: Path
    ) -> None:
        first, second = clusters
        with operator_of(first, kubeconfig, logs), operator_of(second, kubeconfig, logs):
            task = first.started("lobby", adoptionPolicy="Replace", **OFTEN)
            until(lambda: first.zego.age(task) >= NOT_OURS)
            second.cluster.apply(second.manifest("lobby", roomId=task, adoptionPolicy="Replace", **OFTEN))
            # Calls of both within one second have one Sequence, and ZEGO takes the first: then nobody insists.
            until(lambda: len(first.changes(task)) >= 3, of="it is replaced")
            until(lambda: first.zego.state()["Tasks"] and first.zego.age(task) >= NOT_OURS, within=40, of="it is quiet")
            assert first.changes(task).count("StopAutoMix") <= 3
            assert len(first.zego.state()["Tasks"]) == 1
