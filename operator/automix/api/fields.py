"""The types of single fields: what each may hold, in ZEGO's words and limits."""

from typing import Annotated

from pydantic import Field, Strict

from automix.api.rules import PRIVATE, Rule, matching

# ZEGO: client API reference. Task ids lack # of the characters of room and user ids, and have / on top.
ROOM_ID = r"[A-Za-z0-9~!@#$%^&*()_+=\-`;',.<>\\]*"
TASK_ID = r"[A-Za-z0-9~!@$%^&*()_+=\-`;',.<>/\\]*"
USER_DATA_BYTES = 4000
"""Longest UserData in base64 (ZEGO: StartAutoMix)."""

_TEXT_BYTES = USER_DATA_BYTES // 4 * 3  # base64 makes four bytes of three

# RFC 3986, without what no CDN has: a host by name or number, and a port that exists.
_HOST = r"(?:[A-Za-z0-9_](?:[-A-Za-z0-9_.]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])"
_PORT = "(?::(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?"
HOST_AND_PORT = _HOST + _PORT
_ADDRESS = r"(?:[-A-Za-z0-9._~!$&'()*+,;=:%]+@)?" + HOST_AND_PORT + "/[!-~]+"

# pydantic alone takes "1" for a number and "yes" for a boolean; the API server does not.
Flag = Annotated[bool, Strict()]
Number = Annotated[int, Strict()]

StreamId = Annotated[
    str,
    Field(min_length=1, max_length=256),  # ZEGO: FAQ on stream ids
    # Private: who mistakes it for the field of an address may put a push key here.
    matching("[A-Za-z0-9_-]*", "only letters, digits, '-' and '_' are allowed", private=True),
]
RoomId = Annotated[
    str,
    Field(min_length=1, max_length=128),  # ZEGO: client API reference
    matching(ROOM_ID, r"only letters, digits and ~!@#$%^&*()_+=-`;',.<>\ are allowed"),
]
TaskId = Annotated[
    str,
    Field(min_length=1, max_length=256),  # ZEGO: client error code 1005002
    matching(TASK_ID, r"only letters, digits and ~!@$%^&*()_+=-`;',.<>/\ are allowed"),
    Rule("!self.contains('http')", lambda task_id: "http" not in task_id, "it must not contain http"),
]
UserId = Annotated[
    str,
    Field(min_length=1, max_length=32),  # ZEGO's pages say 32, 64 or 255: the least of them fits all
    matching(ROOM_ID, r"only letters, digits and ~!@#$%^&*()_+=-`;',.<>\ are allowed"),
]
OutputUrl = Annotated[
    str,
    Field(max_length=1023),  # ZEGO: client error code 1005029, fewer than 1024 bytes
    matching(
        "rtmp://" + _ADDRESS,
        "only an RTMP address is allowed, such as rtmp://push.example/live/room, without spaces, all in ASCII",
        private=True,
    ),
]
InputUrl = Annotated[
    str,
    Field(max_length=1023),  # the same
    matching(
        "(?:rtmp|http|https)://" + _ADDRESS,
        "only an RTMP or HTTP-FLV address is allowed, such as https://pull.example/live/guest.flv, without spaces, "
        "all in ASCII",
        private=True,
    ),
]
UserData = Annotated[
    str,
    Field(max_length=_TEXT_BYTES),
    Rule(
        f"size(bytes(self)) <= {_TEXT_BYTES}",
        lambda text: len(text.encode()) <= _TEXT_BYTES,
        f"at most {_TEXT_BYTES} bytes in UTF-8 are allowed, which are {USER_DATA_BYTES} bytes in base64",
        reason=PRIVATE,
    ),
]
BinaryUserData = Annotated[
    str,
    Field(max_length=USER_DATA_BYTES),
    matching(
        "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
        "only base64 is allowed: A-Z, a-z, 0-9, + and /, filled up with = to a multiple of four",
        private=True,
    ),
]
Duration = Annotated[
    str,
    Field(max_length=32),
    matching("(?:[0-9]{1,9}[smh])+", "only hours, minutes and seconds are allowed, such as 90s, 10m or 1h30m"),
]
ObjectName = Annotated[
    str,
    Field(min_length=1, max_length=253),
    matching(
        "(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)?",
        "only the name of an object is allowed: lower-case letters, digits, - and .",
    ),
]
