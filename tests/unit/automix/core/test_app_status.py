"""The status of an app."""

from dataclasses import replace

from automix.api.meta import Condition, ConditionType
from automix.api.zegoapp import ZegoApp, ZegoAppStatus
from automix.core.app_status import APP_STATES, AppReason, Findings, app_status, sees_mixes
from builders import NOW, a_zego_app, at

APP = a_zego_app()
WORKS = Findings(accepted=True)
REFUSED = Findings(problem="SecretNotFound", message="Secret a is missing")


def _told(status: ZegoAppStatus) -> dict[str, tuple[str, str]]:
    return {c.type.value: (c.status.value, c.reason) for c in status.conditions}


def _condition(status: ZegoAppStatus, kind: str = "Ready") -> Condition:
    return next(condition for condition in status.conditions if condition.type == kind)


def _with(status: ZegoAppStatus) -> ZegoApp:
    return APP.model_copy(update={"status": status})


def test_an_app_whose_credentials_work_is_ready() -> None:
    status = app_status(APP, Findings(accepted=True, sees_mixes=True), NOW)

    assert _told(status) == {"Ready": ("True", "CredentialsAccepted"), "DriftVerified": ("True", "MixSeen")}
    assert _condition(status).message == "ZEGO accepted a signed call."


def test_an_app_with_a_problem_says_which() -> None:
    status = app_status(APP, REFUSED, NOW)

    assert _told(status)["Ready"] == ("False", "SecretNotFound")
    assert _condition(status).message == "Secret a is missing"


def test_until_zegos_query_has_shown_a_mix_drift_is_unverified() -> None:
    assert _told(app_status(APP, WORKS, NOW))["DriftVerified"] == ("False", "DriftUnverified")


def test_everything_carries_the_generation() -> None:
    app = APP.model_copy(update={"metadata": APP.metadata.model_copy(update={"generation": 4})})
    status = app_status(app, Findings(like=("ZegoApp a/b",)), NOW)

    assert status.observed_generation == 4
    assert [condition.observed_generation for condition in status.conditions] == [4, 4, 4]


def test_the_transition_time_moves_only_with_the_status_so_that_an_unchanged_check_writes_nothing() -> None:
    first = app_status(APP, WORKS, NOW)
    again = app_status(_with(first), WORKS, NOW + 30)
    broken = app_status(_with(again), REFUSED, NOW + 60)

    assert again == first
    assert _condition(broken).last_transition_time == at(60)


def test_what_was_seen_once_is_known_after_a_restart() -> None:
    assert sees_mixes(app_status(APP, Findings(sees_mixes=True), NOW))
    assert not sees_mixes(app_status(APP, Findings(), NOW))
    assert not sees_mixes(APP.status)


def test_when_zego_first_accepted_a_call_is_told_for_as_long_as_that_counts() -> None:
    assert app_status(APP, REFUSED, NOW).verified_time is None
    first = app_status(APP, WORKS, NOW)
    assert first.verified_time == at(0)
    assert app_status(_with(first), WORKS, NOW + 60).verified_time == at(0)
    assert app_status(_with(first), replace(REFUSED, accepted=True), NOW + 60).verified_time == at(0)
    assert app_status(_with(first), REFUSED, NOW + 60).verified_time is None


def test_an_app_that_is_being_deleted_names_who_still_uses_it() -> None:
    status = app_status(APP, Findings(accepted=True, waits_for=("b/lobby", "a/lobby")), NOW)

    assert _told(status)["Ready"] == ("False", "InUse")
    assert "the AutoMixes a/lobby, b/lobby; delete them" in _condition(status).message


def test_of_many_users_the_first_five_are_named() -> None:
    users = tuple(f"a/{number}" for number in range(8))
    assert "and 1 more; delete" in _condition(app_status(APP, Findings(waits_for=users[:6]), NOW)).message

    assert (
        "a/0, a/1, a/2, a/3, a/4 and 3 more; delete"
        in _condition(app_status(APP, Findings(waits_for=users), NOW)).message
    )
    assert "a/4; delete" in _condition(app_status(APP, Findings(waits_for=users[:5]), NOW)).message


def test_an_app_that_is_in_use_says_what_else_is_wrong() -> None:
    findings = Findings(problem=REFUSED.problem, message=REFUSED.message, waits_for=("a/lobby",))

    assert _condition(app_status(APP, findings, NOW)).message.endswith("it is not ready: Secret a is missing")
    working = Findings(accepted=True, waits_for=("a/lobby",))
    assert _condition(app_status(APP, working, NOW)).message.endswith(
        "still used by the AutoMixes a/lobby; delete them too."
    )


def test_an_app_id_in_two_objects_is_a_condition_that_goes_with_its_cause() -> None:
    shared = app_status(APP, Findings(accepted=True, like=("ZegoApp red/zego", "ClusterZegoApp default")), NOW)

    assert _told(shared)["AppIdShared"] == ("True", "SameAppId")
    said = _condition(shared, "AppIdShared").message
    assert "ClusterZegoApp default, ZegoApp red/zego: they share" in said
    assert "Keep one ClusterZegoApp" in said
    assert ConditionType.APP_ID_SHARED not in _told(app_status(_with(shared), WORKS, NOW))


def test_the_reasons_of_an_app_without_a_problem_are_as_the_reference_says() -> None:
    found = (
        Findings(accepted=True, sees_mixes=True, like=("ZegoApp a/b",)),
        Findings(accepted=True, waits_for=("a/b",)),
        WORKS,
    )
    told = {c.reason: (c.type, c.status) for each in found for c in app_status(APP, each, NOW).conditions}

    assert told == {
        reason: (APP_STATES[AppReason(reason)].condition, APP_STATES[AppReason(reason)].status) for reason in told
    }
    assert len(told) == 5


def test_the_reasons_are_those_of_the_reference_which_alerts_are_made_of() -> None:
    assert set(APP_STATES) == {
        "CredentialsAccepted",
        "SecretNotFound",
        "SecretForbidden",
        "SecretKeyNotFound",
        "SecretKeyInvalid",
        "SecretKeyEmpty",
        "SecretUnreadable",
        "EndpointInvalid",
        "InUse",
        "MixSeen",
        "DriftUnverified",
        "SameAppId",
    }
