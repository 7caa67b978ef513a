"""What the actions do to tasks, and what they answer."""

from typing import Any

import pytest

from automix_devkit.simulator import SimulatorSettings
from automix_devkit.simulator.settings import MixDuration, SecondMix
from unit.automix_devkit.simulator.caller import APP_ID, ROOM, Caller, start_body


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


@pytest.mark.parametrize(("refuse", "code"), [(False, 0), (True, 110200002)])
def test_a_change_that_is_not_possible_is_ignored_or_refused(refuse: bool, code: int) -> None:  # noqa: FBT001 -- a table
    zego = Caller(SimulatorSettings(refuse_changes=refuse))
    zego.start(UserData="AAAA")
    answer = zego.start(UserData="BBBB", ByPass=1, AlignmentType=1)
    assert answer["Code"] == code
    if refuse:
        assert answer["Message"] == "ByPass, AlignmentType: cannot be changed while the task runs"
    # Refused, it changes nothing at all; ignored, the rest of it counts.
    assert parameters(zego)["UserData"] == ("AAAA" if refuse else "BBBB")
    assert parameters(zego)["ByPass"] == 0
    assert zego.breaches() == [("ignored change", "task task: ByPass, AlignmentType")]


def test_where_changes_are_refused_what_can_be_updated_is() -> None:
    zego = Caller(SimulatorSettings(refuse_changes=True))
    zego.start(Sequence=1)
    assert zego.start(Sequence=2, UserData="BBBB", SoundLevel=1)["Code"] == 0
    assert (parameters(zego)["UserData"], parameters(zego)["Sequence"]) == ("BBBB", 2)


@pytest.mark.parametrize(("ignore", "code"), [(False, 110200002), (True, 0)])
def test_another_room_is_refused_or_ignored(ignore: bool, code: int) -> None:  # noqa: FBT001 -- a table
    zego = Caller(SimulatorSettings(ignore_other_room=ignore))
    zego.start(UserData="AAAA")
    answer = zego.start(RoomId="second", UserData="BBBB")
    assert (answer["Code"], answer["Message"]) == (
        code,
        "success" if ignore else "RoomId: the task runs in another room",
    )
    assert (parameters(zego)["RoomId"], parameters(zego)["UserData"]) == (ROOM, "BBBB" if ignore else "AAAA")
    assert zego.breaches() == ([("ignored change", "task task: RoomId")] if ignore else [])
    answer = zego.stop(RoomId="second")
    assert (answer["Code"], answer["Message"]) == (
        code,
        "success" if ignore else "RoomId: the task runs in another room",
    )
    assert zego.running() == ([] if ignore else ["task"])


@pytest.mark.parametrize(("owned", "code"), [(False, 0), (True, 110200013)])
def test_another_user_may_update_unless_tasks_have_owners(owned: bool, code: int) -> None:  # noqa: FBT001 -- a table
    zego = Caller(SimulatorSettings(enforce_ownership=owned))
    zego.start(UserData="AAAA")
    answer = zego.start(UserId="other", UserData="BBBB")
    assert answer["Code"] == code
    assert parameters(zego)["UserData"] == ("AAAA" if owned else "BBBB")
    if owned:
        assert answer["Message"] == "UserId: the task belongs to another user"
    assert zego.start(UserData="CCCC")["Code"] == 0


@pytest.mark.parametrize(
    ("owned", "user", "code", "message"),
    [
        pytest.param(False, {"UserId": "other"}, 0, "success", id="another user without owners"),
        pytest.param(False, {}, 0, "success", id="nobody without owners"),
        pytest.param(
            True, {"UserId": "other"}, 110200160, "UserId: the task belongs to another user", id="another user"
        ),
        pytest.param(True, {}, 110200002, "UserId: required, tasks have owners", id="nobody"),
        pytest.param(True, {"UserId": "user-task"}, 0, "success", id="the owner"),
    ],
)
def test_a_task_is_stopped_by_anybody_or_by_its_owner(
    owned: bool,  # noqa: FBT001 -- a table
    user: dict[str, object],
    code: int,
    message: str,
) -> None:
    zego = Caller(SimulatorSettings(enforce_ownership=owned))
    zego.start()
    answer = zego.stop(**user)
    assert (answer["Code"], answer["Message"]) == (code, message)
    assert zego.running() == (["task"] if code else [])
    by_another = [("another user id for a task", "task task: other stops what user-task started")]
    assert zego.breaches() == (by_another if user == {"UserId": "other"} else [])


@pytest.mark.parametrize("action", ["start", "stop"])
def test_a_sequence_is_required_when_switched(action: str) -> None:
    zego = Caller(SimulatorSettings(require_sequence=True))
    zego.start(Sequence=1, UserData="AAAA")
    answer = zego.start(UserData="BBBB") if action == "start" else zego.stop()
    assert (answer["Code"], answer["Message"]) == (110200002, "Sequence: required, timing control is on")
    assert parameters(zego)["UserData"] == "AAAA"
    assert zego.stop(Sequence=2)["Code"] == 0


def test_a_sequence_of_zero_is_one() -> None:
    zego = Caller(SimulatorSettings(require_sequence=True))
    assert zego.start(Sequence=0)["Code"] == 0
    assert zego.simulator.state().sequences == {APP_ID: {"user-task": 0}}
    zego.start(Sequence=0, UserData="AAAA")
    assert parameters(zego)["UserData"] == ""


def test_the_stop_of_an_unknown_task_without_user_leaves_no_sequence() -> None:
    zego = Caller()
    assert zego.stop(Sequence=9)["Code"] == 110209001
    assert zego.simulator.state().sequences == {}
    assert zego.stop(Sequence=9, UserId="someone")["Code"] == 110209001
    assert zego.simulator.state().sequences == {APP_ID: {"someone": 9}}


@pytest.mark.parametrize(
    ("second", "code", "running", "events"),
    [
        (SecondMix.BOTH_RUN, 0, ["one", "two"], {"Started": 2}),
        (SecondMix.REPLACES_THE_FIRST, 0, ["two"], {"Started": 2, "Replaced": 1}),
        (SecondMix.IS_REFUSED, 110200151, ["one"], {"Started": 1}),
    ],
)
def test_a_second_mix_in_a_room_is_counted_and_treated_as_switched(
    second: SecondMix, code: int, running: list[str], events: dict[str, int]
) -> None:
    zego = Caller(SimulatorSettings(second_mix=second))
    zego.start("one")
    answer = zego.start("two")
    assert answer["Code"] == code
    assert answer["Message"] == ("RoomId: another mix runs in the room" if code else "success")
    assert zego.running() == running
    assert zego.simulator.state().counters.tasks == events
    assert zego.breaches() == [("two mixes in a room", f"room {ROOM}: two beside one")]
    assert zego.start(running[0], UserData="AAAA")["Code"] == 0, "an update is no second mix"


@pytest.mark.parametrize("second", [SecondMix.REPLACES_THE_FIRST, SecondMix.IS_REFUSED])
def test_mixes_in_other_rooms_and_of_other_apps_are_left_alone(second: SecondMix) -> None:
    zego = Caller(SimulatorSettings(second_mix=second))
    zego.simulator.create_room("second")
    zego.start("one")
    assert zego.start("two", RoomId="second")["Code"] == 0
    body = start_body("three", MixOutput=[{"StreamId": "zegotest-12345-mix"}])
    assert zego.send(zego.request("StartAutoMix", body=body, IsTest="true"))["Code"] == 0
    assert zego.running() == ["one", "two", "three"]
    assert zego.breaches() == []


@pytest.mark.parametrize(("close", "running"), [(False, ["one", "two", "other"]), (True, ["two", "other"])])
def test_the_other_tasks_of_a_user_run_on_or_are_closed(close: bool, running: list[str]) -> None:  # noqa: FBT001 -- a table
    zego = Caller(SimulatorSettings(close_other_tasks=close))
    for room in ("second", "third"):
        zego.simulator.create_room(room)
    zego.start("one", UserId="user")
    zego.start("two", UserId="user", RoomId="second")
    zego.start("other", RoomId="third")
    assert zego.running() == running
    assert zego.breaches() == [("user id shared by two tasks", "user user: two and one")]


def test_a_task_that_is_closed_for_two_reasons_is_closed_once() -> None:
    zego = Caller(SimulatorSettings(close_other_tasks=True, second_mix=SecondMix.REPLACES_THE_FIRST))
    zego.start("one", UserId="user")
    zego.start("aside", UserId="else")
    zego.start("two", UserId="user")
    assert zego.running() == ["two"]
    assert zego.simulator.state().counters.tasks == {"Started": 3, "Replaced": 2}
    zego.start("three", UserId="user")
    assert zego.running() == ["three"]
    assert zego.simulator.state().counters.tasks == {"Started": 4, "Replaced": 3}


def test_an_output_that_another_task_has_is_counted() -> None:
    zego = Caller()
    zego.simulator.create_room("second")
    outputs = [{"StreamId": "own"}, {"StreamId": "shared"}]
    zego.start("one", MixOutput=outputs[1:])
    zego.start("two", MixOutput=outputs, RoomId="second")
    assert zego.breaches() == [("output shared by two tasks", f"app {APP_ID}: two and one")]
    zego.stop("one")
    zego.stop("two", RoomId="second")
    zego.start("three", MixOutput=outputs)
    assert len(zego.breaches()) == 1


@pytest.mark.parametrize(("sees", "code"), [(True, 0), (False, 110209001)])
def test_a_query_sees_auto_mixes_or_none(sees: bool, code: int) -> None:  # noqa: FBT001 -- a table
    zego = Caller(SimulatorSettings(query_sees_auto_mixes=sees))
    zego.start()
    assert zego.info()["Code"] == code
    assert zego.running() == ["task"]


@pytest.mark.parametrize(
    ("counted", "durations"),
    [
        (MixDuration.SINCE_START, [10, 15, 20, 22]),
        (MixDuration.SINCE_UPDATE, [0, 5, 10, 12]),
        (MixDuration.WITH_INPUTS, [10, 15, 15, 17]),
    ],
)
def test_a_mix_duration_counts_as_switched(counted: MixDuration, durations: list[int]) -> None:
    zego = Caller(SimulatorSettings(mix_duration=counted))
    zego.start(Sequence=1)
    seen = []

    def look() -> None:
        seen.append(zego.info()["Data"]["TaskInfo"]["MixDuration"])
        assert zego.task().mix_duration == seen[-1]

    zego.clock.now += 10
    zego.start(Sequence=2, UserData="AAAA")
    look()
    zego.clock.now += 3
    zego.start(Sequence=2, UserData="BBBB")
    zego.clock.now += 2.5
    zego.simulator.close_stream(ROOM, "mic")
    look()
    zego.clock.now += 5
    look()
    zego.simulator.publish(ROOM, "mic")
    zego.clock.now += 2
    look()
    assert seen == durations


def test_a_room_asked_for_twice_is_counted_once() -> None:
    assert [count["RoomId"] for count in Caller().users(ROOM, "b", ROOM)] == [ROOM, "b"]


def test_a_refusal_for_a_task_that_does_not_run_says_so() -> None:
    zego = Caller()
    assert zego.info()["Message"] == zego.stop()["Message"] == "the task does not exist"
