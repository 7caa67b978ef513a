"""AutoMix: the declared audio mix of one ZEGO room. Field names are ZEGO's own, in lowerCamelCase."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import ConfigDict, Field

from automix.api.meta import Condition, Model, ObjectMeta, Timestamp
from automix.api.schema import immutable, map_list, rule, rules, stored

STREAM_ID = r"^[A-Za-z0-9_-]+$"
# ZEGO's client SDK: the characters of room and user ids (# is the one that task ids lack).
ROOM_ID = r"^[A-Za-z0-9~!@#$%^&*()_+=\-`;',.<>\\]+$"
TASK_ID = r"^[A-Za-z0-9~!@$%^&*()_+=\-`;',.<>/\\]+$"
DURATION = r"^([0-9]+(s|m|h))+$"
DNS_NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"

EXACTLY_ONE_STREAM = rules(
    rule("has(self.streamId) != has(self.streamUrl)", "exactly one of streamId and streamUrl must be set")
)


class AudioCodec(StrEnum):
    """Codec and sample rate of an output (44.1 kHz, OPUS 48 kHz)."""

    HE_AAC = "HE-AAC"
    AAC_LC = "AAC-LC"
    MP3 = "MP3"
    OPUS = "OPUS"


class SoundChannel(StrEnum):
    """Number of audio channels."""

    MONO = "Mono"
    STEREO = "Stereo"


class ModifyType(StrEnum):
    """Whether an extra input is added to the mix or taken out of it."""

    ADD = "Add"
    REMOVE = "Remove"


class AlignmentType(StrEnum):
    """Which streams are aligned by network time before they are mixed."""

    NONE = "None"
    CHOSEN = "Chosen"
    ALL = "All"


class AppRef(Model):
    """A reference to the app whose credentials start the mix."""

    kind: Literal["ClusterZegoApp", "ZegoApp"] = stored("ClusterZegoApp")
    """ClusterZegoApp, or a ZegoApp of the AutoMix's own namespace."""
    name: str = stored("default", min_length=1, max_length=253, pattern=DNS_NAME)
    """Name of the app object."""


class MixOutput(Model):
    """One output of the mix (ZEGO: MixOutput). Every field is fixed while the mix runs."""

    model_config = ConfigDict(json_schema_extra=EXACTLY_ONE_STREAM)

    stream_id: str | None = Field(default=None, min_length=1, max_length=256, pattern=STREAM_ID)
    """RTC stream that listeners play: digits, letters, '-' and '_' (ZEGO: StreamId). Either this or streamUrl."""
    stream_url: str | None = Field(default=None, min_length=8, max_length=1023, pattern=r"^rtmp://.+$")
    """CDN address that the mix is pushed to; rtmp:// only (ZEGO: StreamUrl). Either this or streamId."""
    audio_codec: AudioCodec = AudioCodec.HE_AAC
    """Codec; ZEGO's default is HE-AAC (ZEGO: AudioCodec)."""
    audio_bitrate: int = Field(default=48000, ge=1, le=192000)
    """Bits per second; ZEGO's default is 48000 (ZEGO: AudioBitrate)."""
    sound_channel: SoundChannel | None = None
    """Channels of this output; when absent, the soundChannel of the mix applies (ZEGO: SoundChannel)."""


class ExtraMixInput(Model):
    """A stream of another room to add, or a stream of this room to leave out (ZEGO: ExtraMixInput)."""

    model_config = ConfigDict(json_schema_extra=EXACTLY_ONE_STREAM)

    stream_id: str | None = Field(default=None, min_length=1, max_length=256, pattern=STREAM_ID)
    """RTC stream: digits, letters, '-' and '_' (ZEGO: StreamId). Either this or streamUrl."""
    stream_url: str | None = Field(default=None, min_length=8, max_length=1023, pattern=r"^(rtmp|http|https)://.+$")
    """RTMP or HTTP-FLV address of the input (ZEGO: StreamUrl). Either this or streamId."""
    modify_type: ModifyType = ModifyType.ADD
    """Add the stream to the mix or Remove it from it; Add is ZEGO's default (ZEGO: ModifyType)."""
    sound_level_id: int | None = Field(default=None, ge=0, le=4294967295)
    """Number of this input in the sound level report; needed when soundLevel is on (ZEGO: SoundLevelId)."""
    volume: int = Field(default=100, ge=0, le=200)
    """Volume of the input in percent, 0 to 200; ZEGO's default is 100 (ZEGO: Volume)."""


class ExPara(Model):
    """One extension parameter that ZEGO's support named to you (ZEGO: ExPara)."""

    key: str = Field(min_length=1, max_length=256)
    """Name of the parameter (ZEGO: Key)."""
    value: str = Field(max_length=4096)
    """Its value (ZEGO: Value)."""


class DeletionPolicy(StrEnum):
    """What happens to the running mix when the object is deleted."""

    DELETE = "Delete"
    ORPHAN = "Orphan"


class UpdatePolicy(StrEnum):
    """What a change may do to a running mix."""

    IN_PLACE_OR_RECREATE = "InPlaceOrRecreate"
    MANUAL = "Manual"


class RestartPolicy(StrEnum):
    """What happens when the mix ended on ZEGO's side."""

    ALWAYS = "Always"
    NEVER = "Never"


class AdoptionPolicy(StrEnum):
    """What happens to a mix under this task id that this object did not start."""

    KEEP = "Keep"
    REPLACE = "Replace"
    REFUSE = "Refuse"


class TaskIdentity(Model):
    """What tells ZEGO which task is meant. Immutable, so that Stop follows from the spec, record or no record."""

    room_id: str = Field(min_length=1, max_length=128, pattern=ROOM_ID)
    """Room whose audio streams are mixed (ZEGO: RoomId). Immutable."""
    app_ref: AppRef = stored(AppRef())
    """Whose credentials start the mix; default ClusterZegoApp "default". Immutable."""
    task_id: str | None = Field(default=None, min_length=1, max_length=256, pattern=TASK_ID)
    """Task at ZEGO; default is the roomId, since a room has one auto mix (ZEGO: TaskId). Immutable."""
    user_id: str | None = Field(default=None, min_length=1, max_length=32, pattern=ROOM_ID)
    """User in whose name the task runs; default is made from the task id, one for one (ZEGO: UserId). Immutable."""


class MixDeclaration(Model):
    """What ZEGO mixes and how: the fields of StartAutoMix. Defaults are ZEGO's and are not sent."""

    mix_output: tuple[MixOutput, ...] = Field(min_length=1, max_length=3)
    """Where the mix goes, one to three outputs (ZEGO: MixOutput). A change restarts the mix: a short audible gap."""
    extra_mix_input: tuple[ExtraMixInput, ...] = Field(default=(), max_length=9)
    """Streams to add or to leave out, at most nine (ZEGO: ExtraMixInput). A change restarts the mix."""
    user_data: str | None = Field(default=None, max_length=3000)
    """Text for the listeners' players, sent as SEI; at most 4000 bytes in base64 (ZEGO: UserData). In place."""
    binary_user_data: str | None = Field(default=None, max_length=4000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")
    """The same as bytes in base64, as a ConfigMap has binaryData (ZEGO: UserData). In place."""
    sound_level: bool = False
    """Report the inputs' sound levels to the listeners; ZEGO's default is off (ZEGO: SoundLevel). In place."""
    by_pass: bool = False
    """Pass a single input through without encoding it again; support must enable it (ZEGO: ByPass). Restarts."""
    sound_channel: SoundChannel = SoundChannel.MONO
    """Channels of the outputs that do not say their own; ZEGO's default is Mono (ZEGO: SoundChannel). Restarts."""
    alignment_type: AlignmentType = AlignmentType.NONE
    """Align streams by network time, for karaoke; ZEGO's default is None (ZEGO: AlignmentType). Restarts."""
    recv_buffer_level: int = Field(default=0, ge=0, le=4000)
    """Least buffer for the inputs in milliseconds, 0 to 4000; ZEGO's default is 0 (ZEGO: RecvBufferLevel). Restarts."""
    ex_para: tuple[ExPara, ...] = Field(default=(), max_length=32)
    """Extension parameters (ZEGO: ExPara). A change restarts the mix."""


class Policies(Model):
    """What the operator may do, and when."""

    suspend: bool = stored(default=False)
    """Leave the mix as it is and do nothing; deletion still works. Default false."""
    deletion_policy: DeletionPolicy = stored(DeletionPolicy.DELETE)
    """Delete stops the mix with the object, Orphan leaves it running. Default Delete."""
    update_policy: UpdatePolicy = stored(UpdatePolicy.IN_PLACE_OR_RECREATE)
    """InPlaceOrRecreate applies every change; Manual keeps audible ones waiting for the restart annotation."""
    restart_policy: RestartPolicy = stored(RestartPolicy.ALWAYS)
    """Whether a mix that ended on ZEGO's side is started again. Default Always."""
    adoption_policy: AdoptionPolicy = stored(AdoptionPolicy.KEEP)
    """What to do with a mix under this task id that this object did not start. Default Keep."""
    drift_check_interval: str = stored("10m", max_length=32, pattern=DURATION)
    """How often ZEGO is asked whether the mix still runs, such as 90s or 10m; at least 30s. Default 10m."""


class AutoMixSpec(Policies, MixDeclaration, TaskIdentity):
    """The audio mix wanted for one room."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            *(immutable(field) for field in ("roomId", "appRef", "taskId", "userId")),
            rule(
                "!has(self.userData) || !has(self.binaryUserData)",
                "at most one of userData and binaryUserData may be set",
            ),
        )
    )


class PlayInfo(Model):
    """Where one output can be played (ZEGO: PlayInfo)."""

    stream_id: str = ""
    """Stream to play through RTC."""
    rtmp: str = ""
    """RTMP play address, if the output goes to a CDN with such a domain."""
    hls: str = ""
    """HLS play address, likewise."""
    flv: str = ""
    """HTTP-FLV play address, likewise."""
    status: int | None = None
    """ZEGO's stream status; its values are not documented."""
    user_name: str = ""
    """ZEGO's user name of the stream."""


class Retry(Model):
    """The last failure and when the next try comes; absent when nothing failed."""

    attempts: int = Field(ge=1)
    """Failures in a row."""
    next_attempt_time: Timestamp | None = None
    """When the next try comes; absent when only a change by a person helps."""
    reason: str = Field(default="ZegoFailed", min_length=1, max_length=64)
    """The reason that the conditions give while it is waited for."""
    code: int | None = None
    """ZEGO's return code; absent when no answer came."""
    message: str = Field(default="", max_length=1024)
    """ZEGO's message, or what went wrong."""
    request_id: str = ""
    """ZEGO's request id, for its support."""


class AutoMixStatus(Model):
    """What the operator did and saw; written by the operator alone."""

    observed_generation: int = -1
    """The last generation that was acted on; -1 before the first."""
    conditions: tuple[Condition, ...] = Field(default=(), json_schema_extra=map_list("type"))
    """Ready: done what this object asks for. Active: a mix runs at ZEGO. Reconciling, Stalled: only while True."""
    task_id: str = ""
    """The task at ZEGO."""
    user_id: str = ""
    """The user in whose name the task runs."""
    sequence: int = Field(default=0, ge=0)
    """Sequence of the last call that changed the mix; rises with every call."""
    applied: dict[str, str] = Field(default_factory=dict)
    """A fingerprint per spec field of what runs; a field that is absent runs with its default."""
    play_info: tuple[PlayInfo, ...] = ()
    """Where the mix can be played."""
    start_time: Timestamp | None = None
    """When the running mix was started, by ZEGO's clock; absent when none runs."""
    retry: Retry | None = None
    """The last failure and when the next try comes."""
    last_handled_reconcile_at: str = ""
    """The reconcile-requested-at annotation that was last obeyed."""
    last_handled_restart_at: str = ""
    """The restart-requested-at annotation that was last obeyed."""


class AutoMix(Model):
    """An AutoMix as the API server stores it."""

    metadata: ObjectMeta
    spec: AutoMixSpec
    status: AutoMixStatus = AutoMixStatus()

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.metadata.namespace, self.metadata.name


def status_to_json(status: AutoMixStatus) -> dict[str, Any]:
    """Return the status as the API server stores it: what is empty or unset is left out, but observedGeneration."""
    return status.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {
        "observedGeneration": status.observed_generation
    }
