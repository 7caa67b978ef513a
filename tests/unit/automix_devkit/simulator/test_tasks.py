"""The life of tasks on a clock that stands still until told."""

import pytest

from automix_devkit.simulator import SimulatorSettings
from unit.automix_devkit.simulator.caller import ROOM, Caller


def empty(zego: Caller) -> None:
    zego.simulator.create_room(ROOM, users=["alice"], streams=[])


def publish(zego: Caller) -> None:
    zego.simulator.create_room(ROOM, users=["alice"], streams=["mic"])


def end(zego: Caller) -> None:
    zego.simulator.remove_room(ROOM)


def test_a_mix_ends_90_seconds_after_the_last_stream_left() -> None:
    zego = Caller()
    zego.start()
    zego.clock.now += 1000
    empty(zego)
    zego.clock.now += 89.9
    assert zego.info()["Code"] == 0
    zego.clock.now += 0.1
    assert zego.info()["Code"] == 110209001


def test_a_mix_ends_90_seconds_after_its_room() -> None:
    zego = Caller()
    zego.start()
    end(zego)
    zego.clock.now += 89.9
    assert zego.running() == ["task"]
    zego.clock.now += 0.1
    assert zego.running() == []


def test_the_90_seconds_count_from_the_last_stream_when_the_room_ends_later() -> None:
    zego = Caller()
    zego.start()
    empty(zego)
    zego.clock.now += 60
    end(zego)
    zego.clock.now += 30
    assert zego.running() == []


@pytest.mark.parametrize("leave", [empty, end], ids=["the last stream left", "the room ended"])
def test_a_stream_that_comes_back_in_time_keeps_the_mix(leave: object) -> None:
    zego = Caller()
    zego.start()
    assert callable(leave)
    leave(zego)
    zego.clock.now += 89
    publish(zego)
    zego.clock.now += 1000
    assert zego.running() == ["task"]
    leave(zego)
    zego.clock.now += 89
    assert zego.running() == ["task"]


def test_a_mix_started_without_streams_waits_90_seconds_for_one() -> None:
    zego = Caller()
    empty(zego)
    zego.start()
    zego.clock.now += 89
    assert zego.running() == ["task"]
    zego.clock.now += 1
    assert zego.running() == []


def test_each_mix_ends_at_its_own_time() -> None:
    zego = Caller()
    for room in ("a", "b", "c"):
        zego.clock.now += 10
        zego.simulator.create_room(room, streams=[])
        zego.start(room, RoomId=room)
    zego.clock.now += 70
    assert zego.running() == ["b", "c"]
    zego.clock.now += 10
    assert zego.running() == ["c"]


def test_the_idle_time_can_be_shortened() -> None:
    zego = Caller(SimulatorSettings(idle_seconds=2))
    zego.start()
    end(zego)
    zego.clock.now += 2
    assert zego.running() == []


def test_a_killed_task_is_gone_and_can_be_started_again() -> None:
    zego = Caller()
    zego.start()
    zego.clock.now += 5
    zego.simulator.kill_task("task")
    assert zego.info()["Code"] == 110209001
    zego.start()
    assert zego.info()["Data"]["TaskInfo"]["MixDuration"] == 0


def test_what_does_not_exist_cannot_be_killed_or_ended() -> None:
    zego = Caller()
    with pytest.raises(KeyError):
        zego.simulator.kill_task("task")
    with pytest.raises(KeyError):
        zego.simulator.remove_room("elsewhere")


def test_a_room_without_users_is_refused() -> None:
    with pytest.raises(ValueError, match="remove it instead"):
        Caller().simulator.create_room("ghost", users=[], streams=["mic"])


def test_every_output_is_billed_by_the_second_until_the_mix_ends() -> None:
    zego = Caller()
    zego.start("one", MixOutput=[{"StreamId": "a"}, {"StreamId": "b"}])
    zego.clock.now += 10
    zego.start("two")
    zego.clock.now += 5
    assert [task.billed_seconds for task in zego.simulator.state().tasks] == [30, 5]
    zego.stop("one")
    end(zego)
    zego.clock.now += 1000
    # 15 s on two outputs; 5 s and the 90 idle seconds on one, however late anyone looks.
    assert zego.simulator.state().counters.billed_seconds == 30 + 95


def test_the_state_counts_what_became_of_tasks() -> None:
    zego = Caller()
    for task in ("stopped", "killed", "idle"):
        zego.start(task)
    zego.start("idle", UserData="AAAA")
    zego.stop("stopped")
    zego.simulator.kill_task("killed")
    end(zego)
    zego.clock.now += 90
    assert zego.simulator.state().counters.tasks == {"Started": 3, "Updated": 1, "Stopped": 1, "Killed": 1, "Idle": 1}
