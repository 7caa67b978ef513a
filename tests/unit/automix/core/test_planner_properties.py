"""What holds of every decision, whatever the facts."""

from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from automix.api.automix import AutoMix, AutoMixStatus, DeletionPolicy, RestartPolicy, UpdatePolicy
from automix.api.meta import CLAIM_ANNOTATION, FINALIZER
from automix.core.actions import Claim, Count, Effect, Observe, Release, Replace, Rest, Start, Stop, Update
from automix.core.claim import Claim as ClaimMark
from automix.core.facts import AppFacts, Facts, People, Presence
from automix.core.fingerprints import audible
from automix.core.planner import plan
from automix.core.states import Reason
from builders import NOW, STARTED, a_retry, a_spec, an_automix, at, facts, running_status

APP_PROBLEMS = [Reason.APP_NOT_FOUND, Reason.APP_NOT_ALLOWED, Reason.CREDENTIALS_REJECTED, Reason.SERVICE_NOT_ENABLED]

moments = st.sampled_from([-60, -1, 0, 1, 60])
requests = st.sampled_from(["", "monday"])
outputs = [({"stream_id": "mix-1"},), ({"stream_id": "mix-2"},)]
specs = st.sampled_from(
    [
        a_spec(
            mix_output=output, user_data=text, deletion_policy=deletion, update_policy=update, restart_policy=restart
        )
        for output, text, deletion, update, restart in product(
            outputs, [None, "title"], DeletionPolicy, UpdatePolicy, RestartPolicy
        )
    ]
)
claims = st.builds(
    ClaimMark,
    spec=st.sampled_from([audible(a_spec()), audible(a_spec(mix_output=outputs[1]))]),
    restart=requests,
    replace=st.booleans(),
    sequence=st.sampled_from([0, int(STARTED)]),
    time=moments.map(NOW.__add__),
)
retries = st.builds(a_retry, st.sampled_from(Reason), next_attempt_time=st.none() | moments.map(at))
handled: dict[str, st.SearchStrategy[Any]] = {
    "last_handled_reconcile_at": requests,
    "last_handled_restart_at": requests,
}


@st.composite
def statuses(draw: st.DrawFn) -> AutoMixStatus:
    """Draw a record: of nothing, of a mix that runs, or of one that ended."""
    fields = {name: draw(value) for name, value in handled.items()}
    if draw(st.booleans()):
        return AutoMixStatus(**fields)
    start_time = draw(st.none() | moments.map(at))
    return running_status(draw(specs), start_time=start_time, **fields)


@st.composite
def mixes(draw: st.DrawFn) -> AutoMix:
    """Draw an object that is wanted and not suspended, in any state, possible or not."""
    claim = draw(st.none() | claims)
    metadata: dict[str, Any] = {
        "generation": draw(st.integers(1, 2)),
        "finalizers": draw(st.sampled_from([(FINALIZER,), ("a/b", FINALIZER), ()])),
        "annotations": {} if claim is None else {CLAIM_ANNOTATION: claim.to_annotation()},
    }
    return an_automix(
        draw(specs), status=draw(statuses()), restart=draw(requests), reconcile=draw(requests), **metadata
    )


@st.composite
def calm(draw: st.DrawFn) -> Facts:
    """Draw the facts of an object that nothing keeps from acting."""
    return facts(
        draw(mixes()),
        app=AppFacts(sees_mixes=draw(st.booleans())),
        last_sequence=int(NOW) + draw(moments),
        looked_at=NOW + draw(moments),
        presence=draw(st.sampled_from(Presence)),
        running_since=NOW + draw(moments),
        age=draw(st.sampled_from([None, 1.0, 60.0])),
        last_age=draw(st.sampled_from([None, 1.0, 60.0])),
        people=draw(st.sampled_from(People)),
        claimed=draw(st.sampled_from([None, Start("claimed"), Replace("claimed")])),
        newly_met=draw(st.booleans()),
        stop_accepted=draw(st.booleans()),
    )


def _deleted(known: Facts) -> Facts:
    meta = known.mix.metadata.model_copy(update={"deletion_timestamp": at(-1)})
    return replace(known, mix=known.mix.model_copy(update={"metadata": meta}))


def _suspended(known: Facts) -> Facts:
    spec = known.mix.spec.model_copy(update={"suspend": True})
    return replace(known, mix=known.mix.model_copy(update={"spec": spec}))


@st.composite
def failed(draw: st.DrawFn) -> Facts:
    """Draw the facts of an object whose last call failed."""
    known = draw(calm())
    generation = draw(st.integers(1, 2))
    status = known.mix.status.model_copy(update={"retry": draw(retries), "observed_generation": generation})
    return replace(known, mix=known.mix.model_copy(update={"status": status}))


terminating = calm().map(_deleted)
suspended = calm().map(_suspended)
without_an_app = st.builds(replace, calm() | terminating, app=st.sampled_from(APP_PROBLEMS).map(AppFacts))
with_a_rival = st.builds(replace, calm() | terminating, rival=st.just("AutoMix other/mix"))
everything = calm() | failed() | terminating | suspended | without_an_app | with_a_rival


@given(everything)
def test_every_fact_has_a_plan(known: Facts) -> None:
    assert isinstance(plan(known), Effect | Count | Rest)


@given(suspended | without_an_app | with_a_rival)
def test_nothing_is_sent_or_claimed_while_suspended_or_without_an_app_or_beside_a_rival(known: Facts) -> None:
    action = plan(known)
    restored = action == Claim(then=None) and not known.holds_finalizer
    assert restored or not isinstance(action, Claim | Start | Update | Replace | Stop | Observe)


@given(terminating)
def test_a_terminating_object_is_never_claimed_or_started(known: Facts) -> None:
    assert not isinstance(plan(known), Claim | Start | Update | Replace)


@given(calm())
def test_an_object_that_is_wanted_is_never_stopped_for_good_or_let_go(known: Facts) -> None:
    assert not isinstance(plan(known), Stop | Release)


@given(calm())
def test_a_mix_begins_only_under_an_open_claim_of_the_current_cause_and_our_finalizer(known: Facts) -> None:
    if isinstance(plan(known), Start | Replace):
        assert known.open_claim is not None
        assert known.open_claim.cause == known.cause
        assert known.holds_finalizer


@given(calm())
def test_a_replace_is_claimed_as_one_so_that_a_crash_in_its_middle_costs_no_second_gap(known: Facts) -> None:
    if isinstance(plan(known), Replace):
        assert known.claim is not None
        assert known.claim.replace


@given(calm())
def test_only_what_zego_changes_in_place_is_updated(known: Facts) -> None:
    action = plan(known)
    if isinstance(action, Update):
        assert known.running
        assert set(action.fields) <= {"userData", "binaryUserData", "soundLevel"}


@given(calm() | terminating)
def test_calls_of_one_object_are_a_second_apart_unless_the_last_is_of_another_clock(known: Facts) -> None:
    if isinstance(plan(known), Start | Update | Replace | Stop) and known.claimed is None:
        assert known.now >= known.last_sequence + 1 or known.last_sequence - known.now >= 59
