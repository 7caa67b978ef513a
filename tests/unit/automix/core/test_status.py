"""The status at the end of a pass."""

import pytest

from automix.api.automix import AutoMix, AutoMixStatus, Retry
from automix.api.meta import ConditionStatus
from automix.core.actions import Nothing, Wait
from automix.core.rules.running import RUNNING
from automix.core.states import STATES, Reason
from automix.core.status import ready_reason, status_after
from builders import NOW, a_retry, a_running_automix, a_spec, an_automix, at

RESTS_RUNNING = Wait(NOW + 60, Reason.RUNNING, RUNNING)


def conditions(status: AutoMixStatus) -> dict[str, str]:
    """Return the conditions as a reader of kubectl sees them."""
    return {condition.type.value: condition.status.value for condition in status.conditions}


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("mix", [an_automix(), a_running_automix()], ids=["none runs", "a mix runs"])
def test_conditions_follow_the_table_of_states(mix: AutoMix, reason: Reason) -> None:
    row = STATES[reason]
    seen = ConditionStatus.TRUE if mix.status.start_time else ConditionStatus.FALSE
    expected = {"Ready": row.ready.value, "Active": (row.active or seen).value}
    expected |= {"Reconciling": "True"} if row.reconciling else {}
    expected |= {"Stalled": "True"} if row.stalled else {}

    assert conditions(status_after(mix, Nothing(reason, "why"), NOW)) == expected


def test_every_condition_has_the_reason_the_message_and_the_generation() -> None:
    status = status_after(an_automix(generation=7), Nothing(Reason.CONFLICT, "AutoMix a/b has it"), NOW)

    told = {(c.reason, c.message, c.observed_generation) for c in status.conditions}
    assert told == {("Conflict", "AutoMix a/b has it", 7)}
    assert status.observed_generation == 7


def test_a_condition_that_is_no_longer_true_is_gone() -> None:
    before = status_after(an_automix(), Nothing(Reason.CONFLICT, "x"), NOW)
    after = status_after(an_automix(status=before), Nothing(Reason.SUSPENDED, "y"), NOW + 1)

    assert "Stalled" in conditions(before)
    assert conditions(after).keys() == {"Ready", "Active"}


def test_the_transition_time_moves_only_when_the_condition_changes_its_status() -> None:
    before = status_after(an_automix(), Nothing(Reason.ZEGO_UNREACHABLE, "no answer"), NOW)
    same = status_after(an_automix(status=before, generation=2), Nothing(Reason.THROTTLED, "too many"), NOW + 9)
    other = status_after(an_automix(status=same), Nothing(Reason.SUSPENDED, "suspended"), NOW + 20)

    assert {c.last_transition_time for c in same.conditions} == {at(0)}
    assert {c.type.value: c.last_transition_time for c in other.conditions} == {"Ready": at(20), "Active": at(0)}


def test_a_condition_that_comes_back_has_a_new_transition_time() -> None:
    stalled = status_after(an_automix(), Nothing(Reason.CONFLICT, "x"), NOW)
    mended = status_after(an_automix(status=stalled), Nothing(Reason.SUSPENDED, "y"), NOW + 5)
    again = status_after(an_automix(status=mended), Nothing(Reason.CONFLICT, "x"), NOW + 9)

    assert {c.last_transition_time for c in again.conditions if c.type == "Stalled"} == {at(9)}


def test_an_unchanged_pass_makes_the_same_status() -> None:
    before = status_after(a_running_automix(), RESTS_RUNNING, NOW)
    later = Wait(NOW + 999, Reason.RUNNING, RUNNING)

    assert status_after(a_running_automix().model_copy(update={"status": before}), later, NOW + 500) == before


def test_a_failure_that_is_waited_for_stays_in_the_record() -> None:
    failing = a_running_automix(status={"retry": a_retry()})

    assert status_after(failing, Wait(NOW + 60, Reason.ZEGO_UNREACHABLE), NOW).retry == a_retry()


def test_a_failure_that_another_version_named_stays_in_the_record_as_well() -> None:
    retry = a_retry().model_copy(update={"reason": "OfALaterVersion"})

    assert (
        status_after(a_running_automix(status={"retry": retry}), Wait(NOW + 60, Reason.ZEGO_FAILED), NOW).retry == retry
    )


@pytest.mark.parametrize("reason", [Reason.RUNNING, Reason.SUSPENDED, Reason.CONFLICT])
def test_a_failure_that_is_no_longer_waited_for_leaves_the_record(reason: Reason) -> None:
    failing = a_running_automix(status={"retry": a_retry()})

    assert status_after(failing, Nothing(reason), NOW).retry is None


def test_what_was_asked_for_is_acknowledged() -> None:
    mix = a_running_automix(a_spec(user_data="title"), ran=a_spec(), reconcile="now")
    status = status_after(mix, RESTS_RUNNING, NOW)

    assert (status.observed_generation, status.last_handled_reconcile_at) == (2, "now")


def test_the_record_of_what_runs_is_kept() -> None:
    mix = a_running_automix()
    status = status_after(mix, RESTS_RUNNING, NOW)

    assert (status.applied, status.sequence, status.start_time) == (
        mix.status.applied,
        mix.status.sequence,
        mix.status.start_time,
    )


def test_a_rest_without_a_reason_is_no_state() -> None:
    with pytest.raises(ValueError, match="a rest without a reason has no status"):
        status_after(an_automix(), Wait(NOW), NOW)


def test_the_reason_of_ready_is_empty_before_the_first_pass() -> None:
    assert ready_reason(an_automix().status) == ""
    assert ready_reason(status_after(an_automix(), Nothing(Reason.CONFLICT), NOW)) == "Conflict"


def test_the_reason_of_ready_is_its_own_wherever_it_stands() -> None:
    ready, active, stalled = status_after(an_automix(), Nothing(Reason.CONFLICT), NOW).conditions
    written = (active.model_copy(update={"reason": "ByHand"}), ready, stalled.model_copy(update={"reason": "ByHand"}))

    assert ready_reason(AutoMixStatus(conditions=written)) == "Conflict"


@pytest.mark.parametrize("retry", [None, a_retry()], ids=["nothing was tried", "a stop failed"])
def test_since_when_an_object_is_being_stopped_is_kept_while_it_is(retry: Retry | None) -> None:
    mix = a_running_automix(status={"retry": retry})
    first = status_after(mix, Nothing(Reason.STOPPING), NOW)
    again = status_after(mix.model_copy(update={"status": first}), Nothing(Reason.STOPPING), NOW + 60)

    assert first.stop_failing_since == again.stop_failing_since == at(0)
    assert first.retry == retry


def test_a_moment_to_come_since_when_a_stop_fails_is_of_a_clock_that_went_back() -> None:
    ahead = a_running_automix(status={"stop_failing_since": at(3600)})

    assert status_after(ahead, Nothing(Reason.STOPPING), NOW).stop_failing_since == at(0)


def test_what_is_not_being_stopped_fails_since_never() -> None:
    stopping = a_running_automix(status={"stop_failing_since": at(-60)})

    assert status_after(stopping, RESTS_RUNNING, NOW).stop_failing_since is None


def test_who_left_took_the_mix_along_so_that_its_ends_are_no_sign() -> None:
    kept_ending = a_running_automix(status={"endings": 3, "start_time": None})

    assert status_after(kept_ending, Nothing(Reason.WAITING_FOR_ROOM), NOW).endings == 0
    assert status_after(kept_ending, Nothing(Reason.MIX_KEEPS_ENDING), NOW).endings == 3
