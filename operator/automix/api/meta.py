"""What all kinds share: the group, object metadata, conditions, and the names of annotations and finalizers."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

GROUP = "automix.zego.im"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

FINALIZER = f"{GROUP}/mix"
APP_FINALIZER = f"{GROUP}/app"
CLAIM_ANNOTATION = f"{GROUP}/claim"
RECONCILE_ANNOTATION = f"{GROUP}/reconcile-requested-at"
RESTART_ANNOTATION = f"{GROUP}/restart-requested-at"


def rfc3339(moment: datetime) -> str:
    """Return the moment as Kubernetes writes it: RFC 3339, UTC, whole seconds."""
    return moment.isoformat(timespec="seconds")[:19] + "Z"


STORED = {"stored": True}
"""Marks validation of what the API server has let in already."""

Timestamp = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]


class Model(BaseModel):
    """A part of a custom resource: camelCase on the wire, unknown fields ignored, never changed in place."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
        frozen=True,
        # What users write may be private; an error names the field and not its value.
        hide_input_in_errors=True,
    )

    @classmethod
    def from_stored(cls, body: Mapping[str, Any]) -> Self:
        """Read what the API server stores; raises ValidationError.

        It may be older than a rule, and then it must still be possible to say what is wrong with it, and to delete it.
        """
        return cls.model_validate(body, context=STORED)


_READ = frozenset({CLAIM_ANNOTATION, RECONCILE_ANNOTATION, RESTART_ANNOTATION})
OTHERS = ""
"""Stands among annotations for all that are not ours; no real one has this name."""


def _ours(annotations: dict[str, str]) -> dict[str, str]:
    """Leave out what nothing here reads: kubectl's alone repeats the whole object, and others may have 256 KiB."""
    ours = {name: value for name, value in annotations.items() if name in _READ}
    return ours if len(ours) == len(annotations) else {**ours, OTHERS: ""}


class ObjectMeta(Model):
    """The part of Kubernetes' object metadata that planning needs."""

    name: str
    namespace: str = ""
    uid: str
    resource_version: str = ""
    generation: int = 1
    creation_timestamp: Timestamp | None = None
    deletion_timestamp: Timestamp | None = None
    finalizers: tuple[str, ...] = ()
    annotations: Annotated[dict[str, str], AfterValidator(_ours)] = Field(default_factory=dict)
    """Ours, and one without a name if there are others."""
    vanished: bool = False
    """Whether the API server has it no more, which only we know."""

    @property
    def terminating(self) -> bool:
        """Whether someone asked for the object's deletion."""
        return self.deletion_timestamp is not None


class ConditionType(StrEnum):
    """The condition types of all kinds: KEDA's pair, kstatus' pair, and the app's words on drift and on its like."""

    READY = "Ready"
    ACTIVE = "Active"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    DRIFT_VERIFIED = "DriftVerified"
    APP_ID_SHARED = "AppIdShared"


class ConditionStatus(StrEnum):
    """Kubernetes' three values of a condition."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(Model):
    """One aspect of the object's state, in Kubernetes' standard shape."""

    type: ConditionType
    """Name of the aspect."""
    status: ConditionStatus
    """True, False or Unknown."""
    observed_generation: int = Field(default=0, ge=0)
    """The generation of the object that this condition was computed from."""
    last_transition_time: Timestamp
    """When the status of this condition last changed."""
    reason: str = Field(min_length=1, max_length=1024, pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
    """One CamelCase word for the cause; the reference page lists all of them."""
    message: str = Field(max_length=32768)
    """A sentence for people: what is the matter and what to do."""
