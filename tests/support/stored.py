"""Objects in every state, as the API server would store them, and what Argo CD has to say of each."""

import re
from typing import Any, NamedTuple

from automix.api.automix import AutoMix
from automix.api.meta import API_VERSION
from automix.api.zegoapp import ZegoApp
from automix.core.actions import Nothing
from automix.core.app_status import APP_STATES, AppReason, Findings, app_status
from automix.core.states import EXPLANATIONS, VIEWS, Health, Reason
from automix.core.status import status_after
from automix.reference.states import reasons_of_a_query
from builders import NOW, a_running_automix, a_spec, a_zego_app, an_automix, at

Json = dict[str, Any]

READY = "Ready"
NOT_SEEN = "Waiting for the operator"
CHANGED = "Waiting for the operator to see the last change"
DELETED = "Being deleted"


class Case(NamedTuple):
    """An object, and what Argo CD has to say of it."""

    stored: Json
    health: Health
    message: str


def mixes() -> dict[str, Case]:
    """Return an AutoMix of each state and of what comes between states, by a name for its file."""
    running = a_mix(Reason.RUNNING)
    new = document("AutoMix", an_automix())
    new["status"] = {"observedGeneration": -1}
    return {
        **{kebab(reason): _case(a_mix(reason), view.argo_cd) for reason, view in VIEWS.items()},
        "new": Case(new, Health.PROGRESSING, NOT_SEEN),
        "changed": Case(changed(running), Health.PROGRESSING, CHANGED),
        "deleted": Case(deleted(running), Health.PROGRESSING, DELETED),
    }


def a_mix(reason: Reason) -> Json:
    """Return an AutoMix in a state."""
    spec = a_spec(suspend=reason is Reason.SUSPENDED)
    metadata: Json = {"deletion_timestamp": at(-1)} if reason is Reason.STOPPING else {}
    mix = a_running_automix(spec, **metadata)
    status = status_after(mix, Nothing(reason, EXPLANATIONS[reason].meaning), NOW)
    return document("AutoMix", mix.model_copy(update={"status": status}))


def apps(kind: str) -> dict[str, Case]:
    """Return an app of each reason of its condition Ready, by a name for its file."""
    # The reason, what is said of it, and the health.
    told = {reason: (EXPLANATIONS[reason].meaning, VIEWS[reason].argo_cd) for reason in reasons_of_a_query()} | {
        reason: (state.meaning, _health_of_an_app(reason))
        for reason, state in APP_STATES.items()
        if state.condition == READY
    }
    cases = {kebab(reason): _case(_an_app(kind, reason, said), health) for reason, (said, health) in told.items()}
    accepted = cases[kebab(AppReason.CREDENTIALS_ACCEPTED)].stored
    new = document(kind, a_zego_app(kind=kind))
    new["status"] = {"observedGeneration": -1}
    return {
        **cases,
        "new": Case(new, Health.PROGRESSING, NOT_SEEN),
        "changed": Case(changed(accepted), Health.PROGRESSING, CHANGED),
        "deleted": Case(deleted(accepted), Health.PROGRESSING, DELETED),
    }


def _health_of_an_app(reason: AppReason) -> Health:
    match reason:
        case AppReason.CREDENTIALS_ACCEPTED:
            return Health.HEALTHY
        case AppReason.UNREADABLE | AppReason.IN_USE:
            return Health.PROGRESSING
        case _:
            return Health.DEGRADED


def _an_app(kind: str, reason: str, message: str) -> Json:
    app = a_zego_app(kind=kind)
    findings = Findings(problem=reason, message=message)
    if reason == AppReason.IN_USE:
        findings = Findings(waits_for=("default/mix",))
    if reason == AppReason.CREDENTIALS_ACCEPTED:
        findings = Findings(accepted=True, sees_mixes=True)
    made = document(kind, app.model_copy(update={"status": app_status(app, findings, NOW)}))
    return deleted(made) if reason == AppReason.IN_USE else made


def _case(stored: Json, health: Health) -> Case:
    (ready,) = (one for one in stored["status"]["conditions"] if one["type"] == READY)
    return Case(stored, health, f"{ready['reason']}: {ready['message']}")


def changed(stored: Json) -> Json:
    """Return the object with a spec that the operator has not seen."""
    return {**stored, "metadata": {**stored["metadata"], "generation": stored["metadata"]["generation"] + 1}}


def deleted(stored: Json) -> Json:
    """Return the object as somebody asked for its deletion."""
    return {**stored, "metadata": {**stored["metadata"], "deletionTimestamp": "2025-10-09T08:53:19Z"}}


def document(kind: str, model: AutoMix | ZegoApp) -> Json:
    """Return an object as the API server stores it: what is empty is absent."""
    body = model.model_dump(by_alias=True, mode="json", exclude_none=True)
    body["metadata"].pop("vanished")
    kept: Json = _without_empty(body)
    return {"apiVersion": API_VERSION, "kind": kind} | kept


def kebab(reason: str) -> str:
    """Return a word in CamelCase as files are named."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", reason).lower()


def _without_empty(node: Any) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(node, dict):
        kept = {key: _without_empty(value) for key, value in node.items()}
        return {key: value for key, value in kept.items() if value not in ({}, [], "")}
    if isinstance(node, list):
        return [_without_empty(item) for item in node]
    return node
