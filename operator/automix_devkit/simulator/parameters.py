"""Every business parameter of every action: its type, range, default, and where that is written.

Field sources, unless a comment says otherwise: the StartAutoMix, StopAutoMix, GetMixTaskInfo and DescribeUserNum
pages. Decides what one request says, never what it means for tasks and rooms.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from automix_devkit.simulator.codes import Code
from automix_devkit.simulator.model import RefusedError
from automix_devkit.simulator.wire import JsonObject, Received, problem

MAX_INPUTS = 9
MAX_OUTPUTS = 3

_MAX_USER_DATA_BYTES = 4000
_MAX_URL_BYTES = 1023  # ZEGO: client error code 1005029, fewer than 1024 bytes
_MAX_BITRATE = 192_000  # ZEGO: client error code 1005024
_MAX_INT32 = 2**31 - 1  # inferred: no width is printed
_MAX_UINT32 = 2**32 - 1  # ZEGO: StartMix page, SoundLevelId


def _no_http(value: str) -> str:
    if "http" in value:
        raise ValueError("must not contain http")
    return value


def _short_url(value: str) -> str:
    if len(value.encode()) > _MAX_URL_BYTES:
        raise ValueError(f"must have at most {_MAX_URL_BYTES} bytes")
    return value


def _user_data(value: str) -> str:
    if len(value.encode()) > _MAX_USER_DATA_BYTES:
        raise ValueError(f"must have at most {_MAX_USER_DATA_BYTES} bytes")
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("must be base64") from error
    return value


def _plain_int(value: Any) -> Any:  # noqa: ANN401 -- any JSON value, before it is checked
    # An enumeration alone would take true and 1.0 for 1.
    if type(value) is not int:
        raise ValueError("must be an integer")
    return value


def _int_or_digit(value: Any) -> Any:  # noqa: ANN401 -- any JSON value, before it is checked
    # ZEGO's older page calls the global SoundChannel a String, the newer one an integer.
    return int(value) if value in ("1", "2") else _plain_int(value)


_NAME = r"^[0-9A-Za-z~!@#$%^&*()_+=\-`;',.<>\\]+$"

# Identifiers. ZEGO: client API reference (TaskId, RoomId), client header (UserId), FAQ stream-id-naming (StreamId).
TaskId = Annotated[
    str,
    Field(min_length=1, max_length=256, pattern=r"^[0-9A-Za-z~!@$%^&*()_+=\-`;',.<>/\\]+$"),
    AfterValidator(_no_http),
]
RoomId = Annotated[str, Field(min_length=1, max_length=128, pattern=_NAME)]
UserId = Annotated[str, Field(min_length=1, max_length=64, pattern=_NAME)]
StreamId = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[0-9A-Za-z_-]+$")]
InputUrl = Annotated[str, Field(pattern=r"^(rtmp|https?)://[^\s/]+/\S+$"), AfterValidator(_short_url)]
OutputUrl = Annotated[str, Field(pattern=r"^rtmp://[^\s/]+/\S+$"), AfterValidator(_short_url)]

Int = BeforeValidator(_plain_int)
Flag = Annotated[Literal[0, 1], Int]
Sequence = Annotated[int, Field(ge=0, le=_MAX_INT32)]


class ExtraMixInput(Received):
    """Add a stream of another room to the mix, or take one of the room's out of it."""

    stream_id: StreamId = ""
    stream_url: InputUrl = ""
    modify_type: Flag = 0
    sound_level_id: Annotated[int, Field(ge=0, le=_MAX_UINT32)] | None = None
    volume: Annotated[int, Field(ge=0, le=200)] = 100

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if not self.source:
            raise ValueError("StreamId is required to remove a stream, StreamId or StreamUrl to add one")
        return self

    @property
    def added(self) -> bool:
        """Tell whether the stream is added, not removed."""
        return self.modify_type == 0

    @property
    def source(self) -> str:
        """Return the address that counts: StreamUrl wins when adding, StreamId when removing."""
        return self.stream_url or self.stream_id if self.added else self.stream_id


class MixOutput(Received):
    """Say where the mix goes and how it is encoded."""

    stream_id: StreamId = ""
    stream_url: OutputUrl = ""
    audio_codec: Annotated[Literal[0, 1, 2, 3], Int] = 0
    audio_bitrate: Annotated[int, Field(ge=1, le=_MAX_BITRATE)] = 48_000
    sound_channel: Annotated[Literal[1, 2], Int] | None = None

    @model_validator(mode="after")
    def _has_a_target(self) -> Self:
        if not self.target:
            raise ValueError("one of StreamId and StreamUrl is required")
        return self

    @property
    def target(self) -> str:
        """Return the address that counts. ZEGO: StartMix page, StreamUrl wins; this page contradicts itself."""
        return self.stream_url or self.stream_id


class ExPara(Received):
    """Hold one extension parameter."""

    key: str = ""
    value: str = ""


class StartAutoMix(Received):
    """Start a mix, or update the one that runs under the TaskId."""

    task_id: TaskId
    user_id: UserId
    room_id: RoomId
    extra_mix_input: list[ExtraMixInput] = Field(default_factory=list)
    mix_output: Annotated[list[MixOutput], Field(min_length=1)]
    sequence: Sequence | None = None
    user_data: Annotated[str, AfterValidator(_user_data)] = ""
    sound_level: Flag = 0
    by_pass: Flag = 0
    sound_channel: Annotated[Literal[1, 2], BeforeValidator(_int_or_digit)] = 1
    alignment_type: Annotated[Literal[0, 1, 2], Int] = 0
    recv_buffer_level: Annotated[int, Field(ge=0, le=4000)] = 0
    ex_para: list[ExPara] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_sound_levels(self) -> Self:
        if self.sound_level == 1 and any(
            extra.added and extra.sound_level_id is None for extra in self.extra_mix_input
        ):
            raise ValueError("ExtraMixInput.SoundLevelId: required when SoundLevel is 1")
        return self

    def with_defaults(self) -> Self:
        """Return what is in effect: an output without SoundChannel has the global one."""
        outputs = [
            output.model_copy(update={"sound_channel": output.sound_channel or self.sound_channel})
            for output in self.mix_output
        ]
        return self.model_copy(update={"mix_output": outputs})


# ZEGO: StartAutoMix page, the fields marked as updatable by calling again.
UPDATABLE = frozenset({"user_data", "sound_level"})


class StopAutoMix(Received):
    """Stop the mix of a task."""

    task_id: TaskId
    room_id: RoomId
    sequence: Sequence | None = None
    user_id: UserId | None = None


class GetMixTaskInfo(Received):
    """Ask whether a task runs and for how long."""

    task_id: TaskId


class DescribeUserNum(Received):
    """Ask how many users rooms have."""

    room_ids: Annotated[list[Annotated[str, Field(min_length=1)]], Field(alias="RoomId[]", min_length=1, max_length=10)]


Parameters: TypeAlias = StartAutoMix | StopAutoMix | GetMixTaskInfo | DescribeUserNum


@dataclass(frozen=True)
class Action:
    """Describe an action: how it is called, how often (per AppId), and its codes for too often and malformed."""

    method: Literal["GET", "POST"]
    parameters: type[Parameters]
    calls_per_second: int
    overload: Code
    malformed: Code

    @property
    def mixes(self) -> bool:
        """Tell whether the action belongs to the mixing service, which a project has to enable."""
        return self.parameters is not DescribeUserNum


ACTIONS: Mapping[str, Action] = {
    "StartAutoMix": Action("POST", StartAutoMix, 100, Code.START_OVERLOAD, Code.BAD_PARAMETER),
    "StopAutoMix": Action("POST", StopAutoMix, 100, Code.STOP_OVERLOAD, Code.BAD_PARAMETER),
    "GetMixTaskInfo": Action("GET", GetMixTaskInfo, 100, Code.QUERY_OVERLOAD, Code.UNPARSABLE),
    "DescribeUserNum": Action("GET", DescribeUserNum, 10, Code.ROOM_OVERLOAD, Code.ROOM_BAD_PARAMETER),
}


def parse(action: Action, raw: JsonObject) -> Parameters:
    """Read the parameters of an action; raise RefusedError with a Message that names the field."""
    try:
        parsed = action.parameters.model_validate(raw)
    except ValidationError as error:
        raise RefusedError(action.malformed, problem(error)) from None
    if isinstance(parsed, StartAutoMix):
        _refuse_impossible(parsed)
    return parsed


def _refuse_impossible(start: StartAutoMix) -> None:
    outputs = [output.target for output in start.mix_output]
    inputs = [extra.source for extra in start.extra_mix_input]
    if len(outputs) > MAX_OUTPUTS:
        raise RefusedError(Code.TOO_MANY_OUTPUTS, f"MixOutput: at most {MAX_OUTPUTS} are allowed")
    if len(set(outputs)) < len(outputs):
        raise RefusedError(Code.DUPLICATE_OUTPUT, "MixOutput: two outputs are the same")
    if len(inputs) > MAX_INPUTS:
        raise RefusedError(Code.TOO_MANY_INPUTS, f"ExtraMixInput: at most {MAX_INPUTS} are allowed")
    if len(set(inputs)) < len(inputs):
        raise RefusedError(Code.DUPLICATE_INPUT, "ExtraMixInput: two inputs are the same")


def contradictions(parsed: Parameters) -> Iterator[str]:
    """Yield what a request says twice, though the page allows one of both."""
    if not isinstance(parsed, StartAutoMix):
        return
    for index, output in enumerate(parsed.mix_output):
        if output.stream_id and output.stream_url:
            yield f"MixOutput[{index}] has StreamId and StreamUrl, StreamUrl counts"
    for index, extra in enumerate(parsed.extra_mix_input):
        if extra.stream_id and extra.stream_url:
            counts = "StreamUrl" if extra.added else "StreamId"
            yield f"ExtraMixInput[{index}] has StreamId and StreamUrl, {counts} counts"
