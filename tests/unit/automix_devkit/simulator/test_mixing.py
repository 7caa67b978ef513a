"""What the actions do to tasks, and what they answer."""

from typing import Any

import pytest

from automix_devkit.simulator import SimulatorSettings
from unit.automix_devkit.simulator.caller import APP_ID, ROOM, Caller


def parameters(zego: Caller) -> dict[str, Any]:
    (task,) = zego.simulator.state().tasks
    return task.parameters


def test_a_start_answers_what_zegos_page_shows() -> None:
    zego = Caller()
    answer = zego.start(UserId="123", Sequence=1, MixOutput=[{"StreamUrl": "rtmp://push.example/appname/test?sign=x"}])
    assert (answer["Code"], answer["Message"]) == (0, "success")
    assert answer["Data"] == {
        "UserId": "123",
        "RoomId": ROOM,
        "Sequence": 1,
        "PlayInfo": [
            {
                "StreamId": "test",
                "RTMP": "rtmp://play.example/appname/test",
                "HLS": "http://play.example/appname/test/playlist.m3u8",
                "FLV": "http://play.example/appname/test.flv",
                "Status": 0,
                "UserName": "",
            }
        ],
    }


def test_an_output_to_rtc_has_no_play_addresses_and_no_sequence_is_zero() -> None:
    data = Caller().start()["Data"]
    assert data["Sequence"] == 0
    assert data["PlayInfo"] == [{"StreamId": "mix-task", "RTMP": "", "HLS": "", "FLV": "", "Status": 0, "UserName": ""}]


def test_a_task_runs_until_it_is_stopped() -> None:
    zego = Caller()
    zego.start()
    zego.clock.now += 12.9
    assert zego.info()["Data"] == {"TaskInfo": {"TaskId": "task", "MixDuration": 12}}
    stopped = zego.stop()
    assert (stopped["Code"], "Data" in stopped) == (0, False)
    assert zego.info()["Code"] == 110209001
    assert zego.running() == []


@pytest.mark.parametrize(("succeeds", "code"), [(False, 110209001), (True, 0)])
def test_the_stop_of_an_unknown_task_is_answered_as_switched(succeeds: bool, code: int) -> None:  # noqa: FBT001 -- a table
    assert Caller(SimulatorSettings(stop_unknown_succeeds=succeeds)).stop()["Code"] == code


def test_a_stop_with_another_room_is_refused() -> None:
    zego = Caller()
    zego.start()
    assert zego.stop(RoomId="elsewhere")["Code"] == 110200002
    assert zego.running() == ["task"]


def test_an_update_changes_user_data_and_sound_level_and_nothing_is_restarted() -> None:
    zego = Caller()
    zego.start(UserData="AAAA")
    zego.clock.now += 5
    assert zego.start(UserData="BBBB", SoundLevel=1)["Code"] == 0
    assert (parameters(zego)["UserData"], parameters(zego)["SoundLevel"]) == ("BBBB", 1)
    assert zego.info()["Data"]["TaskInfo"]["MixDuration"] == 5
    assert zego.breaches() == []


def test_what_an_update_leaves_out_stays() -> None:
    zego = Caller()
    zego.start(UserData="AAAA", SoundLevel=1)
    zego.start()
    assert (parameters(zego)["UserData"], parameters(zego)["SoundLevel"]) == ("AAAA", 1)
    zego.start(UserData="")
    assert (parameters(zego)["UserData"], parameters(zego)["SoundLevel"]) == ("", 1)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        pytest.param({"MixOutput": [{"StreamId": "other"}]}, "MixOutput", id="another output"),
        pytest.param({"MixOutput": [{"StreamId": "mix-task", "AudioBitrate": 64000}]}, "MixOutput", id="a bit rate"),
        pytest.param({"ExtraMixInput": [{"StreamId": "guest"}]}, "ExtraMixInput", id="an extra input"),
        pytest.param({"ByPass": 1, "AlignmentType": 1}, "ByPass, AlignmentType", id="two fields"),
        pytest.param({"UserId": "someone-else"}, "UserId", id="another user"),
        pytest.param({"SoundChannel": 2}, "MixOutput, SoundChannel", id="the global channel, which outputs inherit"),
    ],
)
def test_other_changes_are_ignored_with_success_and_counted(changes: dict[str, object], fields: str) -> None:
    zego = Caller()
    zego.start()
    before = parameters(zego)
    answer = zego.start(**changes)
    assert answer["Code"] == 0
    assert answer["Data"]["PlayInfo"][0]["StreamId"] == "mix-task"
    assert parameters(zego) == before
    assert zego.breaches() == [("ignored change", f"task task: {fields}")]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="the same request"),
        pytest.param({"ByPass": 0, "SoundChannel": 1, "ExPara": []}, id="defaults that are written out"),
        pytest.param({"MixOutput": [{"StreamId": "mix-task", "AudioCodec": 0}]}, id="a default within an output"),
    ],
)
def test_saying_the_same_in_other_words_is_no_change(changes: dict[str, object]) -> None:
    zego = Caller()
    zego.start()
    zego.start(**changes)
    assert zego.breaches() == []


def test_the_same_task_in_another_room_is_refused() -> None:
    zego = Caller()
    zego.simulator.create_room("second")
    zego.start()
    assert zego.start(RoomId="second")["Code"] == 110200002
    assert parameters(zego)["RoomId"] == ROOM


def test_two_mixes_in_a_room_run_and_are_counted() -> None:
    zego = Caller()
    zego.start("one")
    zego.start("two")
    assert zego.running() == ["one", "two"]
    assert zego.breaches() == [("two mixes in a room", f"room {ROOM}: two beside one")]


def test_two_tasks_with_one_user_id_run_and_are_counted() -> None:
    zego = Caller()
    zego.simulator.create_room("second")
    zego.start("one", UserId="user")
    zego.start("two", UserId="user", RoomId="second")
    assert zego.running() == ["one", "two"]
    assert zego.breaches() == [("user id shared by two tasks", "user user: two and one")]


@pytest.mark.parametrize("stale", [5, 4])
def test_a_stale_start_is_answered_as_done_and_is_not_executed(stale: int) -> None:
    zego = Caller()
    zego.start(Sequence=5, UserData="AAAA")
    answer = zego.start(Sequence=stale, UserData="BBBB")
    assert (answer["Code"], answer["Data"]["Sequence"]) == (0, stale)
    assert parameters(zego)["UserData"] == "AAAA"
    assert zego.breaches() == [("stale sequence", f"task task: {stale} after 5 of user user-task")]


@pytest.mark.parametrize(
    "user",
    [pytest.param({"UserId": "user-task"}, id="by name"), pytest.param({}, id="through the task")],
)
def test_stops_and_starts_of_a_user_share_one_sequence(user: dict[str, object]) -> None:
    zego = Caller()
    zego.start(Sequence=5)
    assert zego.stop(Sequence=5, **user)["Code"] == 0
    assert zego.running() == ["task"]
    assert zego.stop(Sequence=6, **user)["Code"] == 0
    assert zego.running() == []
    assert zego.simulator.state().sequences == {APP_ID: {"user-task": 6}}


def test_a_stale_sequence_can_be_refused_instead() -> None:
    zego = Caller(SimulatorSettings(refuse_stale_sequence=True))
    zego.start(Sequence=5)
    answer = zego.stop(Sequence=4)
    assert (answer["Code"], answer["Message"]) == (110200002, "Sequence: must be above 5")
    assert zego.running() == ["task"]


def test_sequences_of_other_users_are_not_compared() -> None:
    zego = Caller()
    zego.simulator.create_room("second")
    zego.start("one", Sequence=5)
    zego.start("two", Sequence=1, RoomId="second")
    assert zego.running() == ["one", "two"]


def test_a_call_without_sequence_is_executed() -> None:
    zego = Caller()
    zego.start(Sequence=5)
    zego.stop()
    assert zego.running() == []


def test_a_refused_start_uses_its_sequence_up() -> None:
    zego = Caller()
    assert zego.start(Sequence=5, RoomId="elsewhere")["Code"] == 110200151
    assert zego.start(Sequence=5)["Code"] == 0
    assert zego.running() == []


def test_users_are_counted_and_an_unknown_room_has_none() -> None:
    zego = Caller()
    zego.simulator.create_room("second", users=["a", "b"])
    pairs = [("RoomId[]", room) for room in ("second", ROOM, "nowhere")]
    assert zego.send(zego.request("DescribeUserNum", pairs))["Data"] == {
        "UserCountList": [
            {"RoomId": "second", "UserCount": 2, "AdminUserCount": 0},
            {"RoomId": ROOM, "UserCount": 1, "AdminUserCount": 0},
            {"RoomId": "nowhere", "UserCount": 0, "AdminUserCount": 0},
        ]
    }
