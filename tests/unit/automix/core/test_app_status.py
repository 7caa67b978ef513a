"""The status of an app."""

from automix.api.meta import Condition
from automix.api.zegoapp import ZegoApp, ZegoAppStatus
from automix.core.app_status import app_status, sees_mixes
from builders import NOW, a_zego_app, at

APP = a_zego_app()


def _told(status: ZegoAppStatus) -> dict[str, tuple[str, str]]:
    return {c.type.value: (c.status.value, c.reason) for c in status.conditions}


def _ready(status: ZegoAppStatus) -> Condition:
    return next(condition for condition in status.conditions if condition.type == "Ready")


def _with(status: ZegoAppStatus) -> ZegoApp:
    return APP.model_copy(update={"status": status})


def test_an_app_whose_credentials_work_is_ready() -> None:
    status = app_status(APP, problem="", message="", verified=True, now=NOW)

    assert _told(status) == {"Ready": ("True", "CredentialsAccepted"), "DriftVerified": ("True", "MixSeen")}
    assert _ready(status).message == "ZEGO accepted a signed call."


def test_an_app_with_a_problem_says_which() -> None:
    status = app_status(APP, problem="SecretNotFound", message="Secret a is missing", verified=False, now=NOW)

    assert _told(status)["Ready"] == ("False", "SecretNotFound")
    assert _ready(status).message == "Secret a is missing"


def test_until_zegos_query_has_shown_a_mix_drift_is_unverified() -> None:
    status = app_status(APP, problem="", message="", verified=False, now=NOW)

    assert _told(status)["DriftVerified"] == ("False", "DriftUnverified")


def test_everything_carries_the_generation() -> None:
    app = APP.model_copy(update={"metadata": APP.metadata.model_copy(update={"generation": 4})})
    status = app_status(app, problem="", message="", verified=False, now=NOW)

    assert status.observed_generation == 4
    assert {condition.observed_generation for condition in status.conditions} == {4}


def test_the_transition_time_moves_only_with_the_status_so_that_an_unchanged_check_writes_nothing() -> None:
    first = app_status(APP, problem="", message="", verified=False, now=NOW)
    again = app_status(_with(first), problem="", message="", verified=False, now=NOW + 30)
    broken = app_status(_with(again), problem="CredentialsRejected", message="x", verified=False, now=NOW + 60)

    assert again == first
    assert _ready(broken).last_transition_time == at(60)


def test_what_was_seen_once_is_known_after_a_restart() -> None:
    assert sees_mixes(app_status(APP, problem="", message="", verified=True, now=NOW))
    assert not sees_mixes(app_status(APP, problem="", message="", verified=False, now=NOW))
    assert not sees_mixes(APP.status)
