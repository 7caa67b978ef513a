"""Edits of what runs: the last one counts, each field goes the way ZEGO allows, and nothing audible without leave."""

from typing import Any

import pytest

from support.operator import Operator
from support.waiting import until
from support.world import World

pytestmark = pytest.mark.usefixtures("operator")

Json = dict[str, Any]

SWALLOWED = 12
"""Seconds until ZEGO does what it was asked; nobody waits for so long."""


def parameter(world: World, task: str, name: str) -> object:
    """Return a parameter of the running mix, None if it does not run."""
    return (world.zego.task(task) or {}).get(name)


def crowd(world: World, size: int) -> None:
    """Have the app busy for a while: one start a second, and some mixes that wait for theirs."""
    world.limit(start=1)
    for number in range(size):
        world.declare(f"crowd-{number}")


def test_edits_while_a_change_in_place_is_on_its_way_cost_one_further_call(world: World) -> None:
    task = world.started("lobby")
    world.zego.fault(Action="StartAutoMix", TaskId=task, DelayBefore=1)
    world.change("lobby", userData="first")
    until(lambda: world.zego.arrived(task, "StartAutoMix") == 2, of="the call is on its way")
    for data in ("second", "third", "last"):
        world.change("lobby", userData=data)
    until(lambda: parameter(world, task, "UserData") == "bGFzdA==", of="the last edit is in effect")
    world.wait_for("lobby", "Running")
    assert world.changes(task) == ["StartAutoMix"] * 3


def test_edits_while_a_replace_is_on_its_way_cost_one_further_change(world: World) -> None:
    task = world.started("lobby")
    world.zego.fault(Action="StopAutoMix", TaskId=task, DelayBefore=1)
    world.change("lobby", recvBufferLevel=100)
    until(lambda: world.zego.arrived(task, "StopAutoMix") == 1, of="the stop is on its way")
    for level in (200, 300, 400):
        world.change("lobby", recvBufferLevel=level)
    until(lambda: parameter(world, task, "RecvBufferLevel") == 400, of="the last edit is in effect")
    world.wait_for("lobby", "Running")
    assert world.changes(task).count("StopAutoMix") <= 2


def test_edits_while_a_change_waits_for_its_turn_cost_one_call(world: World) -> None:
    task = world.started("lobby")
    crowd(world, 4)
    for number in range(5):
        world.change("lobby", userData=f"edit {number}")
    until(lambda: parameter(world, task, "UserData") == "ZWRpdCA0", of="the last edit is in effect")
    world.wait_for("lobby", "Running")
    assert len(world.changes(task)) <= 3, "the first edit may have had its turn at once; the others share one"


def test_ten_edits_of_what_waits_for_its_first_start_cost_the_one_call_with_the_last_of_them(world: World) -> None:
    crowd(world, 4)
    until(lambda: world.reason("crowd-0") == "Running", of="a turn was had")
    task = world.declare("lobby")
    for number in range(10):
        world.change("lobby", userData=f"edit {number}")
    world.wait_for("lobby", "Running")
    assert world.changes(task) == ["StartAutoMix"]
    assert parameter(world, task, "UserData") == "ZWRpdCA5"


def test_an_edit_that_is_undone_while_it_waits_for_its_turn_costs_nothing(world: World) -> None:
    task = world.started("lobby")
    crowd(world, 4)
    until(lambda: world.reason("crowd-0") == "Running", of="a turn was had")
    world.change("lobby", recvBufferLevel=100)
    world.change("lobby", recvBufferLevel=None)
    world.wait_for("lobby", "Running")
    for number in range(4):
        world.wait_for(f"crowd-{number}", "Running")
    assert world.changes(task) == ["StartAutoMix"]


def test_a_change_in_place_and_an_audible_one_made_together_cost_one_gap(world: World) -> None:
    task = world.started("lobby")
    world.change("lobby", userData="both", recvBufferLevel=100)
    until(lambda: parameter(world, task, "RecvBufferLevel") == 100)
    world.wait_for("lobby", "Running")
    assert parameter(world, task, "UserData") == "Ym90aA=="
    assert world.changes(task) == ["StartAutoMix", "StopAutoMix", "StartAutoMix"]


def test_a_change_while_zego_swallows_every_call_is_told_after_the_first_and_made_when_it_answers(world: World) -> None:
    task = world.started("lobby")
    world.zego.fault(TaskId=task, DelayBefore=SWALLOWED, Times=20)
    world.change("lobby", recvBufferLevel=100)
    # One call in vain, and a look whether it had its effect; each is given up after ten seconds.
    told = world.wait_for("lobby", "ZegoUnreachable", within=30)
    assert world.zego.arrived(task, "StopAutoMix") == 1
    assert told["retry"]["attempts"] == 1
    world.zego.spare()
    until(lambda: parameter(world, task, "RecvBufferLevel") == 100, within=30, of="the change is made")


def test_a_change_after_failures_begins_the_waits_between_tries_anew(world: World) -> None:
    task = world.started("lobby")
    world.zego.fault(TaskId=task, Action="StartAutoMix", Status=503, Times=20)
    world.change("lobby", userData="first")
    until(lambda: world.status("lobby").get("retry", {}).get("attempts") == 3, within=15, of="waits have grown")
    world.change("lobby", userData="second")
    until(lambda: world.zego.arrived(task, "StartAutoMix") == 5, within=2, of="it is made at once")
    until(lambda: world.status("lobby")["retry"]["attempts"] == 1, within=2, of="and its failure is the first")
    world.zego.spare()
    world.wait_for("lobby", "Running")


def test_a_policy_is_changed_without_a_call(world: World) -> None:
    task = world.started("lobby")
    world.change(
        "lobby",
        updatePolicy="Manual",
        deletionPolicy="Orphan",
        restartPolicy="Never",
        adoptionPolicy="Refuse",
        driftCheckInterval="1h",
    )
    world.wait_for("lobby", "Running")
    assert world.changes(task) == ["StartAutoMix"]


def test_edits_while_the_operator_is_down_cost_one_call(world: World, operator: Operator) -> None:
    task = world.started("lobby")
    assert operator.terminate() == 0
    for data in ("first", "second", "last"):
        world.change("lobby", userData=data)
    operator.start()
    until(lambda: parameter(world, task, "UserData") == "bGFzdA==")
    world.wait_for("lobby", "Running")
    assert world.changes(task) == ["StartAutoMix", "StartAutoMix"]


class TestManual:
    def test_an_audible_change_waits_and_its_fields_are_named(self, world: World) -> None:
        task = world.started("lobby", updatePolicy="Manual")
        world.change("lobby", recvBufferLevel=100, byPass=True)
        status = world.wait_for("lobby", "UpdatePending")
        by_kind = {condition["type"]: condition for condition in status["conditions"]}
        assert (by_kind["Ready"]["status"], by_kind["Active"]["status"]) == ("False", "True")
        assert not {"Reconciling", "Stalled"} & by_kind.keys()
        for word in ("recvBufferLevel", "byPass", "restart annotation"):
            assert word in by_kind["Ready"]["message"]
        assert world.changes(task) == ["StartAutoMix"]

    def test_the_restart_annotation_makes_all_waiting_changes_in_one_gap(self, world: World) -> None:
        task = world.started("lobby", updatePolicy="Manual")
        world.change("lobby", recvBufferLevel=100)
        world.wait_for("lobby", "UpdatePending")
        world.change("lobby", byPass=True)
        until(lambda: "byPass" in world.wait_for("lobby", "UpdatePending")["conditions"][0]["message"])
        world.annotate("lobby", restart_requested_at="1")
        world.wait_for("lobby", "Running")
        assert (parameter(world, task, "RecvBufferLevel"), parameter(world, task, "ByPass")) == (100, True)
        assert world.changes(task) == ["StartAutoMix", "StopAutoMix", "StartAutoMix"]

    def test_an_audible_change_that_is_undone_waits_no_more(self, world: World) -> None:
        task = world.started("lobby", updatePolicy="Manual")
        world.change("lobby", recvBufferLevel=100)
        world.wait_for("lobby", "UpdatePending")
        world.change("lobby", recvBufferLevel=None)
        world.wait_for("lobby", "Running")
        assert world.changes(task) == ["StartAutoMix"]

    def test_a_change_in_place_is_made_at_once(self, world: World) -> None:
        task = world.started("lobby", updatePolicy="Manual")
        world.change("lobby", userData="at once")
        until(lambda: parameter(world, task, "UserData") == "YXQgb25jZQ==")
        world.wait_for("lobby", "Running")

    def test_another_policy_makes_the_change_that_waited(self, world: World) -> None:
        task = world.started("lobby", updatePolicy="Manual")
        world.change("lobby", recvBufferLevel=100)
        world.wait_for("lobby", "UpdatePending")
        world.change("lobby", updatePolicy="InPlaceOrRecreate")
        until(lambda: parameter(world, task, "RecvBufferLevel") == 100)
        world.wait_for("lobby", "Running")

    @pytest.mark.not_under("queries do not see auto mixes", "nobody says that a mix has ended")
    def test_a_mix_that_ended_while_a_change_waited_is_started_with_the_change(self, world: World) -> None:
        task = world.started("lobby", updatePolicy="Manual", driftCheckInterval="1s")
        until(lambda: world.zego.calls(task, "GetMixTaskInfo"), of="the query has shown the mix")
        world.change("lobby", recvBufferLevel=100)
        world.wait_for("lobby", "UpdatePending")
        world.zego.kill(task)
        until(lambda: parameter(world, task, "RecvBufferLevel") == 100)
        world.wait_for("lobby", "Running")
