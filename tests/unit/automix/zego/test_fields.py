"""What each field of a request may hold, at its edges."""

import string
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from automix.zego import fields

ROOM_ALPHABET = string.ascii_letters + string.digits + "~!@#$%^&*()_+=-`;',.<>\\"
TASK_ALPHABET = ROOM_ALPHABET.replace("#", "") + "/"
OTHERS = '"/:?[]{}| \n\x00\x7fé'


def _takes(kind: Any, value: object) -> bool:  # noqa: ANN401 -- an annotated type
    try:
        TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        pytest.param(fields.TaskId, ["a", "a" * 256, TASK_ALPHABET, "htt"], id="TaskId"),
        pytest.param(fields.RoomId, ["a", "a" * 128, ROOM_ALPHABET, "http"], id="RoomId"),
        pytest.param(fields.UserId, ["a", "a" * 32, *ROOM_ALPHABET], id="UserId"),
        pytest.param(fields.StreamId, ["a", "a" * 256, string.ascii_letters + string.digits + "-_"], id="StreamId"),
        pytest.param(
            fields.OutputUrl,
            ["rtmp://h/a", "rtmp://[::1]:1935/live/a?k=1#x", "rtmp://h/" + "~" * 1014, "rtmp://u:p@h/!", "rtmp://$/a"],
            id="the URL of an output",
        ),
        pytest.param(
            fields.InputUrl, ["rtmp://h/a", "http://h/a.flv", "https://h:8443/a.flv?k=1"], id="the URL of an input"
        ),
        pytest.param(fields.UserData, ["", "AAAA", "AAA=", "AA==", "AAAABB==", "+/+/", "A" * 4000], id="UserData"),
        pytest.param(fields.AudioBitrate, [1, 192_000], id="AudioBitrate"),
        pytest.param(fields.Volume, [0, 200], id="Volume"),
        pytest.param(fields.SoundLevelId, [0, 2**32 - 1], id="SoundLevelId"),
        pytest.param(fields.RecvBufferLevel, [0, 4000], id="RecvBufferLevel"),
        pytest.param(fields.Sequence, [0, 2**31], id="Sequence"),
    ],
)
def test_what_is_within_the_limits_is_taken(kind: object, values: list[object]) -> None:
    assert [value for value in values if not _takes(kind, value)] == []


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        pytest.param(
            fields.TaskId,
            ["", "a" * 257, "http", "a-http://", "a#", "#a", "a\n", *(set(OTHERS) - {"/"})],
            id="TaskId",
        ),
        pytest.param(fields.RoomId, ["", "a" * 129, "a\n", "\na", *OTHERS], id="RoomId"),
        pytest.param(fields.UserId, ["", "a" * 33, "a\n", "\na", *OTHERS], id="UserId"),
        pytest.param(fields.StreamId, ["", "a" * 257, "a\n", "\na", "a.b", *OTHERS], id="StreamId"),
        pytest.param(
            fields.OutputUrl,
            [
                "",
                "rtmp://",
                "rtmp://h",
                "rtmp://h/",
                "rtmp:///a",
                "rtmp://h?k/a",
                "rtmp://h#k/a",
                "rtmp://é/a",
                "rtmp://h/é",
                "rtmp://h /a",
                "rtmp://h/a b",
                "rtmp://h/a\x7f",
                "rtmp://h/a\n",
                "http://h/a",
                "RTMP://h/a",
                " rtmp://h/a",
                "rtmp://h/" + "a" * 1015,
            ],
            id="the URL of an output",
        ),
        pytest.param(
            fields.InputUrl,
            [
                "",
                "rtmps://h/a",
                " http://h/a",
                "httpss://h/a",
                "ftp://h/a",
                "http://h",
                "http://h/a b",
                "http://h/" + "a" * 1015,
            ],
            id="the URL of an input",
        ),
        pytest.param(
            fields.UserData,
            ["A", "AA", "AAA", "A===", "AA=", "AAAAA", "AA==AA==", "AA=A", "AA-_", "AA AA", "AAAA\n", "A" * 4004],
            id="UserData",
        ),
        pytest.param(fields.AudioBitrate, [0, -1, 192_001, "48000"], id="AudioBitrate"),
        pytest.param(fields.Volume, [-1, 201], id="Volume"),
        pytest.param(fields.SoundLevelId, [-1, 2**32], id="SoundLevelId"),
        pytest.param(fields.RecvBufferLevel, [-1, 4001], id="RecvBufferLevel"),
        pytest.param(fields.Sequence, [-1, "1"], id="Sequence"),
    ],
)
def test_what_is_beyond_the_limits_is_not(kind: object, values: list[object]) -> None:
    assert [value for value in values if _takes(kind, value)] == []
