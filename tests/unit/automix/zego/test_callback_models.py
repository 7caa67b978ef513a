"""The events as ZEGO's pages and real payloads have them."""

import pytest
from pydantic import ValidationError

from automix.zego.callback_models import (
    EVENTS,
    Callback,
    MixStart,
    MixStop,
    MixTask,
    RoomClose,
    RoomCreate,
    RoomLogin,
    RoomLogout,
    StreamClose,
    StreamCreate,
)

COMMON = {"appid": "111111", "timestamp": "1499676978"}


def _read(event: str, **fields: object) -> Callback:
    return EVENTS[event].model_validate({"event": event, **COMMON, **fields})


def test_a_started_mix() -> None:
    event = _read(
        "mix_start",
        seq="7",
        task_id="111111:1111",
        channel_id="room1",
        publish_id="user1",
        mix_url="rtmp://push/live/mix1",
        mix_stream_alias="mix1",
        stream_alias="mix1",
        rtmp_urls=["rtmp://play/mix1"],
        hls_urls=["http://play/mix1.m3u8"],
        hdl_urls=["http://play/mix1.flv"],
        nonce="350176",
        signature="264b7f500b4935a082fef1da1760769245880d7c",
    )

    assert event == MixStart(
        event="mix_start",
        app_id=111111,
        timestamp=1499676978,
        seq=7,
        task_id="111111:1111",
        channel_id="room1",
        publish_id="user1",
        mix_url="rtmp://push/live/mix1",
        mix_stream_alias="mix1",
        stream_alias="mix1",
        rtmp_urls=("rtmp://play/mix1",),
        hls_urls=("http://play/mix1.m3u8",),
        hdl_urls=("http://play/mix1.flv",),
    )


@pytest.mark.parametrize(
    "lists",
    [
        pytest.param({"rtmp_url": ["r"], "hls_url": ["l"], "hdl_url": ["d"]}, id="under singular names"),
        pytest.param({"rtmp_url": "r", "hls_url": "l", "hdl_url": "d"}, id="as one text each under singular names"),
        pytest.param({"rtmp_urls": "r", "hls_urls": '["l"]', "hdl_urls": "d"}, id="as text"),
        pytest.param(
            {
                "rtmp_urls": ["r"],
                "hls_urls": ["l"],
                "hdl_urls": ["d"],
                "rtmp_url": "old",
                "hls_url": "old",
                "hdl_url": "old",
            },
            id="under both names, of which the plural ones count",
        ),
        pytest.param(
            {"rtmp_urls": [], "rtmp_url": "r", "hls_urls": "", "hls_url": "l", "hdl_urls": None, "hdl_url": "d"},
            id="empty under plural names and given under singular ones",
        ),
    ],
)
def test_the_play_addresses_of_a_mix_are_read_as_they_come(lists: dict[str, object]) -> None:
    event = _read("mix_start", **lists)

    assert isinstance(event, MixStart)
    assert (event.rtmp_urls, event.hls_urls, event.hdl_urls) == (("r",), ("l",), ("d",))


@pytest.mark.parametrize("text", ["5", "{}", "[" * 100_000])
def test_an_address_that_looks_like_json_is_still_one_address(text: str) -> None:
    event = _read("mix_start", rtmp_urls=text)

    assert isinstance(event, MixStart)
    assert event.rtmp_urls == (text,)


def test_a_stopped_mix() -> None:
    event = _read("mix_stop", seq=8, task_id="111111:1111", channel_id="room1", publish_id="user1", mix_url="rtmp://p")

    assert event == MixStop(
        event="mix_stop",
        app_id=111111,
        timestamp=1499676978,
        seq=8,
        task_id="111111:1111",
        channel_id="room1",
        publish_id="user1",
        mix_url="rtmp://p",
    )


@pytest.mark.parametrize(
    ("task_id", "task"),
    [
        pytest.param("111111:1111", MixTask(111111, "1111"), id="as the page has it"),
        pytest.param("4294967295:a,b/c", MixTask(4294967295, "a,b/c"), id="with the largest AppId"),
        pytest.param("1:rtmp://h/a\nb", MixTask(1, "rtmp://h/a\nb"), id="made from an address"),
        pytest.param("1111", MixTask(None, "1111"), id="without an AppId"),
        pytest.param("rtmp://h/a", MixTask(None, "rtmp://h/a"), id="made from an address, without an AppId"),
        pytest.param("12345678901:a", MixTask(None, "12345678901:a"), id="with a number no AppId can be"),
        pytest.param("\u0661:a", MixTask(None, "\u0661:a"), id="with digits that are not ASCII"),
        pytest.param(":a", MixTask(None, ":a"), id="with nothing before the colon"),
        pytest.param("1:", MixTask(1, ""), id="with nothing behind it"),
        pytest.param("", MixTask(None, ""), id="empty"),
    ],
)
def test_a_task_is_app_and_task_id(task_id: str, task: MixTask) -> None:
    event = _read("mix_stop", task_id=task_id)

    assert isinstance(event, MixStop)
    assert event.task == task


@pytest.mark.parametrize("room_session_id", [858012925204410417, "858012925204410417"])
def test_a_created_room_keeps_every_digit_of_its_session(room_session_id: object) -> None:
    event = EVENTS["room_create"].model_validate(
        {
            "event": "room_create",
            "appid": 111111,
            "timestamp": 1499676978,
            "room_id": "room1",
            "room_session_id": room_session_id,
            "room_create_time": "1499676977123",
            "id_name": "user1",
        }
    )

    assert event == RoomCreate(
        event="room_create",
        app_id=111111,
        timestamp=1499676978,
        room_id="room1",
        room_session_id="858012925204410417",
        room_create_time=1499676977123,
        id_name="user1",
    )


def test_a_closed_room() -> None:
    event = _read("room_close", room_id="room1", room_session_id=1, close_reason="2", room_close_time="1499676977123")

    assert isinstance(event, RoomClose)
    assert (event.room_id, event.room_session_id, event.close_reason, event.room_close_time) == (
        "room1",
        "1",
        2,
        1499676977123,
    )


USER = {
    "room_id": "room1",
    "room_name": "Room",
    "room_seq": 858012925204410417,
    "user_account": "user1",
    "user_nickname": "User",
    "session_id": 858012925204410418,
    "login_time": "1499676977123",
    "user_role": "4",
    "user_update_seq": "3",
}


def test_a_user_in() -> None:
    event = _read("room_login", **USER, auth_level="1", relogin="0", callback_data={"a": True}, term_type=2)

    assert event == RoomLogin(
        event="room_login",
        app_id=111111,
        timestamp=1499676978,
        room_id="room1",
        room_name="Room",
        room_seq="858012925204410417",
        user_account="user1",
        user_nickname="User",
        session_id="858012925204410418",
        login_time=1499676977123,
        user_role=4,
        user_update_seq=3,
        auth_level=1,
        relogin=0,
        callback_data='{"a": true}',
        term_type="2",
    )


def test_a_user_out() -> None:
    event = _read("room_logout", **USER, logout_time="1499676978456", reason="3")

    assert isinstance(event, RoomLogout)
    assert (event.user_account, event.session_id, event.login_time, event.logout_time, event.reason) == (
        "user1",
        "858012925204410418",
        1499676977123,
        1499676978456,
        3,
    )


def test_a_published_stream() -> None:
    event = _read(
        "stream_create",
        room_id="room1",
        room_session_id="858012925204410417",
        user_id="user1",
        user_name="User",
        channel_id="0xb-0x1",
        stream_id="stream1",
        stream_alias="stream1",
        stream_sid="s-1",
        title="t",
        stream_attr='{"cid":0}',
        stream_seq="5",
        create_time="1499676977",
        create_time_ms="1499676977123",
        extra_info="x",
        recreate="1",
        publish_id="user1",
        publish_name="User",
        rtmp_url=["r1", "r2"],
        hls_url=["l"],
        hdl_url=["d"],
        pic_url=[],
    )

    assert event == StreamCreate(
        event="stream_create",
        app_id=111111,
        timestamp=1499676978,
        room_id="room1",
        room_session_id="858012925204410417",
        user_id="user1",
        user_name="User",
        channel_id="0xb-0x1",
        stream_id="stream1",
        stream_sid="s-1",
        title="t",
        stream_attr='{"cid":0}',
        stream_seq=5,
        create_time=1499676977,
        create_time_ms=1499676977123,
        extra_info="x",
        recreate=1,
        publish_id="user1",
        publish_name="User",
        rtmp_url=("r1", "r2"),
        hls_url=("l",),
        hdl_url=("d",),
        pic_url=(),
    )


def test_of_two_names_the_current_one_counts() -> None:
    event = _read(
        "stream_create", stream_alias="old", stream_id="stream1", create_timemillis=1, create_time_ms="1499676977123"
    )

    assert isinstance(event, StreamCreate)
    assert (event.stream_id, event.create_time_ms) == ("stream1", 1499676977123)


def test_a_published_stream_with_the_names_of_an_older_payload() -> None:
    event = _read("stream_create", stream_alias="stream1", create_timemillis="1499676977123")

    assert isinstance(event, StreamCreate)
    assert (event.stream_id, event.create_time_ms) == ("stream1", 1499676977123)


def test_a_closed_stream() -> None:
    event = _read(
        "stream_close",
        stream_id="stream1",
        stream_seq=6,
        type="100",
        third_define_data="x",
        create_time_ms="1499676977123",
        destroy_timemillis="1499676978456",
    )

    assert event == StreamClose(
        event="stream_close",
        app_id=111111,
        timestamp=1499676978,
        stream_id="stream1",
        stream_seq=6,
        type=100,
        third_define_data="x",
        create_time_ms=1499676977123,
        destroy_timemillis=1499676978456,
    )


@pytest.mark.parametrize("event", EVENTS)
def test_of_an_event_nothing_but_its_name_must_be_there(event: str) -> None:
    bare = EVENTS[event].model_validate({"event": event, "appid": None, "timestamp": "", "unheard_of": 1})

    assert [value for value in bare.model_dump(exclude={"event"}).values() if value not in ("", None, ())] == []


@pytest.mark.parametrize("event", EVENTS)
def test_text_that_comes_empty_is_as_absent(event: str) -> None:
    names = EVENTS[event].model_fields.keys() - {"event"}

    assert EVENTS[event].model_validate({"event": event, **dict.fromkeys(names, "")}) == EVENTS[event](event=event)


def test_an_event_cannot_be_changed() -> None:
    event = _read("mix_stop")

    with pytest.raises(ValidationError, match="frozen"):
        setattr(event, "timestamp", 1)  # noqa: B010 -- what mypy would not let pass


def test_a_field_of_another_shape_is_not_shown() -> None:
    with pytest.raises(ValidationError, match="task_id") as refusal:
        _read("mix_stop", task_id=["hunter2"])

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("number", ["", "many", [1], {}, "9" * 5000])
def test_a_number_that_cannot_be_read_is_none(number: object) -> None:
    event = _read("room_close", close_reason=number)

    assert isinstance(event, RoomClose)
    assert event.close_reason is None
