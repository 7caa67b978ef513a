"""Every business parameter of every action: its type, range, default, and where that is written.

Field sources, unless a comment says otherwise: the StartAutoMix, StopAutoMix, GetMixTaskInfo and DescribeUserNum
pages. Says what one request may hold, never what it means for tasks and rooms.
"""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from automix_devkit.simulator.identifiers import InputUrl, OutputUrl, RoomId, StreamId, TaskId, UserData, UserId
from automix_devkit.simulator.wire import Received

_MAX_BITRATE = 192_000  # ZEGO: client error code 1005024
_MAX_INT32 = 2**31 - 1  # inferred: no width is printed
_MAX_UINT32 = 2**32 - 1  # ZEGO: StartMix page, SoundLevelId


def _plain_int(value: Any) -> Any:  # noqa: ANN401 -- any JSON value, before it is checked
    # An enumeration alone would take true and 1.0 for 1.
    if type(value) is not int:
        raise ValueError("must be an integer")
    return value


def _int_or_digit(value: Any) -> Any:  # noqa: ANN401 -- any JSON value, before it is checked
    # ZEGO's older page calls the global SoundChannel a String, the newer one an integer.
    return int(value) if value in ("1", "2") else _plain_int(value)


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
    user_data: UserData = ""
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

    @property
    def added(self) -> list[str]:
        """Return the sources that are added, in their order."""
        return [extra.source for extra in self.extra_mix_input if extra.added]

    @property
    def removed(self) -> set[str]:
        """Return the sources that are removed."""
        return {extra.source for extra in self.extra_mix_input if not extra.added}

    @property
    def targets(self) -> list[str]:
        """Return where the mix goes, in its order."""
        return [output.target for output in self.mix_output]

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
