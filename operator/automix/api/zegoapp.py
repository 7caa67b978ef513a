"""ZegoApp and ClusterZegoApp: an app at ZEGO and the Secret with its credentials. One spec, two kinds."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from automix.api.meta import Condition, Model, ObjectMeta
from automix.api.schema import immutable, map_list, rule, rules, stored


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

    name: str = Field(min_length=1, max_length=253)
    """Name of the Secret: in a ZegoApp's own namespace; for a ClusterZegoApp in the operator's."""
    key: str = Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")
    """Key within the Secret."""


class CallLimits(Model):
    """Calls a second that the operator may make for this app; ZEGO allows 100 for each (ZEGO: API pages)."""

    start: int = stored(90, ge=1, le=100)
    """StartAutoMix. Default 90."""
    stop: int = stored(90, ge=1, le=100)
    """StopAutoMix. Default 90."""
    query: int = stored(90, ge=1, le=100)
    """GetMixTaskInfo. Default 90."""


class LabelSelectorRequirement(Model):
    """One expression of a label selector, as Kubernetes has it."""

    key: str
    """Label key."""
    operator: str = Field(pattern=r"^(In|NotIn|Exists|DoesNotExist)$")
    """In, NotIn, Exists or DoesNotExist."""
    values: tuple[str, ...] = ()
    """Values for In and NotIn."""


class LabelSelector(Model):
    """Kubernetes' label selector; an empty one selects everything."""

    match_labels: dict[str, str] = Field(default_factory=dict)
    """Labels that must all be there."""
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()
    """Expressions that must all hold."""


class ZegoAppSpec(Model):
    """An app at ZEGO."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            immutable("appId"),
            immutable("isTest"),
            rule("!has(self.region) || !has(self.endpoint)", "at most one of region and endpoint may be set"),
        )
    )

    app_id: int = Field(ge=1, le=4294967295, json_schema_extra={"format": "int64"})
    """AppId of the project (ZEGO: AppId, uint32). Immutable."""
    is_test: bool = stored(default=False)
    """Use the project's test environment; projects made after 2021-11-16 have none (ZEGO: IsTest). Immutable."""
    server_secret_ref: SecretKeyRef
    """The Secret key with the ServerSecret (ZEGO: ServerSecret)."""
    callback_secret_ref: SecretKeyRef | None = None
    """The Secret key with the CallbackSecret, if ZEGO calls the operator back."""
    region: Region | None = None
    """Region whose server is called; default Unified. Either this or endpoint."""
    endpoint: str | None = Field(default=None, max_length=256, pattern=r"^https?://[^/?#@]+/?$")
    """Address called in place of ZEGO's, such as a proxy or a simulator. Either this or region."""
    limits: CallLimits = stored(CallLimits())
    """Calls a second that the operator may make."""


class ClusterZegoAppSpec(ZegoAppSpec):
    """An app at ZEGO for several namespaces."""

    namespace_selector: LabelSelector = stored(LabelSelector())
    """Namespaces whose AutoMixes may use this app; default all."""


class ZegoAppStatus(Model):
    """What the operator found out about the app."""

    observed_generation: int = -1
    """The last generation that was acted on; -1 before the first."""
    conditions: tuple[Condition, ...] = Field(default=(), json_schema_extra=map_list("type"))
    """Ready: a signed call was accepted. DriftVerified: ZEGO's query has shown a mix of this app."""


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
