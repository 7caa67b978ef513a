"""AutoMix: the declared audio mix of one ZEGO room."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from automix.api.fields import Duration, Flag, ObjectName, RoomId, TaskId, UserId
from automix.api.meta import Condition, Model, ObjectMeta, Timestamp
from automix.api.mix import MixDeclaration
from automix.api.rules import immutable
from automix.api.schema import map_list, stored


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


class AppRef(Model):
    """A reference to the app whose credentials start the mix."""

    kind: Literal["ClusterZegoApp", "ZegoApp"] = stored("ClusterZegoApp")
    """ClusterZegoApp, or a ZegoApp of the AutoMix's own namespace. Default ClusterZegoApp."""
    name: ObjectName = stored("default")
    """Name of the app object. Default "default"."""


class TaskIdentity(Model):
    """What tells ZEGO which task is meant. Immutable, so that Stop follows from the spec, record or no record."""

    room_id: RoomId
    """Room whose audio streams are mixed: 1 to 128 letters, digits and punctuation, all in ASCII. Immutable.
    (ZEGO: RoomId)"""
    app_ref: AppRef = stored(AppRef())
    """Whose credentials start the mix. Default the ClusterZegoApp "default". Immutable."""
    task_id: TaskId | None = None
    """Task at ZEGO: 1 to 256 letters, digits and punctuation, all in ASCII, without http. Default the roomId, since a
    room has one auto mix; of a roomId with # or http a hash, see status.taskId. Immutable. (ZEGO: TaskId)"""
    user_id: UserId | None = None
    """User in whose name the task runs: 1 to 32 letters, digits and punctuation, all in ASCII, a different one for each
    task. Default made from the task id, one for one. Immutable. (ZEGO: UserId)"""


class Policies(Model):
    """What the operator may do, and when."""

    suspend: Flag = stored(default=False)
    """Whether the mix is left as it is and nothing is done; deletion still works. Default false."""
    deletion_policy: DeletionPolicy = stored(DeletionPolicy.DELETE)
    """Delete stops the mix with the object, Orphan leaves it running. Default Delete."""
    update_policy: UpdatePolicy = stored(UpdatePolicy.IN_PLACE_OR_RECREATE)
    """InPlaceOrRecreate applies every change; Manual keeps audible ones waiting for the restart annotation. Default
    InPlaceOrRecreate."""
    restart_policy: RestartPolicy = stored(RestartPolicy.ALWAYS)
    """Whether a mix that ended on ZEGO's side is started again. Default Always."""
    adoption_policy: AdoptionPolicy = stored(AdoptionPolicy.KEEP)
    """What to do with a mix under this task id that this object did not start. Default Keep."""
    drift_check_interval: Duration = stored("10m")
    """How often ZEGO is asked whether the mix still runs: hours, minutes and seconds, such as 90s or 1h30m; less than
    30s counts as 30s. Default 10m."""


class AutoMixSpec(Policies, MixDeclaration, TaskIdentity):
    """The audio mix wanted for one room."""

    RULES = (
        *(immutable(field) for field in ("roomId", "appRef", "taskId", "userId")),
        *MixDeclaration.RULES,
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

    attempts: int = Field(ge=0)
    """Failures in a row since the last change or wish; answers that say that ZEGO is busy are not counted."""
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
    outputs: tuple[str, ...] = ()
    """A hash per output of the running mix: no other AutoMix of the app may have them."""
    start_time: Timestamp | None = None
    """When the running mix was started, by ZEGO's clock; absent when none runs."""
    adopted_time: Timestamp | None = None
    """When a running mix was found that this object did not start; absent when it started what runs."""
    taken_over_time: Timestamp | None = None
    """When someone else was last seen to have started the mix anew, by ZEGO's clock."""
    endings: int = Field(default=0, ge=0)
    """How often in a row the mix ended soon after its start."""
    stop_failing_since: Timestamp | None = None
    """Since when the mix of an object that is being deleted could not be stopped."""
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
    status: AutoMixStatus = Field(default_factory=AutoMixStatus)  # pydantic would copy a default at each reading

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name; with the UID for one that vanished, as another one may have its name."""
        meta = self.metadata
        return meta.namespace, f"{meta.name}@{meta.uid}" if meta.vanished else meta.name


def status_to_json(status: AutoMixStatus) -> dict[str, Any]:
    """Return the status as the API server stores it: what is empty or unset is left out, but observedGeneration."""
    return status.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {
        "observedGeneration": status.observed_generation
    }
