"""Rooms that nobody is in: no fault, no cost, and a mix as soon as somebody comes.

The operator of these tests counts every second what it counts every 30 s by default: a room that fills has its mix
within that time and a few seconds, which is less than a minute.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from automix_devkit.simulator import SimulatorSettings
from support.cluster import Cluster
from support.invariants import History
from support.operator import Operator
from support.waiting import until
from support.world import World
from support.zego import simulated_zego

Json = dict[str, Any]

AN_HOUR = "3600"
PAID_SECONDS = 3
"""How long ZEGO runs, and charges for, a mix of nobody, in place of 90 s."""


@pytest.fixture(scope="class")
def operator(kubeconfig: Path, logs: Path, request: pytest.FixtureRequest) -> Iterator[Operator]:
    """An operator that counts as often as the class says."""
    log = logs / f"operator-{request.cls.__name__}.log"
    with Operator(kubeconfig, log, AUTOMIX_ROOM_COUNT_SECONDS=request.cls.COUNTED_EVERY) as operator:
        yield operator
        assert operator.terminate() == 0
        assert "Traceback" not in operator.text()


def conditions(status: Json) -> dict[str, str]:
    """Return the status of each condition."""
    return {condition["type"]: condition["status"] for condition in status["conditions"]}


def waiting(world: World, name: str) -> str:
    """Declare an AutoMix for a room that does not exist, and wait until it waits; returns room and task id."""
    manifest = world.manifest(name)
    world.cluster.apply(manifest)
    world.wait_for(name, "WaitingForRoom")
    return str(manifest["spec"]["roomId"])


def ended_in_an_empty_room(world: World, name: str, **spec: object) -> str:
    """Have a mix run, its room empty and the mix end; returns room and task id."""
    task = world.started(name, driftCheckInterval="1s", **spec)
    until(lambda: world.zego.calls(task, "GetMixTaskInfo"), of="the query has shown the mix")
    world.zego.empty(task)
    world.zego.kill(task)
    return task


def starts(world: World, task: str) -> int:
    """Return how often a start was tried."""
    return len(world.zego.calls(task, "StartAutoMix"))


@pytest.mark.usefixtures("operator")
class TestCountedOften:
    COUNTED_EVERY: ClassVar[str] = "1"

    @pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
    def test_a_mix_for_a_room_without_people_waits_and_is_no_fault(self, world: World) -> None:
        room = waiting(world, "lobby")
        status = world.status("lobby")
        assert conditions(status) == {"Ready": "True", "Active": "False"}
        assert "Nobody is in the room" in status["conditions"][0]["message"]
        assert "playInfo" not in status
        assert starts(world, room) == 1

    @pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
    def test_a_room_that_stays_empty_is_counted_and_costs_neither_a_try_nor_a_write(self, world: World) -> None:
        room = waiting(world, "lobby")
        writes, counted = world.writes("lobby"), world.zego.counts(room)
        until(lambda: world.zego.counts(room) >= counted + 3, of="it is counted again and again")
        assert starts(world, room) == 1
        assert world.writes("lobby") == writes

    @pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
    def test_a_room_that_fills_has_its_mix_with_the_next_count(self, world: World) -> None:
        room = waiting(world, "lobby")
        world.zego.room(room)
        until(lambda: world.zego.task(room), within=10, of="the mix runs")
        assert conditions(world.wait_for("lobby", "Running")) == {"Ready": "True", "Active": "True"}
        assert starts(world, room) == 2

    @pytest.mark.not_under("queries do not see auto mixes", "nobody says that a mix has ended")
    @pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
    def test_a_mix_that_ended_in_an_empty_room_waits_for_people_and_costs_nothing(self, world: World) -> None:
        task = ended_in_an_empty_room(world, "lobby")
        status = world.wait_for("lobby", "WaitingForRoom")
        assert conditions(status) == {"Ready": "True", "Active": "False"}
        assert not {"playInfo", "startTime", "retry"} & status.keys()
        counted = world.zego.counts(task)
        until(lambda: world.zego.counts(task) >= counted + 3)
        assert starts(world, task) == 1
        world.zego.room(task)
        world.wait_for("lobby", "Running")
        assert starts(world, task) == 2

    @pytest.mark.not_under("queries do not see auto mixes", "nobody says that a mix has ended")
    def test_a_mix_that_may_not_be_restarted_is_not_waited_for(self, world: World) -> None:
        task = ended_in_an_empty_room(world, "lobby", restartPolicy="Never")
        world.wait_for("lobby", "Ended")
        assert world.zego.counts(task) == 0

    @pytest.mark.not_under("queries do not see auto mixes", "nobody says that a mix has ended")
    def test_a_mix_that_keeps_ending_although_people_are_there_is_started_after_growing_waits(
        self, world: World
    ) -> None:
        task = world.started("lobby", driftCheckInterval="1s")
        end(world, task)
        until(lambda: starts(world, task) == 2, of="the first end is mended at once")
        end(world, task)
        first = world.wait_for("lobby", "MixKeepsEnding")
        assert conditions(first) == {"Ready": "False", "Active": "False", "Reconciling": "True"}
        until(lambda: starts(world, task) == 3, of="it is tried again by itself")
        end(world, task)
        second = world.wait_for("lobby", "MixKeepsEnding")
        until(lambda: starts(world, task) == 4, of="and again")
        end(world, task)
        third = world.wait_for("lobby", "MixKeepsEnding")
        assert [status["retry"]["attempts"] for status in (first, second, third)] == [1, 2, 3]
        # The status has whole seconds, and one growth may be less than that: two are more, for every spread.
        assert seconds_to_wait(third) > seconds_to_wait(first)
        world.annotate("lobby", reconcile_requested_at="1")
        until(lambda: starts(world, task) == 5, within=5, of="who asks for it has it tried at once")

    @pytest.mark.not_under("queries do not see auto mixes", "nobody says that a mix has ended")
    @pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
    def test_a_room_that_empties_while_its_mix_keeps_ending_is_waited_for(self, world: World) -> None:
        task = world.started("lobby", driftCheckInterval="1s")
        end(world, task)
        until(lambda: starts(world, task) == 2, of="the first end is mended at once")
        end(world, task)
        world.wait_for("lobby", "MixKeepsEnding")
        world.zego.empty(task)
        world.wait_for("lobby", "WaitingForRoom")

    @pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
    def test_many_waiting_rooms_share_the_calls_that_count_their_people(self, world: World) -> None:
        names = [f"empty-{number}" for number in range(30)]
        rooms = {str(world.manifest(name)["spec"]["roomId"]) for name in names}
        for name in names:
            world.cluster.apply(world.manifest(name))
        for name in names:
            world.wait_for(name, "WaitingForRoom", within=30)
        before = len(world.zego.rooms_counted())

        def since() -> list[list[str]]:
            return [asked for asked in world.zego.rooms_counted()[before:] if rooms & set(asked)]

        def counted(room: str) -> int:
            return sum(room in asked for asked in since())

        until(lambda: all(counted(room) >= 3 for room in rooms), of="each room was counted three times")
        calls = since()
        assert max(len(asked) for asked in calls) == 10
        assert sum(len(set(asked) & rooms) for asked in calls) >= 5 * len(calls), "calls are shared"

    @pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
    def test_an_operator_that_restarts_goes_on_waiting_without_a_start(self, world: World, operator: Operator) -> None:
        room = waiting(world, "lobby")
        tried, writes = starts(world, room), world.writes("lobby")
        assert operator.terminate() == 0
        counted = world.zego.counts(room)
        operator.start()
        until(lambda: world.zego.counts(room) >= counted + 2, of="the room is counted again")
        assert starts(world, room) == tried
        assert world.writes("lobby") == writes
        world.zego.room(room)
        world.wait_for("lobby", "Running")

    @pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
    def test_a_waiting_object_is_deleted_and_its_room_is_counted_no_more(self, world: World) -> None:
        room = waiting(world, "lobby")
        world.delete("lobby")
        world.wait_until_gone("lobby")
        counted = world.zego.counts(room)
        other = waiting(world, "other")
        until(lambda: world.zego.counts(other) >= 3, of="another room is counted")
        assert world.zego.counts(room) <= counted + 1

    def test_rooms_that_cannot_be_counted_are_waited_for_until_they_can(
        self, cluster: Cluster, history: History
    ) -> None:
        del history
        with simulated_zego() as zego:
            world = World(cluster, zego)
            room = waiting(world, "lobby")
            zego.fault(Action="DescribeUserNum", Status=503, Times=2)
            counted = len([call for call in zego.all_calls() if call["Action"] == "DescribeUserNum"])
            zego.room(room)
            world.wait_for("lobby", "Running")
            calls = [call for call in zego.all_calls() if call["Action"] == "DescribeUserNum"]
            assert len(calls) > counted + 2
            world.delete("lobby")
            world.wait_until_gone("lobby")

    def test_rooms_that_zego_makes_for_a_mix_cost_one_try_each_however_long_they_stay_empty(
        self, cluster: Cluster, history: History
    ) -> None:
        del history
        settings = SimulatorSettings(create_missing_rooms=True, idle_seconds=PAID_SECONDS)
        names = [f"empty-{number}" for number in range(5)]
        with simulated_zego(settings) as zego:
            world = World(cluster, zego)
            for name in names:
                world.cluster.apply(world.manifest(name, driftCheckInterval="1s"))
            for name in names:
                world.wait_for(name, "WaitingForRoom", within=40)
            rooms = {name: str(world.manifest(name)["spec"]["roomId"]) for name in names}
            # Each second: for so long, a mix that is started again whenever it has ended would cost on.
            until(lambda: all(zego.counts(room) > 5 * PAID_SECONDS for room in rooms.values()), within=60)
            assert zego.state()["Counters"]["BilledIdleSeconds"] == pytest.approx(len(rooms) * PAID_SECONDS, rel=0.1)
            assert [starts(world, room) for room in rooms.values()] == [1] * len(rooms)
            for name in names:
                world.delete(name)
            for name in names:
                world.wait_until_gone(name)

    def test_a_start_that_failed_is_tried_again_later_where_people_cannot_be_counted(
        self, cluster: Cluster, history: History
    ) -> None:
        del history
        with simulated_zego() as zego:
            world = World(cluster, zego)
            zego.fault(Action="DescribeUserNum", Status=503, Times=100)
            manifest = world.manifest("lobby")
            world.cluster.apply(manifest)
            status = world.wait_for("lobby", "ZegoFailed")
            assert status["retry"]["nextAttemptTime"]
            zego.room(manifest["spec"]["roomId"])
            world.wait_for("lobby", "Running")
            world.delete("lobby")
            world.wait_until_gone("lobby")


@pytest.mark.usefixtures("operator")
@pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
class TestCountedSeldom:
    COUNTED_EVERY: ClassVar[str] = AN_HOUR

    def test_who_asks_for_a_look_has_the_room_counted_at_once(self, world: World) -> None:
        room = waiting(world, "lobby")
        world.zego.room(room)
        # An answer is believed for ten seconds: who was just told that nobody is there is told so again.
        until(lambda: asked_again(world, "lobby") and world.zego.task(room), within=30, of="the mix runs")
        world.wait_for("lobby", "Running")

    def test_a_change_does_not_try_the_room_blindly(self, world: World) -> None:
        room = waiting(world, "lobby")
        world.change("lobby", userData="changed")
        world.wait_for("lobby", "WaitingForRoom")
        assert starts(world, room) == 1


def asked_again(world: World, name: str) -> bool:
    """Ask for a look once the last such wish was met; for `until`."""
    mix = world.get(name)
    asked = mix["metadata"].get("annotations", {}).get("automix.zego.im/reconcile-requested-at", "0")
    if asked in ("0", mix["status"].get("lastHandledReconcileAt")):
        world.annotate(name, reconcile_requested_at=str(int(asked) + 1))
    return True


def end(world: World, task: str) -> None:
    """End a mix once it was seen to run."""
    until(lambda: world.zego.task(task) and world.reason("lobby") == "Running", of="it runs")
    seen = world.zego.arrived(task, "GetMixTaskInfo")
    until(lambda: world.zego.arrived(task, "GetMixTaskInfo") > seen, of="it is seen")
    world.zego.kill(task)


def seconds_to_wait(status: Json) -> float:
    """Return how long the next try was put off, when that was decided."""
    decided = next(c["lastTransitionTime"] for c in status["conditions"] if c["type"] == "Ready")
    return (moment(status["retry"]["nextAttemptTime"]) - moment(decided)).total_seconds()


def moment(text: str) -> datetime:
    """Read a time of the API server's."""
    return datetime.fromisoformat(text)
