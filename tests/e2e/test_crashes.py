"""The operator killed at the points that matter, and started again: the same end, one mix, no orphan."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from support.operator import Operator
from support.waiting import until
from support.world import World

LONG_ENOUGH = 5
CLEARLY_OLDER = 4
STARTS_AND_STOPS = ("StartAutoMix", "StopAutoMix")


@pytest.fixture
def operator(kubeconfig: Path, logs: Path, request: pytest.FixtureRequest) -> Iterator[Operator]:
    """An operator of the test's own."""
    with Operator(kubeconfig, logs / f"{request.node.name}.log") as operator:
        yield operator


def claim(world: World, name: str) -> str | None:
    """Return the claim on the object."""
    annotations: dict[str, str] = world.get(name)["metadata"].get("annotations", {})
    return annotations.get("automix.zego.im/claim")


def starts_and_stops(world: World, task: str) -> list[str]:
    """Return what was sent to change the mix, in order."""
    return [call["Action"] for call in world.zego.calls(task, *STARTS_AND_STOPS)]


def assert_settled(world: World, name: str, task: str) -> None:
    """Assert that the mix runs once and is recorded as it runs."""
    status = world.wait_for(name, "Running")
    running = world.zego.task(task)
    assert running is not None
    assert status["sequence"] == running["Sequence"]
    sequences = [call["Parameters"]["Sequence"] for call in world.zego.calls(task, *STARTS_AND_STOPS)]
    assert all(earlier < later for earlier, later in pairwise(sequences)), "Sequence rises across the crash"
    rooms = [entry["Parameters"]["RoomId"] for entry in world.zego.state()["Tasks"]]
    assert rooms.count(running["RoomId"]) == 1


def test_killed_before_the_claim(world: World, operator: Operator) -> None:
    operator.kill()
    task = world.declare("lobby")
    assert claim(world, "lobby") is None
    operator.start()
    assert_settled(world, "lobby", task)
    assert starts_and_stops(world, task) == ["StartAutoMix"]


def test_killed_after_the_claim_and_before_the_call_has_effect(world: World, operator: Operator) -> None:
    task = world.manifest("lobby")["spec"]["roomId"]
    world.zego.fault(Action="StartAutoMix", TaskId=task, DelayBefore=LONG_ENOUGH, Lost="before")
    world.declare("lobby")
    until(lambda: world.zego.arrived(task, "StartAutoMix"), of="the call is on its way")
    operator.kill()
    assert claim(world, "lobby") is not None
    assert world.zego.task(task) is None
    until(lambda: world.zego.calls(task, "StartAutoMix"), of="ZEGO is done with the lost call")
    operator.start()
    assert_settled(world, "lobby", task)


def test_killed_after_the_call_and_before_the_status(world: World, operator: Operator) -> None:
    task = world.manifest("lobby")["spec"]["roomId"]
    world.zego.fault(Action="StartAutoMix", TaskId=task, DelayAfter=1)
    world.declare("lobby")
    until(lambda: world.zego.task(task), of="the mix runs")
    operator.kill()
    assert world.status("lobby") == {"observedGeneration": -1}
    until_unlocked(world, task)
    operator.start()
    assert_settled(world, "lobby", task)
    assert starts_and_stops(world, task) == ["StartAutoMix", "StartAutoMix"]


def test_killed_in_place_change_before_the_status(world: World, operator: Operator) -> None:
    task = world.started("lobby")
    world.zego.fault(Action="StartAutoMix", TaskId=task, DelayAfter=1)
    world.change("lobby", userData="changed")
    until(lambda: (running := world.zego.task(task)) and running["UserData"], of="the change is in effect")
    operator.kill()
    until_unlocked(world, task)
    operator.start()
    assert_settled(world, "lobby", task)
    assert "StopAutoMix" not in starts_and_stops(world, task)


@pytest.mark.not_under("queries do not see auto mixes", "nobody says how far a replacement has come")
def test_killed_between_the_stop_and_the_start_of_a_replace(world: World, operator: Operator) -> None:
    task = world.started("lobby")
    world.wait_until_drift_is_verified()
    world.zego.fault(Action="StartAutoMix", TaskId=task, DelayBefore=LONG_ENOUGH, Lost="before")
    world.change("lobby", recvBufferLevel=200)
    until(lambda: world.zego.arrived(task, "StartAutoMix") == 2, of="the start is on its way")
    operator.kill()
    assert world.zego.task(task) is None
    until(lambda: len(world.zego.calls(task, "StartAutoMix")) == 2, of="ZEGO is done with the lost call")
    operator.start()
    assert_settled(world, "lobby", task)
    assert world.zego.task(task)["RecvBufferLevel"] == 200  # type: ignore[index]
    assert starts_and_stops(world, task).count("StopAutoMix") == 1


@pytest.mark.not_under("queries do not see auto mixes", "nobody says how far a replacement has come")
@pytest.mark.not_under("Data is sparse", "ZEGO does not say how long a mix has run")
@pytest.mark.not_under("Data is absent", "ZEGO does not say how long a mix has run")
def test_killed_after_the_start_of_a_replace(world: World, operator: Operator) -> None:
    task = world.started("lobby")
    until(lambda: world.zego.age(task) > CLEARLY_OLDER, of="the old mix cannot be taken for the new one")
    world.zego.fault(Action="StartAutoMix", TaskId=task, DelayAfter=1)
    world.change("lobby", recvBufferLevel=200)
    until(lambda: (running := world.zego.task(task)) and running["RecvBufferLevel"] == 200, of="it was replaced")
    operator.kill()
    until_unlocked(world, task)
    operator.start()
    assert_settled(world, "lobby", task)
    assert starts_and_stops(world, task).count("StopAutoMix") == 1, "no second gap"


def test_killed_after_the_stop_and_before_the_release(world: World, operator: Operator) -> None:
    task = world.started("lobby")
    until(lambda: world.zego.calls(task, "GetMixTaskInfo"), of="the first look is over")
    looks = world.zego.arrived(task, "GetMixTaskInfo")
    world.zego.fault(Action="GetMixTaskInfo", TaskId=task, DelayBefore=LONG_ENOUGH)
    world.delete("lobby")
    until(lambda: world.zego.arrived(task, "GetMixTaskInfo") > looks, of="the look after the stop is on its way")
    operator.kill()
    assert world.zego.task(task) is None
    assert world.get("lobby")["metadata"]["finalizers"] == ["automix.zego.im/mix"]
    operator.start()
    world.wait_until_gone("lobby")
    assert world.zego.task(task) is None


def test_deleted_while_the_operator_is_down(world: World, operator: Operator) -> None:
    task = world.started("lobby")
    operator.kill()
    world.delete("lobby")
    assert world.zego.task(task)
    operator.start()
    world.wait_until_gone("lobby")
    assert world.zego.task(task) is None


def until_unlocked(world: World, task: str) -> None:
    """Wait until ZEGO has let go of a call whose caller is dead: its lock is by user id."""
    until(lambda: not world.zego.busy(task), of="ZEGO is done with the call")
