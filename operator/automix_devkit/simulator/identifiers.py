"""Identifiers, addresses and user data: their length and characters, and where those are written.

ZEGO prints the limits of its client; that its server has the same ones is inferred.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

_MAX_USER_DATA_BYTES = 4000  # ZEGO: StartAutoMix page
_MAX_URL_BYTES = 1023  # ZEGO: client error code 1005029, fewer than 1024 bytes

_NAME = r"^[0-9A-Za-z~!@#$%^&*()_+=\-`;',.<>\\]+$"
_BASE64 = re.compile(r"(?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?")


def _no_http(value: str) -> str:
    if "http" in value:
        raise ValueError("must not contain http")
    return value


def _is_user_data(value: str) -> str:
    if len(value) > _MAX_USER_DATA_BYTES:
        raise ValueError(f"must have at most {_MAX_USER_DATA_BYTES} bytes")
    if not _BASE64.fullmatch(value):
        raise ValueError("must be base64")
    return value


# ZEGO: client API reference, and client error code 1005002.
TaskId = Annotated[
    str,
    Field(min_length=1, max_length=256, pattern=r"^[0-9A-Za-z~!@$%^&*()_+=\-`;',.<>/\\]+$"),
    AfterValidator(_no_http),
]
# ZEGO: client API reference.
RoomId = Annotated[str, Field(min_length=1, max_length=128, pattern=_NAME)]
# ZEGO: client API reference; its header and the callbacks allow more, this is the strictest.
UserId = Annotated[str, Field(min_length=1, max_length=32, pattern=_NAME)]
# ZEGO: FAQ stream-id-naming.
StreamId = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[0-9A-Za-z_-]+$")]
# ZEGO: StartAutoMix page (schemes); RFC 3986 (printable ASCII without spaces), inferred. [!-.0-~] is [!-~] but /.
InputUrl = Annotated[str, Field(max_length=_MAX_URL_BYTES, pattern=r"^(rtmp|https?)://[!-.0-~]+/[!-~]+$")]
OutputUrl = Annotated[str, Field(max_length=_MAX_URL_BYTES, pattern=r"^rtmp://[!-.0-~]+/[!-~]+$")]
UserData = Annotated[str, AfterValidator(_is_user_data)]
