"""How a callback is signed and written."""

import json
from urllib.parse import parse_qs, unquote

import pytest
from pydantic import SecretStr

from automix_devkit.simulator.callbacks import encode, signature, signed
from automix_devkit.simulator.events import Event
from automix_devkit.simulator.settings import CallbackBody, CallbackTypes
from automix_devkit.simulator.wire import JsonObject

SECRET = SecretStr("secret")


@pytest.mark.parametrize(
    ("secret", "timestamp", "nonce", "expected"),
    [
        pytest.param(
            "secret", "1470820198", "123412", "5bd59fd62953a8059fb7eaba95720f66d19e4517", id="ZEGO's own example"
        ),
        pytest.param(
            "secret",
            "1499676978",
            "350176",
            "264b7f500b4935a082fef1da1760769245880d7c",
            id="sorted as text, not numbers",
        ),
        pytest.param(
            "0123456789abcdef",
            "1689834748",
            "7257784982359218206",
            "b5dbdaa85aeecd32ba39379206fd3eaa26c054fb",
            id="a secret that comes first",
        ),
        pytest.param(
            "f00dbabe",
            "1689834748",
            "0257784982359218206",
            "11641e4f9dcb9e24c5796f14cc8a8927d5faae5f",
            id="a nonce that comes first",
        ),
    ],
)
def test_the_signature_is_that_of_the_published_algorithm(
    secret: str, timestamp: str, nonce: str, expected: str
) -> None:
    assert signature(SecretStr(secret), timestamp, nonce) == expected


@pytest.mark.parametrize(
    ("event", "app_id", "timestamp"),
    [
        ("mix_start", "1", "1470820198"),
        ("mix_stop", "1", "1470820198"),
        ("room_login", "1", "1470820198"),
        ("room_logout", "1", "1470820198"),
        ("stream_create", "1", "1470820198"),
        ("stream_close", "1", "1470820198"),
        ("room_create", 1, 1470820198),
        ("room_close", 1, 1470820198),
    ],
)
def test_every_callback_has_the_common_fields_which_rooms_write_as_numbers(
    event: str, app_id: object, timestamp: object
) -> None:
    fields = signed(Event(event, {"own": "x"}), 1, SECRET, timestamp=1470820198, nonce="123412")
    assert fields == {
        "event": event,
        "appid": app_id,
        "timestamp": timestamp,
        "nonce": "123412",
        "signature": "5bd59fd62953a8059fb7eaba95720f66d19e4517",
        "own": "x",
    }
    assert (type(fields["appid"]), type(fields["timestamp"])) == (type(app_id), type(timestamp))


FIELDS: JsonObject = {
    "appid": "1",
    "seq": "5",
    "room_id": "12",
    "room_session_id": 858012925204410401,
    "urls": ["a&b"],
    "title": "ü",
}


def test_json_is_plain() -> None:
    content_type, body = encode(FIELDS, CallbackBody.JSON, CallbackTypes.AS_DOCUMENTED)
    assert content_type == "application/json"
    assert json.loads(body) == FIELDS


def test_url_encoded_json_has_nothing_left_that_is_json() -> None:
    content_type, body = encode(FIELDS, CallbackBody.URL_ENCODED_JSON, CallbackTypes.AS_DOCUMENTED)
    assert content_type == "application/json"
    assert body.startswith(b"%7B%22appid%22%3A%20%221%22%2C")
    assert b"/" not in body
    assert json.loads(unquote(body.decode())) == FIELDS


def test_url_encoded_json_has_its_slashes_encoded_too() -> None:
    _, body = encode({"url": "http://h/a"}, CallbackBody.URL_ENCODED_JSON, CallbackTypes.AS_DOCUMENTED)
    assert body == b"%7B%22url%22%3A%20%22http%3A%2F%2Fh%2Fa%22%7D"


def test_a_form_has_lists_in_json() -> None:
    content_type, body = encode(FIELDS, CallbackBody.FORM, CallbackTypes.AS_DOCUMENTED)
    assert content_type == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode()) == {
        "appid": ["1"],
        "seq": ["5"],
        "room_id": ["12"],
        "room_session_id": ["858012925204410401"],
        "urls": ['["a&b"]'],
        "title": ["ü"],
    }


@pytest.mark.parametrize(
    ("types", "changes"),
    [
        (CallbackTypes.AS_DOCUMENTED, {}),
        (CallbackTypes.STRINGS, {"room_session_id": "858012925204410401"}),
        (CallbackTypes.NUMBERS, {"appid": 1, "seq": 5}),
    ],
)
def test_types_are_as_switched_and_ids_stay_strings(types: CallbackTypes, changes: JsonObject) -> None:
    assert json.loads(encode(FIELDS, CallbackBody.JSON, types)[1]) == FIELDS | changes


NUMERIC = (
    "appid seq timestamp auth_level close_reason create_time create_time_ms destroy_timemillis login_time logout_time "
    "reason recreate room_close_time room_create_time room_seq room_session_id session_id stream_seq type user_role "
    "user_update_seq"
)


def test_what_the_pages_advise_to_read_as_numbers_can_be_one() -> None:
    names = NUMERIC.split()
    others = ["nonce", "signature", "task_id", "channel_id", "publish_id", "stream_id", "relogin", "term_type"]
    strings: JsonObject = dict.fromkeys([*names, *others], "7")
    _, body = encode(strings, CallbackBody.JSON, CallbackTypes.NUMBERS)
    assert json.loads(body) == dict.fromkeys(names, 7) | dict.fromkeys(others, "7")
