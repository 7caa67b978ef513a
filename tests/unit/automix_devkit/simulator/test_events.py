"""What is told of rooms, people, streams and mixes: which events, in which order, with which fields."""

from typing import Any

import pytest

from automix_devkit.simulator import SimulatorSettings
from automix_devkit.simulator.room import Leaving, Role
from automix_devkit.simulator.settings import EndOfMix, SecondMix
from unit.automix_devkit.simulator.caller import APP_ID, NOW, ROOM, SECRET, Caller, start_body

NOW_MS = "1615186943000"
URL = "rtmp://push.example/app/show?sign=x"


@pytest.fixture
def zego() -> Caller:
    return listening()


def listening(settings: SimulatorSettings | None = None) -> Caller:
    zego = Caller(settings)
    zego.simulator.set_callbacks(APP_ID, "http://receiver.example", "callback-secret")
    return zego


def told(zego: Caller) -> list[tuple[str, dict[str, Any]]]:
    return [(callback.event, callback.fields) for callback in zego.simulator.callbacks]


def names(zego: Caller) -> list[str]:
    return [name for name, _ in told(zego)]


def test_nothing_is_told_without_a_receiver() -> None:
    zego = Caller()
    zego.start()
    assert zego.simulator.callbacks == []


def test_a_room_is_created_by_who_comes_first(zego: Caller) -> None:
    zego.simulator.create_room("other")
    zego.simulator.join("new", "bob", role=Role.AUDIENCE)
    (create, login) = told(zego)[2:]
    session = create[1]["room_session_id"]
    assert create == (
        "room_create",
        {"room_id": "new", "room_session_id": session, "room_create_time": NOW_MS, "id_name": "bob"},
    )
    assert login == (
        "room_login",
        {
            "room_id": "new",
            "room_name": "new",
            "room_seq": str(session),
            "user_account": "bob",
            "user_nickname": "bob",
            "session_id": login[1]["session_id"],
            "login_time": NOW_MS,
            "user_role": "2",
            "user_update_seq": "1",
            "auth_level": "4",
            "relogin": "0",
            "callback_data": "",
            "term_type": "0",
        },
    )
    assert login[1]["session_id"].isdecimal()


def test_session_ids_are_numbers_that_a_double_does_not_hold_and_differ(zego: Caller) -> None:
    zego.simulator.join("a", "bob")
    zego.simulator.leave("a", "bob")
    zego.simulator.join("a", "bob")
    sessions = [fields["room_session_id"] for name, fields in told(zego) if name == "room_create"]
    assert len(set(sessions)) == 2
    assert [isinstance(session, int) and int(float(session)) != session for session in sessions] == [True, True]


def test_a_user_leaves_with_what_was_published(zego: Caller) -> None:
    zego.simulator.join(ROOM, "bob")
    zego.clock.now += 1.5
    zego.simulator.publish(ROOM, "voice", user_id="bob")
    zego.clock.now += 2
    zego.simulator.leave(ROOM, "bob")
    login, create, close, logout = told(zego)
    stream = {
        "room_id": ROOM,
        "room_session_id": str(create[1]["room_session_id"]),
        "channel_id": ROOM,
        "user_id": "bob",
        "user_name": "bob",
        "stream_id": "voice",
        "stream_alias": "voice",
        "stream_sid": create[1]["stream_sid"],
        "create_time_ms": "1615186944500",
    }
    assert create[1]["stream_sid"].startswith("s-")
    assert create == (
        "stream_create",
        {
            **stream,
            "title": "",
            "stream_attr": '{"cid":0}',
            "stream_seq": "2",
            "create_time": "1615186944",
            "extra_info": "",
            "recreate": "0",
            "publish_id": "bob",
            "publish_name": "bob",
            "rtmp_url": ["rtmp://play.example/live/voice"],
            "hls_url": ["http://play.example/live/voice/playlist.m3u8"],
            "hdl_url": ["http://play.example/live/voice.flv"],
            "pic_url": [],
        },
    )
    assert close == (
        "stream_close",
        {**stream, "stream_seq": "3", "type": "0", "third_define_data": "", "destroy_timemillis": "1615186946500"},
    )
    shared = {"room_id", "room_seq", "user_account", "user_nickname", "session_id", "login_time", "user_role"}
    assert logout == (
        "room_logout",
        {
            **{name: value for name, value in login[1].items() if name in shared},
            "user_update_seq": "3",
            "logout_time": "1615186946500",
            "reason": "0",
        },
    )
    assert login[1]["user_update_seq"] == "2"


@pytest.mark.parametrize(
    ("leaving", "close_type", "close_reason"),
    [
        (Leaving.NORMAL, "0", 0),
        (Leaving.HEARTBEAT, "1", 1),
        (Leaving.CONNECTION, "4", 2),
        (Leaving.KICKED, "3", 3),
        (Leaving.TOKEN, "3", 3),
    ],
)
def test_the_reason_of_the_last_user_is_that_of_stream_and_room(
    zego: Caller, leaving: Leaving, close_type: str, close_reason: int
) -> None:
    zego.simulator.leave(ROOM, "alice", leaving=leaving)
    stream_close, logout, room_close = told(zego)
    assert (stream_close[0], stream_close[1]["type"]) == ("stream_close", close_type)
    assert (logout[0], logout[1]["reason"]) == ("room_logout", str(int(leaving)))
    assert room_close == (
        "room_close",
        {
            "room_id": ROOM,
            "room_session_id": int(logout[1]["room_seq"]),
            "close_reason": close_reason,
            "room_close_time": NOW_MS,
        },
    )


@pytest.mark.parametrize(
    ("leaving", "reason"),
    [
        (Leaving.NORMAL, "0"),
        (Leaving.HEARTBEAT, "1"),
        (Leaving.CONNECTION, "2"),
        (Leaving.KICKED, "3"),
        (Leaving.TOKEN, "4"),
    ],
)
def test_the_reason_of_a_logout_is_the_number_on_zegos_page(zego: Caller, leaving: Leaving, reason: str) -> None:
    zego.simulator.join(ROOM, "bob")
    zego.simulator.leave(ROOM, "bob", leaving=leaving)
    _, (name, fields) = told(zego)
    assert (name, fields["reason"]) == ("room_logout", reason)


def test_every_stream_has_an_id_of_its_own_on_the_server(zego: Caller) -> None:
    zego.simulator.publish(ROOM, "a")
    zego.simulator.publish(ROOM, "b")
    first, second = [fields["stream_sid"] for _, fields in told(zego)]
    assert first != second
    assert [sid.removeprefix("s-").isdecimal() for sid in (first, second)] == [True, True]


def test_a_stream_that_stays_in_a_replaced_room_stays_its_users(zego: Caller) -> None:
    zego.simulator.create_room(ROOM, users=["bob", "alice"], streams=["mic"])
    zego.simulator.close_stream(ROOM, "mic")
    name, fields = told(zego)[-1]
    assert (name, fields["user_id"]) == ("stream_close", "alice")


def test_an_empty_room_is_closed_when_it_ends_for_the_reason_of_its_last_user() -> None:
    zego = listening(SimulatorSettings(empty_room_seconds=10))
    zego.simulator.leave(ROOM, "alice", leaving=Leaving.HEARTBEAT)
    assert names(zego) == ["stream_close", "room_logout"]
    zego.clock.now += 1000
    name, fields = told(zego)[-1]
    assert (name, fields["close_reason"], fields["room_close_time"]) == ("room_close", 1, "1615186953000")
    assert zego.simulator.callbacks[-1].time == NOW + 10


def test_a_room_that_is_ended_throws_everything_and_everybody_out(zego: Caller) -> None:
    zego.simulator.join(ROOM, "bob")
    zego.simulator.publish(ROOM, "voice")
    zego.simulator.remove_room(ROOM)
    assert [
        (name, fields.get("stream_id") or fields.get("user_account"), fields.get("type") or fields.get("reason"))
        for name, fields in told(zego)[2:]
    ] == [
        ("stream_close", "mic", "5"),
        ("stream_close", "voice", "5"),
        ("room_logout", "alice", "0"),
        ("room_logout", "bob", "0"),
        ("room_close", None, None),
    ]


def test_replacing_a_room_tells_the_difference(zego: Caller) -> None:
    zego.simulator.create_room(ROOM, users=["bob", "alice"], streams=["voice"], admins=["recorder"])
    zego.simulator.create_room(ROOM, users=["bob"], streams=["voice"])
    assert [
        (name, fields.get("stream_id") or fields.get("user_account"), fields.get("user_role") or fields.get("user_id"))
        for name, fields in told(zego)
    ] == [
        ("room_login", "bob", "1"),
        ("room_login", "recorder", "4"),
        ("stream_close", "mic", "alice"),
        ("stream_create", "voice", "bob"),
        ("room_logout", "alice", "1"),
        ("room_logout", "recorder", "4"),
    ]


def test_a_stream_that_ends_alone_ends_normally(zego: Caller) -> None:
    zego.simulator.close_stream(ROOM, "mic")
    ((name, fields),) = told(zego)
    assert (name, fields["stream_id"], fields["user_id"], fields["type"]) == ("stream_close", "mic", "alice", "0")


def test_starting_and_stopping_a_mix_tells_of_each_output_and_of_no_stream(zego: Caller) -> None:
    zego.start(UserId="u", Sequence=3, MixOutput=[{"StreamUrl": URL}, {"StreamId": "out"}])
    zego.stop(Sequence=4)
    task = {"task_id": f"{APP_ID}:task", "channel_id": ROOM, "publish_id": "u"}
    cdn = {"mix_url": "rtmp://play.example/app/show", "mix_stream_alias": "show"}
    rtc = {"mix_url": "", "mix_stream_alias": "out"}
    flv, hls = "http://play.example/app/show.flv", "http://play.example/app/show/playlist.m3u8"
    assert told(zego) == [
        (
            "mix_start",
            {
                **task,
                **cdn,
                "seq": "3",
                "stream_alias": "show",
                "rtmp_url": cdn["mix_url"],
                "hls_url": hls,
                "hdl_url": flv,
                "rtmp_urls": [cdn["mix_url"]],
                "hls_urls": [hls],
                "hdl_urls": [flv],
            },
        ),
        (
            "mix_start",
            {
                **task,
                **rtc,
                "seq": "3",
                "stream_alias": "out",
                "rtmp_url": "",
                "hls_url": "",
                "hdl_url": "",
                "rtmp_urls": [],
                "hls_urls": [],
                "hdl_urls": [],
            },
        ),
        ("mix_stop", {**task, **cdn, "seq": "4"}),
        ("mix_stop", {**task, **rtc, "seq": "4"}),
    ]


def test_a_task_can_be_told_once_with_the_addresses_of_all_its_outputs() -> None:
    zego = listening(SimulatorSettings(callback_per_task=True))
    zego.start(MixOutput=[{"StreamUrl": "rtmp://h/a"}, {"StreamId": "out"}, {"StreamUrl": "rtmp://h/b"}])
    zego.stop()
    assert names(zego) == ["mix_start", "mix_stop"]
    (_, start), (_, stop) = told(zego)
    assert start["rtmp_urls"] == ["rtmp://play.example/a", "rtmp://play.example/b"]
    assert start["hls_urls"] == ["http://play.example/a/playlist.m3u8", "http://play.example/b/playlist.m3u8"]
    assert start["hdl_urls"] == ["http://play.example/a.flv", "http://play.example/b.flv"]
    assert (start["mix_stream_alias"], start["rtmp_url"]) == ("a", "rtmp://play.example/a")
    assert (stop["mix_stream_alias"], stop["mix_url"]) == ("a", "rtmp://play.example/a")


def test_without_a_sequence_seq_is_zero_and_a_stop_without_one_has_the_last(zego: Caller) -> None:
    zego.start("one")
    zego.start("two", Sequence=3)
    zego.stop("two")
    assert [fields["seq"] for _, fields in told(zego)] == ["0", "3", "3"]


@pytest.mark.parametrize(("sent", "seqs"), [(False, ["1"]), (True, ["1", "2"])])
def test_an_update_is_told_when_switched(sent: bool, seqs: list[str]) -> None:  # noqa: FBT001 -- a table
    zego = listening(SimulatorSettings(callback_on_update=sent))
    zego.start(Sequence=1)
    zego.start(Sequence=2, UserData="AAAA")
    zego.start(Sequence=2, UserData="BBBB")
    assert [(name, fields["seq"]) for name, fields in told(zego)] == [("mix_start", seq) for seq in seqs]


@pytest.mark.parametrize(("sent", "stops"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("end_of_mix", [EndOfMix.AFTER_IDLE_TIME, EndOfMix.AT_ONCE_WITH_ITS_ROOM])
def test_an_end_that_nobody_asked_for_is_told_unless_switched(sent: bool, stops: int, end_of_mix: EndOfMix) -> None:  # noqa: FBT001 -- a table
    zego = listening(SimulatorSettings(callback_on_idle_end=sent, end_of_mix=end_of_mix))
    zego.start("one", Sequence=7)
    zego.simulator.remove_room(ROOM)
    zego.clock.now += 1000
    stopped = [callback for callback in zego.simulator.callbacks if callback.event == "mix_stop"]
    assert len(stopped) == stops
    assert [callback.fields["seq"] for callback in stopped] == ["7"] * stops
    assert [callback.time for callback in stopped] == [
        NOW + (90 if end_of_mix is EndOfMix.AFTER_IDLE_TIME else 0) for _ in stopped
    ]


@pytest.mark.parametrize("sent", [True, False])
def test_a_stop_is_told_whatever_is_told_of_idle_ends(sent: bool) -> None:  # noqa: FBT001 -- a table
    zego = listening(SimulatorSettings(callback_on_idle_end=sent))
    zego.start()
    zego.stop()
    assert names(zego) == ["mix_start", "mix_stop"]


def test_a_mix_that_is_replaced_is_told_before_what_replaces_it() -> None:
    zego = listening(SimulatorSettings(second_mix=SecondMix.REPLACES_THE_FIRST, callback_on_idle_end=False))
    zego.start("one")
    zego.start("two")
    assert [(name, fields["task_id"]) for name, fields in told(zego)] == [
        ("mix_start", f"{APP_ID}:one"),
        ("mix_stop", f"{APP_ID}:one"),
        ("mix_start", f"{APP_ID}:two"),
    ]


def test_a_mix_that_dies_and_a_stop_that_fails_are_not_told(zego: Caller) -> None:
    zego.start()
    zego.stop(RoomId="elsewhere")
    zego.simulator.kill_task("task")
    assert names(zego) == ["mix_start"]


def test_a_room_that_is_made_for_a_mix_is_told_in_the_name_of_its_user() -> None:
    zego = listening(SimulatorSettings(create_missing_rooms=True))
    zego.start(UserId="u", RoomId="new")
    zego.stop(RoomId="new")
    assert names(zego) == ["room_create", "mix_start", "mix_stop", "room_close"]
    create, _, _, close = [fields for _, fields in told(zego)]
    assert (create["id_name"], close["close_reason"]) == ("u", 0)


def test_mixes_are_told_to_their_app_and_rooms_to_every_app(zego: Caller) -> None:
    zego.simulator.add_app(2, SECRET)
    zego.simulator.set_callbacks(2, "http://second.example", "another-secret")
    zego.start()
    zego.simulator.close_stream(ROOM, "mic")
    assert [(callback.event, callback.app_id) for callback in zego.simulator.callbacks] == [
        ("mix_start", APP_ID),
        ("stream_close", APP_ID),
        ("stream_close", 2),
    ]


def test_the_test_environment_is_told_to_the_same_app(zego: Caller) -> None:
    body = start_body(MixOutput=[{"StreamId": f"zegotest-{APP_ID}-mix"}])
    zego.send(zego.request("StartAutoMix", body=body, IsTest="true"))
    ((name, fields),) = told(zego)
    assert (name, fields["task_id"], fields["mix_stream_alias"]) == (
        "mix_start",
        f"{APP_ID}:task",
        f"zegotest-{APP_ID}-mix",
    )


def test_callbacks_end_when_they_are_removed(zego: Caller) -> None:
    zego.simulator.remove_callbacks(APP_ID)
    zego.start()
    assert zego.simulator.callbacks == []
    with pytest.raises(KeyError):
        zego.simulator.remove_callbacks(APP_ID)


def test_an_unknown_app_has_no_callbacks() -> None:
    zego = Caller()
    with pytest.raises(KeyError):
        zego.simulator.set_callbacks(2, "http://second.example", "another-secret")
