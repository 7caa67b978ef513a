"""The life of tasks on a clock that stands still until told."""

import pytest

from automix_devkit.simulator import SimulatorSettings
from automix_devkit.simulator.settings import EndOfMix
from unit.automix_devkit.simulator.caller import NOW, ROOM, Caller, start_body


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


def test_a_mix_that_is_idle_no_more_keeps_no_other_from_ending() -> None:
    zego = Caller()
    for room in ("a", "b"):
        zego.simulator.create_room(room, streams=["s"])
        zego.start(room, RoomId=room)
    zego.simulator.close_stream("a", "s")
    zego.simulator.publish("a", "s")
    zego.simulator.close_stream("b", "s")
    zego.clock.now += 90
    assert zego.running() == ["a"]


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


def test_a_task_can_be_made_older_than_it_is() -> None:
    zego = Caller()
    zego.start()
    zego.clock.now += 5
    zego.simulator.age_task("task", 60)
    assert zego.info()["Data"]["TaskInfo"]["MixDuration"] == 65


def test_what_does_not_exist_cannot_be_killed_or_ended_or_made_older() -> None:
    zego = Caller()
    with pytest.raises(KeyError):
        zego.simulator.kill_task("task")
    with pytest.raises(KeyError):
        zego.simulator.age_task("task", 1)
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


def test_a_mix_whose_only_stream_is_removed_is_idle() -> None:
    zego = Caller()
    zego.start(ExtraMixInput=[{"StreamId": "mic", "ModifyType": 1}, {"StreamId": "guest"}])
    assert zego.task().idle_since == NOW
    zego.clock.now += 90
    assert zego.running() == []


def test_a_mix_whose_only_stream_is_added_as_well_is_not_idle() -> None:
    zego = Caller()
    zego.start(ExtraMixInput=[{"StreamId": "mic"}])
    assert (zego.task().idle_since, zego.task().inputs) == (None, ("mic",))


def test_a_task_shows_since_when_it_is_idle() -> None:
    zego = Caller()
    zego.start()
    assert zego.task().idle_since is None
    zego.clock.now += 5
    zego.simulator.close_stream(ROOM, "mic")
    zego.clock.now += 5
    zego.simulator.leave(ROOM, "alice")
    assert zego.task().idle_since == NOW + 5
    publish(zego)
    assert zego.task().idle_since is None


@pytest.mark.parametrize(
    ("end_of_mix", "after_streams", "after_room"),
    [
        pytest.param(EndOfMix.AFTER_IDLE_TIME, 90, 90, id="after its idle time"),
        pytest.param(EndOfMix.AT_ONCE_WITH_ITS_ROOM, 90, 0, id="at once with its room"),
        pytest.param(EndOfMix.ONLY_WITH_ITS_ROOM, None, 0, id="only with its room"),
    ],
)
def test_a_mix_that_nobody_stops_ends_as_switched(
    end_of_mix: EndOfMix, after_streams: int | None, after_room: int
) -> None:
    for leave, seconds in ((empty, after_streams), (end, after_room)):
        zego = Caller(SimulatorSettings(end_of_mix=end_of_mix))
        zego.start()
        leave(zego)
        if seconds:
            zego.clock.now += seconds - 0.5
            assert zego.running() == ["task"]
        zego.clock.now += 0.5 if seconds else 0 if seconds == 0 else 10_000
        assert zego.running() == (["task"] if seconds is None else [])


def test_a_mix_that_ends_with_its_room_is_counted_apart() -> None:
    zego = Caller(SimulatorSettings(end_of_mix=EndOfMix.AT_ONCE_WITH_ITS_ROOM))
    zego.start()
    zego.simulator.leave(ROOM, "alice")
    assert zego.simulator.state().counters.tasks == {"Started": 1, "RoomEnded": 1}


def test_the_room_ends_before_the_mixes_in_it() -> None:
    zego = Caller(SimulatorSettings(empty_room_seconds=90, end_of_mix=EndOfMix.AT_ONCE_WITH_ITS_ROOM))
    zego.start()
    zego.simulator.leave(ROOM, "alice")
    zego.clock.now += 90
    assert zego.simulator.state().counters.tasks == {"Started": 1, "RoomEnded": 1}


def test_an_idle_mix_ends_before_a_room_that_lives_longer() -> None:
    zego = Caller(SimulatorSettings(empty_room_seconds=100, end_of_mix=EndOfMix.AT_ONCE_WITH_ITS_ROOM))
    zego.start()
    zego.simulator.leave(ROOM, "alice")
    zego.clock.now += 200
    counters = zego.simulator.state().counters
    assert (counters.tasks, counters.billed_seconds) == ({"Started": 1, "Idle": 1}, 90)
    assert zego.simulator.state().rooms == []


def test_an_empty_room_ends_at_its_moment_however_late_anyone_looks() -> None:
    zego = Caller(SimulatorSettings(empty_room_seconds=10, end_of_mix=EndOfMix.ONLY_WITH_ITS_ROOM))
    zego.start()
    zego.simulator.leave(ROOM, "alice")
    zego.clock.now += 1000
    assert zego.simulator.state().counters.billed_seconds == 10


def test_seconds_on_an_empty_room_are_billed_and_counted_apart() -> None:
    zego = Caller()
    zego.start(MixOutput=[{"StreamId": "a"}, {"StreamId": "b"}])
    zego.clock.now += 10
    zego.simulator.close_stream(ROOM, "mic")
    zego.clock.now += 20
    publish(zego)
    zego.clock.now += 5
    assert (zego.task().billed_seconds, zego.task().billed_idle_seconds) == (70, 40)
    end(zego)
    zego.clock.now += 7
    assert (zego.task().billed_seconds, zego.task().billed_idle_seconds) == (84, 54)
    counters = zego.simulator.state().counters
    assert (counters.billed_seconds, counters.billed_idle_seconds) == (84, 54)
    zego.clock.now += 1000
    counters = zego.simulator.state().counters
    assert (counters.billed_seconds, counters.billed_idle_seconds) == (250, 220)


def test_a_kill_concerns_the_task_alone() -> None:
    zego = Caller()
    zego.start("one")
    zego.start("two")
    zego.simulator.kill_task("one")
    assert zego.running() == ["two"]


def test_a_kill_reaches_both_environments() -> None:
    zego = Caller()
    zego.start()
    body = start_body(MixOutput=[{"StreamId": "zegotest-12345-mix"}])
    zego.send(zego.request("StartAutoMix", body=body, IsTest="true"))
    assert zego.running() == ["task", "task"]
    zego.simulator.kill_task("task")
    assert zego.running() == []
