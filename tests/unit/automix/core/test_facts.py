"""What follows from the facts by themselves."""

from typing import Any

import pytest

from automix.api.automix import AutoMix
from automix.core.actions import Replace, Start
from automix.core.claim import Claim
from automix.core.facts import AppFacts, Facts, People, Presence
from automix.core.schedule import FARTHEST, Timing
from automix.core.states import Reason
from builders import NOW, STARTED, a_claimed_automix, a_retry, a_running_automix, a_spec, an_automix, at, facts
from unit.automix.core.plans import ENDED, LEAVING, LOUDER, PLAIN, RENAMED, in_state


def _without_claim(mix: AutoMix) -> AutoMix:
    """Return the object as `kubectl replace` leaves it."""
    return an_automix(mix.spec, status=mix.status)


def _retrying(next_attempt: object) -> Facts:
    return facts(a_running_automix(status={"retry": a_retry(next_attempt_time=next_attempt)}))


def test_the_facts_of_an_object_that_nobody_knows_claim_nothing() -> None:
    """What is not told is not so: no rival, no call, no people, nothing seen."""
    known = Facts(an_automix(), NOW, AppFacts(), Timing())

    assert (known.rival, known.output_rival, known.app.message) == ("", "", "")
    said = (known.called, known.newly_met, known.stop_accepted, known.kind_is_going, known.app_changed, known.judged)
    assert not any((*said, known.app.sees_mixes))
    assert (known.last_sequence, known.looked_at, known.running_since, known.app.revision) == (0, 0, 0, 0)
    assert known.leaving_for == 0
    assert (known.age, known.last_age, known.claimed, known.app.problem) == (None, None, None, None)
    assert (known.presence, known.people) == (Presence.UNKNOWN, People.UNKNOWN)


def test_what_was_not_asked_is_told_apart_from_what_was_asked_in_vain() -> None:
    assert [*Presence] == ["Unknown", "Unanswered", "Absent", "Running"]
    assert [*People] == ["Unknown", "Unanswered", "Unanswerable", "Nobody", "Somebody"]


@pytest.mark.parametrize("effect", [Start("x"), Replace("x")], ids=["a start", "a replace"])
def test_a_claim_says_what_it_is_for_and_when(effect: Start | Replace) -> None:
    known = facts(a_running_automix(restart="now"), now=NOW + 7)
    replaces = isinstance(effect, Replace)

    assert known.claim_for(effect) == Claim(
        spec=PLAIN, restart="now", replace=replaces, sequence=int(STARTED), time=NOW + 7
    )


@pytest.mark.parametrize("effect", [Start("x"), Replace("x")], ids=["a start", "a replace"])
def test_a_claim_of_the_same_is_renewed_and_keeps_its_time(effect: Start | Replace) -> None:
    claim = Claim(spec=PLAIN, replace=True, sequence=int(NOW) - 90, over_another=True, time=NOW - 90)
    known = facts(a_claimed_automix(claim=claim))

    assert known.claim_for(effect) == claim.model_copy(update={"renewed": NOW})


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param(int(NOW) + 90, int(NOW) + 90, id="calls with higher ones were made since"),
        pytest.param(int(NOW) - 99, int(NOW) - 90, id="none is known"),
    ],
)
def test_a_renewed_claim_tells_the_highest_sequence_that_is_known(last: int, expected: int) -> None:
    """A clock that is set right leaves it ahead, and the record may not come."""
    known = facts(a_claimed_automix(claim=Claim(spec=PLAIN, sequence=int(NOW) - 90, time=NOW - 90)), last_sequence=last)

    assert known.claim_for(Start("x")).sequence == expected


def test_a_claim_for_a_start_is_not_one_for_a_replace() -> None:
    known = facts(a_claimed_automix(claim=Claim(spec=PLAIN, time=NOW - 90)))

    assert known.claim_for(Replace("x")) == Claim(spec=PLAIN, replace=True, over_another=True, time=NOW)


def test_a_claim_says_whether_calls_of_one_before_it_may_be_on_their_way() -> None:
    open_claim = Claim(spec="of another spec", sequence=int(NOW), time=NOW - 6)

    assert facts(a_running_automix(claim=open_claim)).claim_for(Replace("x")).over_another
    assert not facts(a_running_automix()).claim_for(Replace("x")).over_another


@pytest.mark.parametrize(
    ("recorded", "last", "floor"),
    [
        pytest.param(int(NOW) - 5, int(NOW) - 3, int(NOW) - 3, id="a call that was not recorded"),
        pytest.param(int(NOW) - 3, int(NOW) - 5, int(NOW) - 3, id="a record of another process"),
    ],
)
def test_a_claim_is_open_from_the_highest_sequence_that_is_known(recorded: int, last: int, floor: int) -> None:
    known = facts(a_running_automix(status={"sequence": recorded}), last_sequence=last)

    assert known.claim_for(Start("x")).sequence == floor


def test_a_claim_for_the_finalizer_alone_is_the_one_that_is_there() -> None:
    mark = Claim(spec="whatever", replace=True, sequence=7, time=NOW - 6)

    assert facts(a_running_automix(claim=mark)).claim_for(None) == mark


@pytest.mark.parametrize(
    ("mix", "claim"),
    [
        pytest.param(
            a_running_automix(status={"last_handled_restart_at": "before"}),
            Claim(spec=PLAIN, restart="before", sequence=int(STARTED) - 1, time=0),
            id="it runs as declared",
        ),
        pytest.param(
            a_running_automix(LOUDER, ran=a_spec()),
            Claim(spec="", sequence=int(STARTED) - 1, time=0),
            id="it runs otherwise: of which spec, only the status tells",
        ),
        pytest.param(
            a_running_automix(status={"adopted_time": at(-3)}),
            Claim(spec=PLAIN, sequence=-1, time=0),
            id="another's runs, and was never claimed",
        ),
    ],
)
def test_a_claim_that_was_lost_comes_back_closed_as_far_as_it_is_known(mix: AutoMix, claim: Claim) -> None:
    mark = facts(_without_claim(mix)).claim_for(None)
    assert mark == claim
    assert facts(a_claimed_automix(mix.spec, status=mix.status, claim=mark)).open_claim is None


def test_a_lost_claim_opens_when_the_status_is_lost_as_well_unless_it_was_never_made() -> None:
    for adopted, opens in ((None, True), (at(-3), False)):
        mark = facts(_without_claim(a_running_automix(status={"adopted_time": adopted}))).claim_for(None)
        assert (facts(a_claimed_automix(claim=mark)).open_claim is not None) is opens


@pytest.mark.parametrize(
    ("sequence", "is_open"),
    [
        pytest.param(int(STARTED) - 1, False, id="a call under it was recorded"),
        pytest.param(int(STARTED), True, id="nothing higher was recorded"),
        pytest.param(int(STARTED) + 1, True, id="what was recorded is older, as after a restore"),
    ],
)
def test_a_claim_is_open_until_a_call_under_it_is_recorded(sequence: int, is_open: bool) -> None:  # noqa: FBT001 -- a table's column
    mark = Claim(spec=PLAIN, sequence=sequence, time=NOW)

    assert facts(a_running_automix(claim=mark)).open_claim == (mark if is_open else None)


def test_what_was_never_claimed_has_no_open_claim() -> None:
    assert facts(an_automix()).open_claim is None


@pytest.mark.parametrize(
    ("mix", "recorded", "running", "adopted"),
    [
        pytest.param(an_automix(), False, False, False, id="nothing was started"),
        pytest.param(a_running_automix(), True, True, False, id="what we started runs"),
        pytest.param(a_running_automix(status=ENDED), True, False, False, id="it ended"),
        pytest.param(a_running_automix(status={"adopted_time": at(-3)}), True, True, True, id="another's runs"),
    ],
)
def test_the_record_tells_what_runs(mix: AutoMix, recorded: bool, running: bool, adopted: bool) -> None:  # noqa: FBT001 -- a table's columns
    known = facts(mix)

    assert (known.recorded, known.running, known.adopted) == (recorded, running, adopted)


def test_the_last_state_is_that_of_ready() -> None:
    assert facts(an_automix()).last_state == ""
    assert facts(in_state(Reason.CONFLICT, an_automix())).last_state == "Conflict"


def test_of_the_changes_the_audible_ones_are_told_apart() -> None:
    both = LOUDER.model_copy(update={"user_data": "title"})

    assert facts(a_running_automix(both, ran=a_spec())).changes == ("mixOutput", "userData")
    assert facts(a_running_automix(both, ran=a_spec())).audible_changes == ("mixOutput",)
    assert facts(a_running_automix(RENAMED, ran=a_spec())).audible_changes == ()


@pytest.mark.parametrize(
    ("mix", "restart", "reconcile"),
    [
        pytest.param(an_automix(), "", "", id="nobody asked"),
        pytest.param(an_automix(restart="a", reconcile="b"), "a", "b", id="somebody asked for both"),
        pytest.param(
            a_running_automix(restart="a", status={"last_handled_restart_at": "a"}), "", "", id="a restart was obeyed"
        ),
        pytest.param(
            a_running_automix(restart="b", status={"last_handled_restart_at": "a"}), "b", "", id="another is asked for"
        ),
        pytest.param(
            a_running_automix(reconcile="b", status={"last_handled_reconcile_at": "b"}), "", "", id="a look was obeyed"
        ),
        pytest.param(
            a_running_automix(reconcile="b", status={"last_handled_reconcile_at": "a"}), "", "b", id="another is"
        ),
        pytest.param(
            a_running_automix(restart="a", reconcile="b", **LEAVING), "", "b", id="what is deleted is not restarted"
        ),
    ],
)
def test_what_a_person_asked_for_is_asked_once(mix: AutoMix, restart: str, reconcile: str) -> None:
    assert (facts(mix).restart_request, facts(mix).reconcile_request) == (restart, reconcile)


@pytest.mark.parametrize(
    ("mix", "anew"),
    [
        pytest.param(a_claimed_automix(), False, id="nothing is asked for"),
        pytest.param(a_claimed_automix(reconcile="now"), True, id="a look that was not had"),
        pytest.param(a_claimed_automix(restart="now"), True, id="a restart that was not claimed"),
        pytest.param(
            a_claimed_automix(restart="now", claim=Claim(spec=PLAIN, restart="now", time=NOW)),
            False,
            id="a restart that was claimed, and so tried",
        ),
        pytest.param(
            a_claimed_automix(restart="now", claim=Claim(spec=PLAIN, restart="before", time=NOW)),
            True,
            id="another restart than was claimed",
        ),
        pytest.param(
            a_claimed_automix(claim=Claim(spec=PLAIN, restart="before", time=NOW)), False, id="a restart of long ago"
        ),
        pytest.param(an_automix(), False, id="what was never claimed"),
        pytest.param(an_automix(restart="now"), False, id="a restart of what was never claimed: it has to start first"),
    ],
)
def test_only_what_was_not_tried_yet_is_asked_anew(mix: AutoMix, anew: bool) -> None:  # noqa: FBT001 -- a table's column
    assert facts(mix).asked_anew is anew


@pytest.mark.parametrize(
    ("known", "anew"),
    [
        pytest.param(facts(a_running_automix()), False, id="nothing has changed"),
        pytest.param(facts(a_running_automix(a_spec(user_data="b"), ran=a_spec())), True, id="the spec has"),
        pytest.param(facts(a_running_automix(reconcile="now")), True, id="a person asked for a look"),
        pytest.param(facts(a_running_automix(), app_changed=True), True, id="the app has other credentials"),
    ],
)
def test_failures_of_before_say_nothing_of_what_begins_anew(known: Facts, anew: bool) -> None:  # noqa: FBT001 -- a table's column
    assert known.begins_anew is anew


@pytest.mark.parametrize(
    ("next_attempt", "expected"),
    [
        pytest.param(at(60), NOW + 60, id="what is to come is waited for"),
        pytest.param(at(-60), NOW - 60, id="what is past is over"),
        pytest.param(None, NOW, id="a failure without a moment is not waited for"),
        pytest.param(at(FARTHEST - 1), NOW + FARTHEST - 1, id="the longest wait"),
        pytest.param(at(FARTHEST), NOW, id="a longer one is of a clock that went back"),
    ],
)
def test_the_next_try_is_when_it_was_recorded_unless_the_clock_went_back(next_attempt: Any, expected: float) -> None:  # noqa: ANN401 -- a table's column
    assert _retrying(next_attempt).next_try == expected
    assert facts(a_running_automix()).next_try == NOW


@pytest.mark.parametrize(
    ("generation", "newly_met", "missed"),
    [
        pytest.param(2, True, False, id="the next generation is what is seen"),
        pytest.param(3, True, True, id="one in between may have been sent by another process"),
        pytest.param(3, False, False, id="this process knows what it sent"),
    ],
)
def test_a_generation_in_between_may_have_been_sent(generation: int, newly_met: bool, missed: bool) -> None:  # noqa: FBT001 -- a table's columns
    known = facts(a_running_automix(generation=generation), newly_met=newly_met)

    assert known.may_have_missed_a_change is missed


def test_a_generation_is_new_until_it_was_observed() -> None:
    assert facts(a_running_automix(generation=2)).generation_is_new
    assert not facts(a_running_automix(generation=1)).generation_is_new
