"""The status of an app object: whether its credentials work, and whether drift can be seen."""

from automix.api.meta import Condition, ConditionStatus, ConditionType
from automix.api.zegoapp import ZegoApp, ZegoAppStatus
from automix.core.record import moment
from automix.core.status import merged


def sees_mixes(status: ZegoAppStatus) -> bool:
    """Whether ZEGO's query has ever shown a mix of this app."""
    return any(c.type is ConditionType.DRIFT_VERIFIED and c.status is ConditionStatus.TRUE for c in status.conditions)


def app_status(app: ZegoApp, *, problem: str, message: str, verified: bool, now: float) -> ZegoAppStatus:
    """Return the status of an app; `problem` is the reason why it is not ready, empty when it is."""
    ready = _condition(
        ConditionType.READY,
        app,
        value=not problem,
        reason=problem or "CredentialsAccepted",
        message=message or "ZEGO accepted a signed call.",
        now=now,
    )
    drift = _condition(
        ConditionType.DRIFT_VERIFIED,
        app,
        value=verified,
        reason="MixSeen" if verified else "DriftUnverified",
        message="ZEGO's query shows the mixes of this app."
        if verified
        else "ZEGO's query has not shown a mix of this app yet; until then a mix that it does not show is left alone.",
        now=now,
    )
    conditions = merged(app.status.conditions, (ready, drift))
    return ZegoAppStatus(observed_generation=app.metadata.generation, conditions=conditions)


def _condition(kind: ConditionType, app: ZegoApp, *, value: bool, reason: str, message: str, now: float) -> Condition:
    return Condition(
        type=kind,
        status=ConditionStatus.TRUE if value else ConditionStatus.FALSE,
        observed_generation=app.metadata.generation,
        last_transition_time=moment(now),
        reason=reason,
        message=message,
    )
