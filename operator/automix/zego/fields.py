"""The types of ZEGO's request fields: what may be written into each.

The server API's pages print no lengths for identifiers; those of ZEGO's client SDK are taken to hold for it (inferred).
"""

from typing import Annotated

from pydantic import AfterValidator, Field


def _without_http(task_id: str) -> str:
    if "http" in task_id:
        raise ValueError("must not contain 'http'")
    return task_id


# ZEGO: client SDK, startAutoMixerTask, and error code 1005002.
TaskId = Annotated[
    str,
    Field(max_length=256, pattern=r"^[A-Za-z0-9~!@$%^&*()_+=\-`;',.<>/\\]+$"),
    AfterValidator(_without_http),
]
# ZEGO: client SDK, loginRoom.
RoomId = Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9~!@#$%^&*()_+=\-`;',.<>\\]+$")]
# The alphabet of a room id; of the lengths that ZEGO's pages name (32, 64, 255) the smallest is safe everywhere.
UserId = Annotated[str, Field(max_length=32, pattern=r"^[A-Za-z0-9~!@#$%^&*()_+=\-`;',.<>\\]+$")]
# ZEGO: client SDK, startPublishingStream; AddStream page.
StreamId = Annotated[str, Field(max_length=256, pattern=r"^[A-Za-z0-9_-]+$")]

# scheme://host/path in printable ASCII without blanks, less than 1024 bytes (ZEGO: client error code 1005029).
_HOST_AND_PATH = r"""[!"$-.0->@-~]+/[!-~]+$"""
InputUrl = Annotated[str, Field(max_length=1023, pattern=r"^(rtmp|https?)://" + _HOST_AND_PATH)]
OutputUrl = Annotated[str, Field(max_length=1023, pattern=r"^rtmp://" + _HOST_AND_PATH)]

# Base64 with its padding, at most 4000 bytes once encoded (ZEGO: StartAutoMix page).
UserData = Annotated[
    str, Field(max_length=4000, pattern=r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$")
]
# Bits a second (ZEGO: client error code 1005024).
AudioBitrate = Annotated[int, Field(gt=0, le=192_000)]
Volume = Annotated[int, Field(ge=0, le=200)]
SoundLevelId = Annotated[int, Field(ge=0, lt=2**32)]  # ZEGO: StartMix page, uint32
RecvBufferLevel = Annotated[int, Field(ge=0, le=4000)]  # milliseconds
Sequence = Annotated[int, Field(ge=0)]
