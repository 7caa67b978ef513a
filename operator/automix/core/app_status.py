"""The status of an app object: whether its credentials work, and whether drift can be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    IN_USE = "InUse"
    MIX_SEEN = "MixSeen"
    DRIFT_UNVERIFIED = "DriftUnverified"
    SAME_APP_ID = "SameAppId"


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
    ConditionType.APP_ID_SHARED: Aspect(
        "Other app objects have the same AppId, environment and address, and credentials that work.",
        "The condition is absent.",
    ),
}

_READY, _DRIFT, _SHARED = ConditionType.READY, ConditionType.DRIFT_VERIFIED, ConditionType.APP_ID_SHARED
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
    AppReason.IN_USE: AppState(
        _READY,
        _FALSE,
        "The app object is being deleted, and mixes that may run are stopped with its credentials first.",
        "Delete the AutoMixes that the message names, or create them anew with another `appRef`.",
    ),
    AppReason.MIX_SEEN: AppState(_DRIFT, _TRUE, "ZEGO's query shows the mixes of this app.", "Nothing."),
    AppReason.DRIFT_UNVERIFIED: AppState(
        _DRIFT,
        _FALSE,
        "ZEGO's query has not shown a mix of this app yet, so that its silence proves nothing.",
        "Nothing: the first mix that is seen to run settles it.",
    ),
    AppReason.SAME_APP_ID: AppState(
        _SHARED,
        _TRUE,
        "ZEGO takes the objects that the message names for one app: they share its calls, at the lower of their "
        "`limits`, and a room has one mix among them.",
        "Keep one ClusterZegoApp for all of them, or give each an AppId of its own. Their mixes work as it is.",
    ),
}

_MAX_NAMES = 5


@dataclass(frozen=True)
class Findings:
    """What there is to say of an app."""

    problem: str = ""
    """The reason why it is not ready; empty when it is."""
    message: str = ""
    sees_mixes: bool = False
    """Whether ZEGO's query has ever shown a mix of it."""
    accepted: bool = False
    """Whether ZEGO has ever accepted a call of it, at the address that it leads to."""
    waits_for: tuple[str, ...] = ()
    """The AutoMixes that keep it from being deleted, as namespace/name."""
    like: tuple[str, ...] = ()
    """The other app objects for the same app at ZEGO."""


def sees_mixes(status: ZegoAppStatus) -> bool:
    """Whether ZEGO's query has ever shown a mix of this app."""
    return any(c.type is ConditionType.DRIFT_VERIFIED and c.status is ConditionStatus.TRUE for c in status.conditions)


class _Told(NamedTuple):
    condition: ConditionType
    status: ConditionStatus
    reason: str
    message: str


def app_status(app: ZegoApp, findings: Findings, now: float) -> ZegoAppStatus:
    """Return the status of an app; `now` is in Unix seconds."""
    told = [_ready(findings), _drift(findings), *([_shared(findings)] if findings.like else [])]
    conditions = [
        Condition(
            type=kind,
            status=status,
            observed_generation=app.metadata.generation,
            last_transition_time=moment(now),
            reason=reason,
            message=message,
        )
        for kind, status, reason, message in told
    ]
    return ZegoAppStatus(
        observed_generation=app.metadata.generation,
        conditions=merged(app.status.conditions, conditions),
        verified_time=(app.status.verified_time or moment(now)) if findings.accepted else None,
    )


def _ready(findings: Findings) -> _Told:
    if findings.waits_for:
        besides = f" Besides, it is not ready: {findings.message}" if findings.problem else ""
        used = f"Being deleted, and still used by the AutoMixes {_named(findings.waits_for)}; delete them too."
        return _Told(_READY, _FALSE, AppReason.IN_USE, used + besides)
    if findings.problem:
        return _Told(_READY, _FALSE, findings.problem, findings.message)
    return _Told(_READY, _TRUE, AppReason.CREDENTIALS_ACCEPTED, "ZEGO accepted a signed call.")


def _drift(findings: Findings) -> _Told:
    if findings.sees_mixes:
        return _Told(_DRIFT, _TRUE, AppReason.MIX_SEEN, "ZEGO's query shows the mixes of this app.")
    message = "ZEGO's query has not shown a mix of this app yet; until then a mix that it does not show is left alone."
    return _Told(_DRIFT, _FALSE, AppReason.DRIFT_UNVERIFIED, message)


def _shared(findings: Findings) -> _Told:
    message = (
        f"The same AppId is in {_named(findings.like)}: they share ZEGO's limits and rooms. "
        "Keep one ClusterZegoApp for all of them, or give each an AppId of its own."
    )
    return _Told(_SHARED, _TRUE, AppReason.SAME_APP_ID, message)


def _named(names: tuple[str, ...]) -> str:
    """Return the first few of the names, and how many there are beside them."""
    first, more = sorted(names)[:_MAX_NAMES], len(names) - _MAX_NAMES
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")
