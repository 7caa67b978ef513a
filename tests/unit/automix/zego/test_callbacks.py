"""A callback is believed when its signature holds and is fresh, in every form its body may have."""

import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from urllib.parse import quote, quote_plus, urlencode

import pytest
from pydantic import SecretStr

from automix.zego.callback_models import (
    Callback,
    MixStart,
    MixStop,
    RoomCreate,
    StreamClose,
    StreamCreate,
    UnknownEvent,
)
from automix.zego.callbacks import Delivery, sign_callback
from automix.zego.errors import CallbackError, CallbackNotGenuine, CallbackStale, CallbackUnreadable

SECRET = SecretStr("0123456789abcdef")
NOW = 1689834748
NONCE = "7257784982359218206"
SIGNATURE = "b5dbdaa85aeecd32ba39379206fd3eaa26c054fb"
PROOF = {"timestamp": str(NOW), "nonce": NONCE, "signature": SIGNATURE}
MIX_STOP = {"event": "mix_stop", "appid": "1", "task_id": "1:room", **PROOF}


def _open(body: bytes, *, secret: SecretStr = SECRET, now: float = NOW, tolerance: float = 600) -> Callback:
    return Delivery.parse(body).open(secret, now=now, tolerance=tolerance)


def _json(**fields: object) -> bytes:
    return json.dumps({**MIX_STOP, **fields}).encode()


@pytest.mark.parametrize(
    ("secret", "timestamp", "nonce", "signature"),
    [
        pytest.param(
            "secret",
            "1470820198",
            "123412",
            "5bd59fd62953a8059fb7eaba95720f66d19e4517",
            id="the vector ZEGO publishes",
        ),
        pytest.param(
            "secret",
            "1499676978",
            "350176",
            "264b7f500b4935a082fef1da1760769245880d7c",
            id="numbers are sorted as text",
        ),
        pytest.param("0123456789abcdef", str(NOW), NONCE, SIGNATURE, id="the secret sorts first"),
        pytest.param(
            "f00dbabe",
            "1689834748",
            "0257784982359218206",
            "11641e4f9dcb9e24c5796f14cc8a8927d5faae5f",
            id="the nonce sorts first",
        ),
    ],
)
def test_the_signature_is_zegos(secret: str, timestamp: str, nonce: str, signature: str) -> None:
    assert sign_callback(SecretStr(secret), timestamp, nonce) == signature


def test_an_empty_secret_signs_nothing() -> None:
    with pytest.raises(ValueError, match=r"^secret: must not be empty$"):
        sign_callback(SecretStr(""), str(NOW), NONCE)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_json(), id="JSON"),
        pytest.param(b"\xef\xbb\xbf \r\n" + _json() + b"\n", id="JSON within a byte order mark and blanks"),
        pytest.param(quote(_json()).encode(), id="URL-encoded JSON"),
        pytest.param(quote_plus(_json()).lower().encode(), id="URL-encoded JSON with plus for a blank, in lower case"),
        pytest.param(urlencode(MIX_STOP).encode(), id="a form"),
        pytest.param(
            json.dumps({**MIX_STOP, "timestamp": NOW, "nonce": int(NONCE), "appid": 1}).encode(),
            id="JSON whose timestamp and nonce are numbers beyond what a float holds",
        ),
        pytest.param(b" " + urlencode(MIX_STOP).encode() + b"\r\n", id="a form with blanks around it"),
    ],
)
def test_the_same_event_is_read_from_every_form_of_body(body: bytes) -> None:
    event = _open(body)

    assert isinstance(event, MixStop)
    assert (event.event, event.app_id, event.timestamp, event.task_id) == ("mix_stop", 1, NOW, "1:room")


def test_a_plus_and_a_percent_sign_in_plain_json_are_themselves() -> None:
    event = _open(_json(task_id="1:a+b%20c"))

    assert isinstance(event, MixStop)
    assert event.task_id == "1:a+b%20c"


@pytest.mark.parametrize("encode", [quote, quote_plus])
def test_blanks_and_pluses_survive_url_encoding(encode: Callable[[str], str]) -> None:
    event = _open(encode(json.dumps({**MIX_STOP, "task_id": "1:a +b"})).encode())

    assert isinstance(event, MixStop)
    assert event.task_id == "1:a +b"


@pytest.mark.parametrize(
    "pairs",
    [
        pytest.param([("rtmp_url", "rtmp://h/a"), ("rtmp_url", "rtmp://h/b")], id="repeated"),
        pytest.param([("rtmp_url[]", "rtmp://h/a"), ("rtmp_url[]", "rtmp://h/b")], id="with empty brackets"),
        pytest.param([("rtmp_url[0]", "rtmp://h/a"), ("rtmp_url[10]", "rtmp://h/b")], id="with numbered brackets"),
        pytest.param([("rtmp_url", '["rtmp://h/a", "rtmp://h/b"]')], id="as JSON"),
    ],
)
def test_a_form_carries_lists(pairs: list[tuple[str, str]]) -> None:
    event = _open(urlencode([("event", "stream_create"), *PROOF.items(), *pairs]).encode())

    assert isinstance(event, StreamCreate)
    assert event.rtmp_url == ("rtmp://h/a", "rtmp://h/b")


def test_a_list_of_one_in_a_form_is_a_list() -> None:
    event = _open(urlencode([("event", "stream_create"), *PROOF.items(), ("rtmp_url[]", "rtmp://h/a")]).encode())

    assert isinstance(event, StreamCreate)
    assert event.rtmp_url == ("rtmp://h/a",)


def test_an_empty_part_of_a_form_is_an_absent_one() -> None:
    event = _open(urlencode({**MIX_STOP, "task_id": "", "seq": ""}).encode())

    assert isinstance(event, MixStop)
    assert (event.task_id, event.seq) == ("", None)


def test_a_form_of_a_thousand_fields_is_read_and_a_longer_one_is_not() -> None:
    longest = list(MIX_STOP.items()) + [(f"f{n}", "") for n in range(1000 - len(MIX_STOP))]

    assert isinstance(_open(urlencode(longest).encode()), MixStop)
    with pytest.raises(CallbackUnreadable):
        Delivery.parse(urlencode([*longest, ("one", "more")]).encode())


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"event":"mix_stop"', id="JSON cut off"),
        pytest.param(b'{"event":' + b"[" * 200_000, id="JSON nested too deep to read"),
        pytest.param(b'{"event":"mix_stop\xff"}', id="text that is not UTF-8"),
        pytest.param(b"%7B%22event%22%3A%22mix_stop%FF%22%7D", id="URL-encoded text that is not UTF-8"),
        pytest.param(b"event=mix_stop%FF", id="a form that is not UTF-8"),
    ],
)
def test_what_is_neither_json_nor_a_form_is_unreadable(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable, match=r"^the body is neither JSON nor a form$") as refusal:
        Delivery.parse(body)

    assert (refusal.value.__cause__, refusal.value.__context__) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_json(signature=SIGNATURE.upper()), id="a signature in upper case"),
        pytest.param(_json(signature=SIGNATURE[:-1]), id="a signature cut off"),
        pytest.param(_json(signature=None), id="a signature of null"),
        pytest.param(_json(signature="\ud800"), id="a signature with half a character"),
        pytest.param(_json(timestamp=NOW + 1), id="another timestamp"),
        pytest.param(_json(nonce=7257784982359218207), id="another nonce"),
        pytest.param(_json(nonce=[NONCE]), id="a nonce in a list"),
        pytest.param(_json(nonce="\ud800"), id="a nonce with half a character"),
        pytest.param(
            _json(nonce="", signature=sign_callback(SECRET, str(NOW), "")), id="no nonce, and a signature without one"
        ),
        pytest.param(
            _json(timestamp="", signature=sign_callback(SECRET, "", NONCE)),
            id="no timestamp, and a signature without one",
        ),
        pytest.param(b'{"event":"mix_stop"}', id="no proof at all"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"", id="an empty body"),
        pytest.param(b"hello", id="any text"),
        pytest.param(b"[1]", id="a list"),
    ],
)
def test_what_the_secret_did_not_sign_is_not_genuine(body: bytes) -> None:
    with pytest.raises(CallbackNotGenuine):
        _open(body)


def test_another_secret_did_not_sign_it() -> None:
    with pytest.raises(CallbackNotGenuine):
        _open(_json(), secret=SecretStr("another"))


@pytest.mark.parametrize("now", [NOW - 70, NOW, NOW + 70])
def test_a_timestamp_within_the_tolerance_is_fresh(now: float) -> None:
    assert _open(_json(), now=now, tolerance=70).timestamp == NOW


@pytest.mark.parametrize("now", [NOW - 70.5, NOW + 70.5])
def test_a_timestamp_beyond_the_tolerance_is_stale(now: float) -> None:
    with pytest.raises(CallbackStale, match=r"^the timestamp is more than 70 seconds away from now$"):
        _open(_json(), now=now, tolerance=70)


@pytest.mark.parametrize("timestamp", ["soon", "1689834748.0", "1_689_834_748", "-1689834748", "9" * 5000])
def test_a_signed_timestamp_that_is_no_time_is_stale(timestamp: str) -> None:
    with pytest.raises(CallbackStale):
        _open(_json(timestamp=timestamp, signature=sign_callback(SECRET, timestamp, NONCE)))


def test_a_number_is_signed_as_it_was_written() -> None:
    signature = sign_callback(SECRET, str(NOW), "1.50")
    body = b'{"event":"room_create","timestamp":%d,"nonce":1.50,"signature":"%s"}' % (NOW, signature.encode())

    assert isinstance(_open(body), RoomCreate)


@pytest.mark.parametrize(
    ("body", "app_id"),
    [
        pytest.param(b'{"appid":"4294967295"}', 4294967295, id="as text"),
        pytest.param(b'{"appid":1}', 1, id="as a number"),
        pytest.param(b"Appid=1", 1, id="in PascalCase"),
        pytest.param(b"{}", None, id="absent"),
        pytest.param(b'{"appid":null}', None, id="null"),
        pytest.param(b'{"appid":"one"}', None, id="no number"),
    ],
)
def test_the_app_is_known_before_its_secret_is(body: bytes, app_id: int | None) -> None:
    assert Delivery.parse(body).claimed_app_id == app_id


def test_an_event_without_a_model_is_given_as_it_came() -> None:
    body = json.dumps(
        {"event": "kickout", "appid": 7, "room_id": "room1", "users": ["a"], "empty": "", **PROOF}
    ).encode()

    assert _open(body) == UnknownEvent(
        event="kickout",
        app_id=7,
        timestamp=NOW,
        fields={
            "event": "kickout",
            "appid": "7",
            "timestamp": str(NOW),
            "room_id": "room1",
            "users": ["a"],
            "empty": "",
        },
    )


def test_an_unknown_form_is_given_as_it_came_too() -> None:
    event = _open(urlencode({"event": "kickout", "users[]": "a", "a[0]b": "", **PROOF}).encode())

    assert isinstance(event, UnknownEvent)
    assert event.fields == {"event": "kickout", "timestamp": str(NOW), "users": "a", "a[0]b": ""}


def test_an_event_in_pascal_case_is_checked_and_given_too() -> None:
    proof = {name.capitalize(): value for name, value in PROOF.items()}
    event = _open(json.dumps({"Event": "transcode_stop", "Appid": "7", "StopReason": "0", **proof}).encode())

    assert isinstance(event, UnknownEvent)
    assert (event.event, event.app_id, event.timestamp, event.fields["StopReason"]) == ("transcode_stop", 7, NOW, "0")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        pytest.param({"event": None}, "event", id="no event"),
        pytest.param({"event": ["mix_stop"]}, "event", id="an event that is no text"),
        pytest.param({"event": "room_close", "room_id": {"hunter2": 1}}, "room_id", id="a field of another shape"),
        pytest.param(
            {"event": "mix_start", "task_id": ["hunter2"], "rtmp_urls": [["hunter2"], ["hunter2"]]},
            "task_id, rtmp_urls",
            id="two fields of another shape, one of them twice",
        ),
    ],
)
def test_an_event_that_is_not_as_documented_is_unreadable_by_field_and_without_values(
    fields: dict[str, object], named: str
) -> None:
    with pytest.raises(CallbackUnreadable, match=rf"^not as documented: {named}$") as refusal:
        _open(_json(**fields))

    assert (refusal.value.__cause__, refusal.value.__context__) == (None, None)


def test_half_a_character_is_a_question_mark() -> None:
    event = _open(_json(task_id="1:cut \ud83d"))

    assert isinstance(event, MixStop)
    assert event.task_id == "1:cut ?"


@pytest.mark.parametrize(
    ("data", "text"),
    [({"a": [1]}, '{"a": ["1"]}'), ([1, None], '["1", null]'), (True, "true"), (1.50, "1.5"), ("a", "a")],
)
def test_an_app_may_put_json_where_the_page_has_text(data: object, text: str) -> None:
    event = _open(_json(event="stream_close", third_define_data=data))

    assert isinstance(event, StreamClose)
    assert event.third_define_data == text


def test_nothing_that_proves_or_opens_anything_is_shown() -> None:
    body = _json(event="mix_start", mix_url="rtmp://push/live/hunter2", rtmp_urls=["rtmp://play/hunter2"])
    delivery = Delivery.parse(body)
    event = delivery.open(SECRET, now=NOW, tolerance=1)
    closed = _open(_json(event="stream_close", third_define_data="hunter2"))
    other = _open(_json(event="other", url="rtmp://push/live/hunter2"))

    assert isinstance(event, MixStart)
    assert event.mix_url == "rtmp://push/live/hunter2"
    shown = repr(delivery) + repr(event) + repr(closed) + repr(other)
    assert [part for part in ("hunter2", NONCE, SIGNATURE) if part in shown] == []
    assert isinstance(other, UnknownEvent)
    assert not {"nonce", "signature"} & set(other.fields)


def test_what_was_delivered_cannot_be_changed_before_it_is_checked() -> None:
    delivery = Delivery.parse(_json())

    with pytest.raises(FrozenInstanceError):
        setattr(delivery, "_fields", {})  # noqa: B010 -- what mypy would not let pass


@pytest.mark.parametrize("error", [CallbackNotGenuine, CallbackStale, CallbackUnreadable])
def test_every_refusal_is_a_callback_error(error: type[Exception]) -> None:
    assert issubclass(error, CallbackError)
