"""The status of an app object: whether its credentials work, and whether drift can be seen."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from automix.api.meta import Condition, ConditionStatus, ConditionType
from automix.api.zegoapp import ZegoApp, ZegoAppStatus
from automix.core.record import moment
from automix.core.states import Aspect
from automix.core.status import merged


class AppReason(StrEnum):
    """The reasons of an app's own; a call that failed adds that of the failure."""

    CREDENTIALS_ACCEPTED = "CredentialsAccepted"
    NOT_FOUND = "SecretNotFound"
    FORBIDDEN = "SecretForbidden"
    KEY_NOT_FOUND = "SecretKeyNotFound"
    KEY_INVALID = "SecretKeyInvalid"
    KEY_EMPTY = "SecretKeyEmpty"
    UNREADABLE = "SecretUnreadable"
    ENDPOINT_INVALID = "EndpointInvalid"
    MIX_SEEN = "MixSeen"
    DRIFT_UNVERIFIED = "DriftUnverified"


class AppState(NamedTuple):
    """What a reason of an app's own says, for the reference pages."""

    condition: ConditionType
    status: ConditionStatus
    meaning: str
    advice: str


APP_CONDITIONS: Mapping[ConditionType, Aspect] = {
    ConditionType.READY: Aspect(
        "ZEGO accepted a call that was signed with the app's credentials.",
        "ZEGO did not; or there is no ServerSecret to sign with, and this app's mixes wait with `CredentialsRejected`.",
    ),
    ConditionType.DRIFT_VERIFIED: Aspect(
        "ZEGO's query has shown a mix of this app: one that it does not show any more has ended.",
        "It has not yet: a mix that it does not show is left alone.",
    ),
}

_READY, _DRIFT = ConditionType.READY, ConditionType.DRIFT_VERIFIED
_TRUE, _FALSE = ConditionStatus.TRUE, ConditionStatus.FALSE

APP_STATES: Mapping[AppReason, AppState] = {
    AppReason.CREDENTIALS_ACCEPTED: AppState(_READY, _TRUE, "ZEGO accepted a signed call.", "Nothing."),
    AppReason.NOT_FOUND: AppState(
        _READY, _FALSE, "The Secret does not exist.", "Create it; it is looked for again by itself."
    ),
    AppReason.FORBIDDEN: AppState(
        _READY, _FALSE, "The operator may not read the Secret.", "Allow it in the chart's values or in RBAC."
    ),
    AppReason.KEY_NOT_FOUND: AppState(
        _READY, _FALSE, "The Secret lacks the key.", "Add the key, or name the right one."
    ),
    AppReason.KEY_INVALID: AppState(
        _READY, _FALSE, "The key's value is no text.", "Store the plain secret, encoded no more than `kubectl` does."
    ),
    AppReason.KEY_EMPTY: AppState(_READY, _FALSE, "The key's value is empty.", "Put the secret there."),
    AppReason.UNREADABLE: AppState(
        _READY, _FALSE, "Reading the Secret failed.", "Nothing at first: it is tried again by itself."
    ),
    AppReason.ENDPOINT_INVALID: AppState(
        _READY, _FALSE, "The endpoint is no address of a server.", "Correct it, or leave it out to call ZEGO."
    ),
    AppReason.MIX_SEEN: AppState(_DRIFT, _TRUE, "ZEGO's query shows the mixes of this app.", "Nothing."),
    AppReason.DRIFT_UNVERIFIED: AppState(
        _DRIFT,
        _FALSE,
        "ZEGO's query has not shown a mix of this app yet, so that its silence proves nothing.",
        "Nothing: the first mix that is seen to run settles it.",
    ),
}


def sees_mixes(status: ZegoAppStatus) -> bool:
    """Whether ZEGO's query has ever shown a mix of this app."""
    return any(c.type is ConditionType.DRIFT_VERIFIED and c.status is ConditionStatus.TRUE for c in status.conditions)


def app_status(app: ZegoApp, *, problem: str, message: str, verified: bool, now: float) -> ZegoAppStatus:
    """Return the status of an app; `problem` is the reason why it is not ready, empty when it is."""
    ready = _condition(
        ConditionType.READY,
        app,
        value=not problem,
        reason=problem or AppReason.CREDENTIALS_ACCEPTED,
        message=message or "ZEGO accepted a signed call.",
        now=now,
    )
    drift = _condition(
        ConditionType.DRIFT_VERIFIED,
        app,
        value=verified,
        reason=AppReason.MIX_SEEN if verified else AppReason.DRIFT_UNVERIFIED,
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
