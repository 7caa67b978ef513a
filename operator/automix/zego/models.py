"""ZEGO's wire models: strict in what is written, tolerant in what is read.

Python names are snake_case, the wire's are ZEGO's PascalCase. Numbers are those of ZEGO's StartAutoMix, StopAutoMix,
GetMixTaskInfo and DescribeUserNum pages; what a field may hold is in fields.py. Nothing here calls anything.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_pascal

from automix.zego import fields


class AudioCodec(IntEnum):
    """Choose the codec of an output: 44.1 kHz, or 48 kHz for OPUS."""

    HE_AAC = 0
    AAC_LC = 1
    MP3 = 2
    OPUS = 3


class SoundChannel(IntEnum):
    """Choose how many channels an output has."""

    MONO = 1
    STEREO = 2


class ModifyType(IntEnum):
    """Say whether an extra input is added to the room's streams or taken out of them."""

    ADD = 0
    REMOVE = 1


class AlignmentType(IntEnum):
    """Choose which streams are aligned by network time before they are mixed."""

    NONE = 0
    CHOSEN = 1
    ALL = 2


class Switch(IntEnum):
    """Turn a feature off or on."""

    OFF = 0
    ON = 1


class _Wire(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_pascal,
        validate_by_name=True,
        validate_by_alias=True,
        frozen=True,
        hide_input_in_errors=True,  # a stream URL may hold a push key
    )


class WireRequest(_Wire, extra="forbid", strict=True):
    """Describe what a request carries; a field left at None is not sent and takes ZEGO's default."""

    def body(self) -> bytes:
        """Return the JSON object to send, with only the fields that were set."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


class ExtraMixInput(WireRequest):
    """Add a stream of another room to the mix, or take one of the room's own out of it.

    Exactly one of `stream_id` and `stream_url` (RTMP or HTTP-FLV); a removal names a `stream_id`.
    """

    stream_id: fields.StreamId | None = None
    stream_url: Annotated[fields.InputUrl | None, Field(repr=False)] = None
    modify_type: ModifyType | None = None
    sound_level_id: fields.SoundLevelId | None = None
    volume: fields.Volume | None = None

    @model_validator(mode="after")
    def _names_one_stream(self) -> Self:
        _require_one_target(self.stream_id, self.stream_url)
        if self.modify_type is ModifyType.REMOVE and self.stream_id is None:
            raise ValueError("a removal (ModifyType 1) must name its stream by StreamId")
        return self


class MixOutput(WireRequest):
    """Say where the mix goes: exactly one of `stream_id` and `stream_url` (RTMP); `audio_bitrate` in bits a second."""

    stream_id: fields.StreamId | None = None
    stream_url: Annotated[fields.OutputUrl | None, Field(repr=False)] = None
    audio_codec: AudioCodec | None = None
    audio_bitrate: fields.AudioBitrate | None = None
    sound_channel: SoundChannel | None = None

    @model_validator(mode="after")
    def _names_one_stream(self) -> Self:
        _require_one_target(self.stream_id, self.stream_url)
        return self


def _require_one_target(stream_id: str | None, stream_url: str | None) -> None:
    # ZEGO's pages contradict each other on which of the two wins when both are sent.
    if (stream_id is None) == (stream_url is None):
        raise ValueError("exactly one of StreamId and StreamUrl must be given")


_StreamT = TypeVar("_StreamT", ExtraMixInput, MixOutput)


def _target(stream: ExtraMixInput | MixOutput) -> tuple[str | None, str | None]:
    return stream.stream_id, stream.stream_url


def _without_repeats(streams: tuple[_StreamT, ...]) -> tuple[_StreamT, ...]:
    if len({_target(stream) for stream in streams}) < len(streams):
        raise ValueError("must not name the same StreamId or StreamUrl twice")
    return streams


class ExPara(WireRequest):
    """Carry one extension parameter agreed with ZEGO."""

    key: Annotated[str, Field(min_length=1)]
    value: str


class StartAutoMix(WireRequest):
    """Start a mix of a room's audio, or update the running mix of the same `task_id`.

    On a running mix only `user_data` (base64 text, at most 4000 bytes) and `sound_level` take effect.
    `recv_buffer_level` is in milliseconds.
    """

    task_id: fields.TaskId
    user_id: fields.UserId
    room_id: fields.RoomId
    extra_mix_input: (
        Annotated[tuple[ExtraMixInput, ...], Field(max_length=9), AfterValidator(_without_repeats)] | None
    ) = None
    mix_output: Annotated[tuple[MixOutput, ...], Field(min_length=1, max_length=3), AfterValidator(_without_repeats)]
    sequence: fields.Sequence | None = None
    user_data: Annotated[fields.UserData | None, Field(repr=False)] = None
    sound_level: Switch | None = None
    by_pass: Switch | None = None
    sound_channel: SoundChannel | None = None
    alignment_type: AlignmentType | None = None
    recv_buffer_level: fields.RecvBufferLevel | None = None
    ex_para: tuple[ExPara, ...] | None = None

    @model_validator(mode="after")
    def _mixes_nothing_into_itself(self) -> Self:
        outputs = {_target(output) for output in self.mix_output}
        if any(_target(added) in outputs for added in self._added()):
            raise ValueError("an output of MixOutput must not be one of the inputs that ExtraMixInput adds")
        return self

    @model_validator(mode="after")
    def _numbers_what_it_reports(self) -> Self:
        if self.sound_level is Switch.ON and any(added.sound_level_id is None for added in self._added()):
            raise ValueError("SoundLevelId must be given for each input that is added while SoundLevel is on")
        return self

    def _added(self) -> Iterator[ExtraMixInput]:
        return (extra for extra in self.extra_mix_input or () if extra.modify_type is not ModifyType.REMOVE)


_Id = Annotated[str, Field(min_length=1)]


class StopAutoMix(WireRequest):
    """Stop a mix; `user_id` is the starter's, required where ZEGO enforces ownership.

    The identifiers are not held to a start's limits: whatever was able to start must be able to stop.
    """

    task_id: _Id
    room_id: _Id
    sequence: fields.Sequence | None = None
    user_id: _Id | None = None


def _readable_int(value: object) -> int | None:
    try:
        return int(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


# A number that cannot be read must not turn a call that succeeded into one that failed.
Number = Annotated[int | None, BeforeValidator(_readable_int)]


class WireAnswer(_Wire, extra="ignore", coerce_numbers_to_str=True):
    """Read what ZEGO answered: null counts as absent, numbers may be strings and strings numbers."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: object) -> object:
        return {k: v for k, v in data.items() if v is not None} if isinstance(data, Mapping) else data


class Envelope(WireAnswer):
    """Hold what every answer has (ZEGO: Calling APIs page); `code` 0 is success."""

    code: int
    message: str = ""
    request_id: str = ""
    data: object = None


class Result(WireAnswer):
    """Hold the data of a call that succeeded and the id by which ZEGO's support finds it."""

    request_id: str = ""


class PlayInfo(WireAnswer):
    """Say where one output is played; the addresses are filled for CDN outputs only, `status` is undocumented."""

    stream_id: str = ""
    rtmp: str = Field(default="", alias="RTMP")
    hls: str = Field(default="", alias="HLS")
    flv: str = Field(default="", alias="FLV")
    status: Number = None
    user_name: str = ""


class StartResult(Result):
    """Hold StartAutoMix's answer; `sequence` is None where ZEGO sent none."""

    user_id: str = ""
    sequence: Number = None
    room_id: str = ""
    play_info: tuple[PlayInfo, ...] = ()


class StopResult(Result):
    """Hold StopAutoMix's answer, which has no data."""


class TaskInfo(WireAnswer):
    """Describe a running task; `mix_duration` is its age in seconds, None where ZEGO sent none."""

    task_id: str = ""
    mix_duration: Number = None


class TaskInfoResult(Result):
    """Hold GetMixTaskInfo's answer."""

    task_info: TaskInfo = TaskInfo()


class UserCount(WireAnswer):
    """Count a room's users; `user_count` includes the `admin_user_count` that record or moderate."""

    room_id: str = ""
    user_count: Number = None
    admin_user_count: Number = None


class UserNumResult(Result):
    """Hold DescribeUserNum's answer."""

    user_count_list: tuple[UserCount, ...] = ()
