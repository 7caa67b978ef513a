"""Mixes that somebody else started: what becomes of them is the object's adoptionPolicy, and nobody fights over one."""

from collections.abc import Iterator
from typing import Any

import pytest

from automix_devkit.simulator import SimulatorSettings
from support.cluster import Cluster
from support.invariants import History
from support.stranger import Stranger
from support.waiting import until
from support.world import World
from support.zego import simulated_zego

pytestmark = pytest.mark.usefixtures("operator")

Json = dict[str, Any]

STARTS_AND_STOPS = ("StartAutoMix", "StopAutoMix")
CLEARLY_OLDER = 3
"""Seconds after which a mix that is started anew is told apart from the one before by its age."""
NOT_OURS = 7
"""Seconds by which a mix must be older than our first call, to be surely somebody else's."""
OFTEN = {"driftCheckInterval": "1s"}


@pytest.fixture
def world(cluster: Cluster, history: History) -> Iterator[World]:
    """A namespace with a ZEGO of its own, where somebody else breaks ZEGO's rules."""
    del history
    with simulated_zego() as zego:
        world = World(cluster, zego)
        yield world
        for mix in world.cluster.ask("GET", world.path("").rstrip("/"))["items"]:
            world.delete(mix["metadata"]["name"])
            world.wait_until_gone(mix["metadata"]["name"])


@pytest.fixture
def stranger(world: World) -> Iterator[Stranger]:
    """Somebody else with the world's credentials."""
    stranger = Stranger(world.zego.url, world.app_id, world.secret)
    yield stranger
    stranger.close()


def started_elsewhere(world: World, stranger: Stranger, name: str, **fields: object) -> str:
    """Have a mix of somebody else's run for a while; returns room and task id."""
    task = str(world.manifest(name)["spec"]["roomId"])
    world.zego.room(task)
    stranger.start(task, **fields)
    world.zego.make_older(task, NOT_OURS)
    return task


def runs_for_a_while(world: World, name: str, **spec: object) -> str:
    """Have a mix of the object's run for a while, and be seen; returns the task id."""
    task = world.started(name, **OFTEN, **spec)
    seen_for_a_while(world, task)
    return task


def seen_for_a_while(world: World, task: str) -> None:
    """Wait until the operator knows that a mix has run for some seconds: who starts it anew makes it younger."""
    until(lambda: world.zego.age(task) >= CLEARLY_OLDER, of="it runs for a while")
    looks = len(world.zego.calls(task, "GetMixTaskInfo"))
    until(lambda: len(world.zego.calls(task, "GetMixTaskInfo")) > looks, of="it is seen to")


def ours(world: World, task: str) -> list[str]:
    """Return the operator's calls that change a mix."""
    calls = world.zego.calls(task, *STARTS_AND_STOPS)
    return [call["Action"] for call in calls if call["Parameters"].get("UserId") != "stranger"]


def outputs(world: World, task: str) -> list[str]:
    """Return the outputs of a running mix."""
    running = world.zego.task(task) or {"MixOutput": []}
    return [output["StreamId"] for output in running["MixOutput"]]


def active(status: Json) -> str:
    """Return the status of Active."""
    return next(str(condition["status"]) for condition in status["conditions"] if condition["type"] == "Active")


class TestBeforeTheFirstStart:
    def test_keep_leaves_the_mix_on_and_says_what_is_not_verified(self, world: World, stranger: Stranger) -> None:
        task = started_elsewhere(world, stranger, "lobby")
        world.declare("lobby", userData="ours")
        status = world.wait_for("lobby", "Adopted")
        message = status["conditions"][0]["message"]
        assert "not verified" in message
        assert "restart" in message
        assert world.zego.task(task)["UserData"] == "b3Vycw=="  # type: ignore[index]
        assert outputs(world, task) == [f"{task}-elsewhere"]
        assert ours(world, task) == ["StartAutoMix"]

    def test_a_restart_makes_an_adopted_mix_the_objects_own(self, world: World, stranger: Stranger) -> None:
        task = started_elsewhere(world, stranger, "lobby")
        world.declare("lobby")
        world.wait_for("lobby", "Adopted")
        world.annotate("lobby", restart_requested_at="1")
        status = world.wait_for("lobby", "Running")
        assert "adoptedTime" not in status
        assert outputs(world, task) == [f"{task}-mix"]

    def test_replace_stops_it_once_and_starts_its_own(self, world: World, stranger: Stranger) -> None:
        task = started_elsewhere(world, stranger, "lobby")
        world.declare("lobby", adoptionPolicy="Replace", **OFTEN)
        world.wait_for("lobby", "Running")
        assert outputs(world, task) == [f"{task}-mix"]
        looks = world.zego.arrived(task, "GetMixTaskInfo")
        until(lambda: world.zego.arrived(task, "GetMixTaskInfo") >= looks + 3, of="it was looked at")
        assert ours(world, task) == ["StopAutoMix", "StartAutoMix"]
        assert world.reason("lobby") == "Running"

    def test_refuse_sends_nothing_until_it_is_gone(self, world: World, stranger: Stranger) -> None:
        task = started_elsewhere(world, stranger, "lobby")
        world.declare("lobby", adoptionPolicy="Refuse")
        status = world.wait_for("lobby", "AlreadyRunning")
        assert "adoptionPolicy is Refuse" in status["conditions"][0]["message"]
        assert ours(world, task) == []
        stranger.stop(task)
        world.annotate("lobby", reconcile_requested_at="1")
        world.wait_for("lobby", "Running")
        assert outputs(world, task) == [f"{task}-mix"]

    def test_a_refused_mix_is_not_stopped_when_the_object_is_deleted(self, world: World, stranger: Stranger) -> None:
        task = started_elsewhere(world, stranger, "lobby")
        world.declare("lobby", adoptionPolicy="Refuse")
        world.wait_for("lobby", "AlreadyRunning")
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert ours(world, task) == []
        assert world.zego.task(task)

    def test_refuse_starts_where_nothing_runs(self, world: World) -> None:
        task = world.started("lobby", adoptionPolicy="Refuse", **OFTEN)
        looks = world.zego.arrived(task, "GetMixTaskInfo")
        until(lambda: world.zego.arrived(task, "GetMixTaskInfo") >= looks + 3, of="it was looked at")
        assert world.reason("lobby") == "Running"
        assert ours(world, task) == ["StartAutoMix"]


class TestWhileItRuns:
    def test_keep_adopts_it_and_sends_what_can_change_in_place(self, world: World, stranger: Stranger) -> None:
        task = runs_for_a_while(world, "lobby", userData="ours")
        stranger.take_over(task)
        status = world.wait_for("lobby", "Adopted")
        assert active(status) == "True"
        until(lambda: world.zego.task(task)["UserData"] == "b3Vycw==", of="it is sent")  # type: ignore[index]
        assert outputs(world, task) == [f"{task}-elsewhere"]
        assert ours(world, task) == ["StartAutoMix", "StartAutoMix"]
        assert "TakenOver" in [event["reason"] for event in until(lambda: world.events("lobby")[1:])]

    def test_a_second_time_within_an_hour_ends_the_fight(self, world: World, stranger: Stranger) -> None:
        task = runs_for_a_while(world, "lobby")
        stranger.take_over(task)
        world.wait_for("lobby", "Adopted")
        seen_for_a_while(world, task)
        stranger.take_over(task)
        world.wait_for("lobby", "ManagedElsewhere")
        before = ours(world, task)
        until(lambda: world.zego.age(task) >= CLEARLY_OLDER, of="nothing happens for some intervals")
        assert world.reason("lobby") == "ManagedElsewhere"
        assert ours(world, task) == before
        world.annotate("lobby", reconcile_requested_at="1")
        world.wait_for("lobby", "Adopted")
        assert outputs(world, task) == [f"{task}-elsewhere"]

    def test_replace_takes_it_back_once(self, world: World, stranger: Stranger) -> None:
        task = runs_for_a_while(world, "lobby", adoptionPolicy="Replace")
        stranger.take_over(task)
        until(lambda: outputs(world, task) == [f"{task}-mix"], of="it is replaced")
        world.wait_for("lobby", "Running")
        assert ours(world, task) == ["StartAutoMix", "StopAutoMix", "StartAutoMix"]

    def test_replace_gives_way_to_who_insists(self, world: World, stranger: Stranger) -> None:
        task = runs_for_a_while(world, "lobby", adoptionPolicy="Replace")
        stranger.take_over(task)
        until(lambda: outputs(world, task) == [f"{task}-mix"], of="it is replaced")
        seen_for_a_while(world, task)
        stranger.take_over(task)
        world.wait_for("lobby", "ManagedElsewhere")
        assert outputs(world, task) == [f"{task}-elsewhere"]
        assert ours(world, task).count("StopAutoMix") == 1

    def test_refuse_leaves_it_to_who_took_it(self, world: World, stranger: Stranger) -> None:
        task = runs_for_a_while(world, "lobby", adoptionPolicy="Refuse")
        stranger.take_over(task)
        world.wait_for("lobby", "AlreadyRunning")
        assert outputs(world, task) == [f"{task}-elsewhere"]
        assert ours(world, task) == ["StartAutoMix"]

    def test_what_the_operator_itself_restarted_is_not_taken_for_somebody_elses(self, world: World) -> None:
        task = runs_for_a_while(world, "lobby", adoptionPolicy="Refuse")
        world.annotate("lobby", restart_requested_at="1")
        until(lambda: world.status("lobby").get("lastHandledRestartAt") == "1")
        until(lambda: world.zego.age(task) >= CLEARLY_OLDER, of="it was looked at since")
        assert world.reason("lobby") == "Running"
        assert ours(world, task) == ["StartAutoMix", "StopAutoMix", "StartAutoMix"]


def test_a_query_that_never_shows_a_mix_changes_nothing(cluster: Cluster, history: History) -> None:
    del history
    with simulated_zego(SimulatorSettings(query_sees_auto_mixes=False)) as zego:
        world = World(cluster, zego)
        task = world.started("lobby", **OFTEN)
        until(lambda: zego.arrived(task, "GetMixTaskInfo") >= 3, of="it was looked for")
        assert world.reason("lobby") == "Running"
        assert ours(world, task) == ["StartAutoMix"]
        app = world.cluster.ask("GET", world.path("").replace("automixes/", "zegoapps/zego"))
        verified = next(each for each in app["status"]["conditions"] if each["type"] == "DriftVerified")
        assert verified["status"] == "False"
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert zego.task(task) is None
