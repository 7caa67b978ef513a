"""ZegoApp and ClusterZegoApp: an app at ZEGO and the Secret with its credentials. One spec, two kinds."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from automix.api.fields import HOST_AND_PORT, Flag, Number, ObjectName
from automix.api.meta import Condition, Model, ObjectMeta, Timestamp
from automix.api.rules import Checked, Rule, at_most_one_of, immutable, matching
from automix.api.schema import map_list, stored

ConfigKey = Annotated[
    str,
    Field(min_length=1, max_length=253),
    matching("[-._a-zA-Z0-9]*", "only a Secret's key is allowed: letters, digits, '-', '_' and '.'"),
]
Endpoint = Annotated[
    str,
    Field(max_length=256),
    matching(
        "https?://" + HOST_AND_PORT + "/?",
        "only http:// or https:// with a host is allowed, without user, path and query",
        private=True,
    ),
]


class Region(StrEnum):
    """ZEGO's server regions (ZEGO: Calling APIs); take the one nearest to the operator."""

    UNIFIED = "Unified"
    SHANGHAI = "Shanghai"
    HONG_KONG = "HongKong"
    FRANKFURT = "Frankfurt"
    CALIFORNIA = "California"
    MUMBAI = "Mumbai"
    SINGAPORE = "Singapore"


class SecretKeyRef(Model):
    """One key of a Secret."""

    name: ObjectName
    """Name of the Secret: in a ZegoApp's own namespace; for a ClusterZegoApp in the operator's."""
    key: ConfigKey
    """Key within the Secret."""


class CallLimits(Model):
    """Calls a second that the operator may make for this app; ZEGO allows 100 for each (ZEGO: API pages)."""

    start: Number = stored(90, ge=1, le=100)
    """StartAutoMix. Default 90."""
    stop: Number = stored(90, ge=1, le=100)
    """StopAutoMix. Default 90."""
    query: Number = stored(90, ge=1, le=100)
    """GetMixTaskInfo. Default 90."""


class LabelSelectorRequirement(Checked):
    """One expression of a label selector, as Kubernetes has it."""

    RULES = (
        Rule(
            "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            lambda wanted: (wanted.operator in {"In", "NotIn"}) == bool(wanted.values),
            "values must be given for In and NotIn, and for these alone",
        ),
    )

    key: str = Field(min_length=1, max_length=317)
    """Label key."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    """In, NotIn, Exists or DoesNotExist."""
    values: tuple[str, ...] = Field(default=(), max_length=64)
    """Values for In and NotIn, at most 64."""


class LabelSelector(Model):
    """Kubernetes' label selector; an empty one selects everything."""

    match_labels: dict[str, str] = Field(default_factory=dict)
    """Labels that must all be there."""
    match_expressions: tuple[LabelSelectorRequirement, ...] = Field(default=(), max_length=64)
    """Expressions that must all hold, at most 64."""


class ZegoAppSpec(Checked):
    """An app at ZEGO."""

    RULES = (immutable("appId"), immutable("isTest"), at_most_one_of("region", "endpoint"))

    app_id: Number = Field(ge=1, le=4294967295, json_schema_extra={"format": "int64"})
    """AppId of the project, 1 to 4294967295. Immutable. (ZEGO: AppId)"""
    is_test: Flag = stored(default=False)
    """Whether the project's test environment is used; projects made after 2021-11-16 have none. In it every stream id
    begins with zegotest-<AppId>-. Default false. Immutable. (ZEGO: IsTest)"""
    server_secret_ref: SecretKeyRef
    """The Secret key with the ServerSecret. (ZEGO: ServerSecret)"""
    callback_secret_ref: SecretKeyRef | None = None
    """The Secret key with the CallbackSecret, if ZEGO calls the operator back. (ZEGO: CallbackSecret)"""
    region: Region | None = None
    """Region whose server is called: the one nearest to the operator. Default Unified. Either this or endpoint."""
    endpoint: Endpoint | None = None
    """Address called in place of ZEGO's, such as a proxy or a simulator. Either this or region."""
    limits: CallLimits = stored(CallLimits())
    """Calls a second that the operator may make: in a bad second a ninth more, where ZEGO allows more than that."""


class ClusterZegoAppSpec(ZegoAppSpec):
    """An app at ZEGO for several namespaces."""

    namespace_selector: LabelSelector = stored(LabelSelector())
    """Namespaces whose AutoMixes may use this app; default all."""


class ZegoAppStatus(Model):
    """What the operator found out about the app."""

    observed_generation: int = -1
    """The last generation that was acted on; -1 before the first."""
    conditions: tuple[Condition, ...] = Field(default=(), json_schema_extra=map_list("type"))
    """Ready: a signed call was accepted. DriftVerified: ZEGO's query has shown a mix of this app. AppIdShared, only
    while True: another app object has the same AppId."""
    verified_time: Timestamp | None = None
    """When ZEGO first accepted a call with this app's credentials at its address; absent if it never has."""


class ZegoApp(Model):
    """A ZegoApp, or (without a namespace) a ClusterZegoApp, as the API server stores it."""

    kind: str
    metadata: ObjectMeta
    spec: ClusterZegoAppSpec
    status: ZegoAppStatus = ZegoAppStatus()

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, namespace (empty for the cluster's) and name."""
        return self.kind, self.metadata.namespace, self.metadata.name
