"""What a decision says beside its name: until when, which fields, whose fault."""

import pytest

from automix.api.automix import UpdatePolicy
from automix.core.actions import Claim as ClaimAction
from automix.core.actions import Replace, Rest, Wait
from automix.core.claim import Claim
from automix.core.facts import AppFacts, Facts
from automix.core.planner import interrupted, plan
from automix.core.rules.running import RUNNING
from automix.core.schedule import Timing, next_look
from automix.core.states import Reason
from builders import (
    NOW,
    STARTED,
    UID,
    Fields,
    a_claimed_automix,
    a_retry,
    a_running_automix,
    a_spec,
    an_automix,
    at,
    facts,
)

LOUDER = a_spec(mix_output=({"stream_id": "mix-1", "audio_bitrate": 96000},), recv_buffer_level=200, user_data="x")
MANUAL = LOUDER.model_copy(update={"update_policy": UpdatePolicy.MANUAL})
DELETED: Fields = {"deletion_timestamp": at(-1), "generation": 2}


def test_the_wait_between_two_calls_ends_when_the_sequence_is_due_and_leaves_the_status_alone() -> None:
    assert plan(facts(a_claimed_automix(), last_sequence=int(NOW) + 3)) == Wait(NOW + 4)


def test_a_backoff_ends_at_the_recorded_time_and_repeats_what_failed() -> None:
    mix = a_running_automix(
        LOUDER, ran=a_spec(), status={"retry": a_retry(), "observed_generation": 2, "start_time": None}
    )

    assert plan(facts(mix)) == Wait(NOW + 60, Reason.ZEGO_UNREACHABLE, "no answer")


def test_a_backoff_of_what_may_run_is_interrupted_by_the_next_look() -> None:
    mix = a_running_automix(LOUDER, ran=a_spec(), status={"retry": a_retry(), "observed_generation": 2})

    assert plan(facts(mix)) == Wait(NOW + 5, Reason.ZEGO_UNREACHABLE, "no answer")


def test_a_stop_that_failed_is_waited_out() -> None:
    mix = a_running_automix(**DELETED, status={"retry": a_retry(), "observed_generation": 2})
    rest = plan(facts(mix))

    assert isinstance(rest, Wait)
    assert rest.until == NOW + 60


def test_a_mix_that_was_just_started_rests_until_its_first_look() -> None:
    first = facts(a_running_automix(), timing=Timing(first_look=30))

    assert plan(first) == Wait(NOW + 25, Reason.RUNNING, RUNNING, look=True)


@pytest.mark.parametrize(
    ("interval", "obeyed"),
    [
        pytest.param("10m", 600, id="the interval of the spec"),
        pytest.param("5s", 30, id="the operator's least interval instead of a shorter one"),
    ],
)
def test_a_mix_that_was_looked_at_rests_until_its_own_phase_of_the_interval(interval: str, obeyed: int) -> None:
    looked_at = NOW + 1000
    known = facts(a_running_automix(a_spec(drift_check_interval=interval)), now=looked_at, looked_at=looked_at)

    assert plan(known) == Wait(next_look(UID, looked_at, obeyed), Reason.RUNNING, RUNNING, look=True)


def test_update_pending_names_the_audible_fields_and_the_way_out() -> None:
    rest = plan(facts(a_running_automix(MANUAL, ran=a_spec())))

    assert isinstance(rest, Wait)
    assert "mixOutput, recvBufferLevel waits for the restart annotation" in rest.message
    assert "userData" not in rest.message


def test_a_replace_names_the_fields_that_make_it_necessary() -> None:
    action = plan(facts(a_running_automix(LOUDER, ran=a_spec())))

    assert isinstance(action, ClaimAction)
    assert isinstance(action.then, Replace)
    assert action.then.why == "ZEGO cannot change mixOutput, recvBufferLevel on a running mix"


def test_a_conflict_names_the_holder() -> None:
    rest = plan(facts(an_automix(), rival="AutoMix other/mix"))

    assert isinstance(rest, Wait)
    assert rest == Wait(NOW + 60, Reason.CONFLICT, rest.message)
    assert not rest.look
    assert rest.message.startswith("AutoMix other/mix already mixes this room")


def test_a_deletion_that_must_wait_says_for_what() -> None:
    app = AppFacts(problem=Reason.APP_NOT_FOUND, message="ZegoApp a does not exist")
    rest = plan(facts(a_running_automix(**DELETED), app=app))

    assert rest == Wait(NOW + 900, Reason.STOPPING, "The mix cannot be stopped: ZegoApp a does not exist")


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        pytest.param(facts(a_running_automix(**DELETED)), Reason.STOPPING, id="a deletion goes on stopping"),
        pytest.param(facts(a_claimed_automix()), Reason.STARTING, id="what does not run goes on starting"),
        pytest.param(facts(a_running_automix(LOUDER, ran=a_spec())), Reason.REPLACING, id="an audible change goes on"),
        pytest.param(
            facts(a_running_automix(a_spec(user_data="x"), ran=a_spec())),
            Reason.UPDATING,
            id="a change in place goes on",
        ),
        pytest.param(
            facts(a_running_automix(claim=Claim(spec="of another spec", sequence=int(STARTED), time=NOW))),
            Reason.REPLACING,
            id="what was claimed goes on",
        ),
        pytest.param(facts(a_running_automix(restart="now")), Reason.REPLACING, id="a restart goes on"),
        pytest.param(
            facts(a_running_automix(MANUAL, ran=a_spec())),
            Reason.UPDATE_PENDING,
            id="a change that waits for a person goes on waiting",
        ),
        pytest.param(
            facts(a_running_automix(a_spec(user_data="x"), ran=a_spec(), status={"adopted_time": at(-3)})),
            Reason.UPDATING,
            id="so does one of a mix that we did not start",
        ),
        pytest.param(facts(a_running_automix()), Reason.RUNNING, id="what runs as declared runs"),
    ],
)
def test_a_pass_cut_short_by_a_shutdown_rests_in_the_state_that_the_next_process_finds(
    known: Facts, reason: Reason
) -> None:
    rest: Rest = interrupted(known)

    assert rest.reason is reason
