"""Rules for what must wait: for a person, the app, another object, people in the room, or a better moment."""

import pytest

from automix.api.automix import AutoMix, AutoMixStatus
from automix.api.meta import ConditionStatus, ConditionType
from automix.core.actions import Nothing, Rest, Start, Wait
from automix.core.claim import Claim as ClaimMark
from automix.core.facts import AppFacts, Facts, People, Presence
from automix.core.planner import plan
from automix.core.rules.waiting import NOBODY
from automix.core.schedule import FARTHEST
from automix.core.states import Reason
from automix.core.status import status_after
from builders import (
    NOW,
    STARTED,
    Fields,
    a_claimed_automix,
    a_retry,
    a_running_automix,
    a_spec,
    an_automix,
    at,
    facts,
    running_status,
)
from unit.automix.core.plans import (
    BROKEN,
    ENDED,
    LEAVING,
    LOUDER,
    NEVER,
    PLAIN,
    REFUSED,
    RENAMED,
    RIVAL,
    SUSPENDED,
    WAITS,
    gist,
    in_state,
)

EMPTY_ROOM: Fields = {"people": People.NOBODY}
NOT_COUNTED: Fields = {"people": People.UNKNOWN}
COUNTED_IN_VAIN: Fields = {"people": People.UNANSWERED}
SEEN: Fields = {"observed_generation": 1}
FAILED: Fields = SEEN | {"retry": a_retry(Reason.ZEGO_FAILED)}
KEEPS_ENDING: Fields = ENDED | {"retry": a_retry(Reason.MIX_KEEPS_ENDING), "endings": 2}


def _never_started(**status: object) -> AutoMix:
    """Return a claimed object whose first start was answered, and not with success."""
    return a_claimed_automix(status=an_automix().status.model_copy(update=SEEN | status))


FIRST_START_FAILED = _never_started(**FAILED)
WAITING = in_state(Reason.WAITING_FOR_ROOM, a_claimed_automix())
WAITING_AGAIN = in_state(Reason.WAITING_FOR_ROOM, a_running_automix(status=ENDED))

PEOPLE = [
    pytest.param(facts(an_automix(), **NOT_COUNTED), "Claim, then Start", id="a first start is tried without counting"),
    pytest.param(facts(FIRST_START_FAILED, **NOT_COUNTED), "Count", id="a start failed: who is in the room is asked"),
    pytest.param(
        facts(FIRST_START_FAILED, **EMPTY_ROOM), "Nothing WaitingForRoom", id="a start failed and nobody is there"
    ),
    pytest.param(
        facts(FIRST_START_FAILED), "Wait ZegoFailed", id="a start failed though somebody is there: it is waited out"
    ),
    pytest.param(
        facts(FIRST_START_FAILED, **COUNTED_IN_VAIN),
        "Wait ZegoFailed",
        id="a start failed and ZEGO does not say who is there: it is waited out",
    ),
    pytest.param(
        facts(FIRST_START_FAILED, now=NOW + 60), "Claim, then Start", id="somebody is there and the wait is over"
    ),
    *(
        pytest.param(facts(_never_started(retry=a_retry(reason)), **NOT_COUNTED), f"Wait {reason}", id=f"not {reason}")
        for reason in (Reason.ZEGO_UNREACHABLE, Reason.THROTTLED)
    ),
    pytest.param(
        facts(_never_started(**REFUSED), **NOT_COUNTED),
        "Nothing InvalidSpec",
        id="a spec that was refused has nothing to do with people",
    ),
    pytest.param(facts(WAITING, **NOT_COUNTED), "Count", id="who waited for people has the room counted again"),
    pytest.param(facts(WAITING, **EMPTY_ROOM), "Nothing WaitingForRoom", id="still nobody is there"),
    pytest.param(
        facts(WAITING, **COUNTED_IN_VAIN),
        "Nothing WaitingForRoom",
        id="who waited goes on waiting while ZEGO does not say who is there",
    ),
    pytest.param(facts(WAITING), "Start", id="somebody came: the mix is started"),
    pytest.param(facts(a_running_automix(status=ENDED), **NOT_COUNTED), "Count", id="a mix ended: the room is counted"),
    pytest.param(
        facts(a_running_automix(status=ENDED), **EMPTY_ROOM), "Nothing WaitingForRoom", id="it ended as all had left"
    ),
    pytest.param(
        facts(a_running_automix(status=ENDED), **COUNTED_IN_VAIN),
        "Claim, then Start",
        id="a mix ended and ZEGO does not say who is there: it is started again",
    ),
    pytest.param(facts(WAITING_AGAIN), "Claim, then Start", id="an ended mix whose room filled is started again"),
    pytest.param(
        facts(in_state(Reason.WAITING_FOR_ROOM, a_running_automix(LOUDER, ran=a_spec(), status=ENDED)), **EMPTY_ROOM),
        "Nothing WaitingForRoom",
        id="an edit does not fill a room",
    ),
    pytest.param(
        facts(a_running_automix(NEVER, status=ENDED), **NOT_COUNTED),
        "Nothing Ended",
        id="restartPolicy Never: nobody is counted for what stays ended",
    ),
    pytest.param(
        facts(a_running_automix(NEVER, status=ENDED, restart="now"), **NOT_COUNTED),
        "Count",
        id="restartPolicy Never: a person's wish is for a room with people",
    ),
    pytest.param(facts(a_running_automix(status=KEEPS_ENDING), **NOT_COUNTED), "Count", id="it keeps ending: count"),
    pytest.param(
        facts(a_running_automix(status=KEEPS_ENDING)),
        "Wait MixKeepsEnding",
        id="it keeps ending with people in the room: the wait grows",
    ),
    pytest.param(
        facts(a_running_automix(status=KEEPS_ENDING), **EMPTY_ROOM),
        "Nothing WaitingForRoom",
        id="it kept ending, and now nobody is there",
    ),
    pytest.param(
        facts(a_running_automix(status=KEEPS_ENDING), **COUNTED_IN_VAIN),
        "Wait MixKeepsEnding",
        id="it keeps ending and ZEGO does not say who is there: the wait goes on",
    ),
    pytest.param(
        facts(a_running_automix(status=KEEPS_ENDING), now=NOW + 60),
        "Claim, then Start",
        id="it kept ending: after the wait it is started",
    ),
    pytest.param(
        facts(a_running_automix(status=KEEPS_ENDING, reconcile="now")),
        "Claim, then Start",
        id="it kept ending: the reconcile annotation ends the wait",
    ),
    pytest.param(
        facts(in_state(Reason.MIX_KEEPS_ENDING, a_running_automix(NEVER, status=KEEPS_ENDING)), **NOT_COUNTED),
        "Count",
        id="what failed is counted for, whatever the restart policy",
    ),
]

NOT_FOR_PEOPLE = [
    pytest.param(
        facts(in_state(Reason.WAITING_FOR_ROOM, a_running_automix()), **NOT_COUNTED),
        "Wait Running",
        id="what runs waits for nobody",
    ),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec(), status=FAILED | {"observed_generation": 2}), **NOT_COUNTED),
        "Wait ZegoFailed",
        id="a change that failed on a running mix is no reason to count",
    ),
    pytest.param(
        facts(in_state(Reason.WAITING_FOR_ROOM, a_claimed_automix(**LEAVING)), **NOT_COUNTED),
        "Stop",
        id="what is deleted is stopped without counting",
    ),
    pytest.param(
        facts(WAITING_AGAIN.model_copy(update={"spec": SUSPENDED}), **NOT_COUNTED),
        "Nothing Suspended",
        id="suspended beats an empty room",
    ),
    pytest.param(facts(WAITING, **NOT_COUNTED, app=BROKEN), "Nothing CredentialsRejected", id="so does the app"),
    pytest.param(facts(WAITING, **NOT_COUNTED, rival=RIVAL), "Wait Conflict", id="so does a rival"),
    pytest.param(facts(WAITING, **NOT_COUNTED, output_rival=RIVAL), "Wait Conflict", id="so does one for an output"),
    pytest.param(
        facts(WAITING, **NOT_COUNTED, claimed=Start("first start")), "Start", id="what was claimed in this pass is done"
    ),
    pytest.param(
        facts(
            a_running_automix(status=ENDED, claim=ClaimMark(spec=PLAIN, sequence=int(STARTED), time=NOW - 1)),
            **NOT_COUNTED,
        ),
        "Start",
        id="a start that a crash interrupted may have had its effect, so that nobody is counted for it",
    ),
]

BACKOFF = [
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec(), status=WAITS | {"observed_generation": 2}), app_changed=True),
        "Update userData",
        id="another ServerSecret or address ends a backoff",
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, ran=a_spec(), status=REFUSED | {"observed_generation": 2}), app_changed=True),
        "Claim, then Replace",
        id="it ends the wait for a person as well",
    ),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec(), status=WAITS)),
        "Update userData",
        id="a change of the spec ends a backoff",
    ),
    pytest.param(
        facts(a_running_automix(status={"retry": a_retry().model_copy(update={"reason": "OfALaterVersion"})})),
        "Wait ZegoFailed",
        id="a failure that another version named is waited out as well",
    ),
    *(
        pytest.param(
            facts(
                a_running_automix(
                    LOUDER,
                    ran=a_spec(),
                    status={"observed_generation": 2, "retry": a_retry(next_attempt_time=at(-5))},
                ),
                failed=failed,
                presence=Presence.UNANSWERED,
            ),
            expected,
            id=sentence,
        )
        for failed, expected, sentence in (
            (True, "Wait ZegoUnreachable", "a call that failed in this pass is not made again, however slowly it did"),
            (False, "Claim, then Replace", "in the next one it is"),
        )
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status=WAITS)), "Stop", id="deletion ends the backoff of what was before"
    ),
    pytest.param(
        facts(a_running_automix(status=WAITS, reconcile="now")),
        "Observe",
        id="the reconcile annotation ends the backoff of what is as declared",
    ),
    pytest.param(
        facts(_never_started(retry=a_retry(next_attempt_time=at(300))), now=NOW + 200),
        "Wait ZegoUnreachable",
        id="no look is paid for in a backoff while nothing runs",
    ),
    pytest.param(
        facts(a_running_automix(status=REFUSED | {"last_handled_reconcile_at": "now"}, reconcile="now")),
        "Wait InvalidSpec",
        id="an annotation that was obeyed ends nothing",
    ),
    *(
        pytest.param(
            facts(a_running_automix(status={"retry": a_retry(next_attempt_time=at(seconds))})), expected, id=sentence
        )
        for seconds, expected, sentence in (
            (FARTHEST - 1, "Wait ZegoUnreachable", "the longest wait is waited"),
            (FARTHEST, "Wait Running", "a longer one is of a clock that went back, and is over"),
            (86400 * 365, "Wait Running", "so is one until next year"),
        )
    ),
    pytest.param(
        facts(a_running_automix(status={"retry": a_retry(Reason.MANAGED_ELSEWHERE, next_attempt_time=None)})),
        "Wait ManagedElsewhere",
        id="who lost the mix to someone that insists changes nothing until a person acts",
    ),
    pytest.param(
        facts(a_running_automix(status=REFUSED | {"start_time": at(-700)}), looked_at=NOW - 601),
        "Observe",
        id="what runs is looked at while a person is waited for",
    ),
    pytest.param(
        facts(an_automix(status=AutoMixStatus(observed_generation=1, **REFUSED))),
        "Nothing InvalidSpec",
        id="what does not run waits for a person alone",
    ),
    pytest.param(
        facts(a_running_automix(status={"start_time": at(-700)}), output_rival=RIVAL, looked_at=NOW - 601),
        "Observe",
        id="what runs is looked at though another mix has its output",
    ),
    pytest.param(
        facts(
            a_running_automix(
                status={"retry": a_retry(Reason.MANAGED_ELSEWHERE, next_attempt_time=None)}, reconcile="now"
            )
        ),
        "Observe",
        id="a person who asks for a look acts",
    ),
]

OTHERS = [
    pytest.param(
        facts(an_automix(), output_rival=RIVAL), "Wait Conflict", id="an output is another's: nothing is sent"
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, ran=a_spec()), output_rival=RIVAL),
        "Wait Conflict",
        id="a mix that is edited into another's way is not changed",
    ),
    pytest.param(
        facts(a_running_automix(status=WAITS, reconcile="now"), output_rival=RIVAL),
        "Observe",
        id="no wish of a person beats who has the output: it is looked at, and not changed",
    ),
    pytest.param(
        facts(a_running_automix(status=WAITS, reconcile="now"), output_rival=RIVAL, presence=Presence.RUNNING),
        "Wait Conflict",
        id="and waits on after that look",
    ),
    *(
        pytest.param(
            facts(a_running_automix(status=ENDED | {"retry": a_retry(reason, next_attempt_time=None)}), **EMPTY_ROOM),
            f"Nothing {reason}",
            id=f"{reason}: that everybody left is no news to who waits for a person",
        )
        for reason in (Reason.MANAGED_ELSEWHERE, Reason.INVALID_SPEC)
    ),
    pytest.param(
        facts(
            a_running_automix(
                status=ENDED | {"retry": a_retry(Reason.INVALID_SPEC, next_attempt_time=None)}, reconcile="now"
            ),
            **EMPTY_ROOM,
        ),
        "Nothing WaitingForRoom",
        id="once a person acts, people are waited for",
    ),
    pytest.param(facts(WAITING, people=People.UNANSWERED), "Nothing WaitingForRoom", id="a count in vain is no news"),
    pytest.param(
        facts(WAITING, people=People.UNANSWERABLE),
        "Start",
        id="a room whose people cannot be counted for long is tried",
    ),
    pytest.param(
        facts(an_automix(SUSPENDED), output_rival=RIVAL), "Nothing Suspended", id="suspended beats who has the output"
    ),
]


@pytest.mark.parametrize(("known", "expected"), [*PEOPLE, *NOT_FOR_PEOPLE, *BACKOFF, *OTHERS])
def test_the_plan_is_what_the_design_says(known: Facts, expected: str) -> None:
    assert gist(plan(known)) == expected


def _rest(known: Facts) -> Rest:
    action = plan(known)
    assert isinstance(action, Wait | Nothing)
    return action


def test_who_waits_for_people_says_so_and_keeps_no_failure() -> None:
    rest = _rest(facts(FIRST_START_FAILED, **EMPTY_ROOM))

    assert rest == Nothing(Reason.WAITING_FOR_ROOM, NOBODY)
    assert status_after(FIRST_START_FAILED, rest, NOW).retry is None


def test_an_app_that_is_not_for_the_namespace_is_asked_for_again_as_labels_change_without_word() -> None:
    app = AppFacts(Reason.APP_NOT_ALLOWED, "ClusterZegoApp a is not for namespace b")

    assert _rest(facts(an_automix(), app=app)) == Wait(NOW + 60, app.problem, app.message)


@pytest.mark.parametrize(
    ("mix", "expected"),
    [
        pytest.param(
            an_automix(creation_timestamp=at(-2)),
            Wait(NOW + 8, Reason.STARTING, "missing"),
            id="is waited for at first",
        ),
        pytest.param(
            an_automix(creation_timestamp=at(-10)), Nothing(Reason.APP_NOT_FOUND, "missing"), id="is missed in the end"
        ),
        pytest.param(
            a_running_automix(creation_timestamp=at(-2)),
            Nothing(Reason.APP_NOT_FOUND, "missing"),
            id="has gone, if a mix was ever started",
        ),
        pytest.param(
            an_automix(creation_timestamp=None),
            Nothing(Reason.APP_NOT_FOUND, "missing"),
            id="is missed at once where nobody says since when",
        ),
    ],
)
def test_an_app_that_may_come_after_a_new_object(mix: AutoMix, expected: Wait | Nothing) -> None:
    app = AppFacts(Reason.APP_NOT_FOUND, "missing", may_come=True)

    assert _rest(facts(mix, app=app)) == expected


@pytest.mark.parametrize(
    "problem", [Reason.APP_NOT_FOUND, Reason.CREDENTIALS_REJECTED, Reason.SERVICE_NOT_ENABLED], ids=str
)
def test_any_other_trouble_of_the_app_ends_with_a_word_of_its_own(problem: Reason) -> None:
    new = an_automix(creation_timestamp=at(-2))

    assert _rest(facts(new, app=AppFacts(problem, "said"))) == Nothing(problem, "said")


@pytest.mark.parametrize(
    ("mix", "expected"),
    [
        pytest.param(an_automix(), "Nothing ZegoUnreachable", id="a new object says so"),
        pytest.param(a_running_automix(), "Nothing", id="what was told of one that runs stands"),
        pytest.param(
            a_running_automix(generation=2), "Nothing ZegoUnreachable", id="one that was edited since says so"
        ),
        pytest.param(
            a_running_automix(deletion_timestamp=at(0)), "Wait Stopping", id="one on its way out says what it waits for"
        ),
    ],
)
def test_before_zego_was_heard_nothing_is_sent(mix: AutoMix, expected: str) -> None:
    app = AppFacts(Reason.ZEGO_UNREACHABLE, "ClusterZegoApp default cannot be used: no answer")

    assert gist(plan(facts(mix, app=app))) == expected


@pytest.mark.parametrize("which", ["rival", "output_rival"])
@pytest.mark.parametrize(
    ("mix", "active"),
    [
        pytest.param(a_running_automix(status={"start_time": at(-60)}), ConditionStatus.TRUE, id="what runs"),
        pytest.param(an_automix(), ConditionStatus.FALSE, id="what does not run"),
    ],
)
def test_a_conflict_is_asked_about_each_minute_and_leaves_active_as_seen(
    which: str, mix: AutoMix, active: ConditionStatus
) -> None:
    rest = _rest(facts(mix, looked_at=NOW, **{which: RIVAL}))

    assert isinstance(rest, Wait)
    assert rest.until == NOW + 60
    assert rest.message.startswith(f"{RIVAL} already ")
    told = {condition.type: condition.status for condition in status_after(mix, rest, NOW).conditions}
    assert told[ConditionType.ACTIVE] is active


def test_a_wait_for_a_person_says_what_zego_said() -> None:
    refused = a_retry(Reason.INVALID_SPEC, next_attempt_time=None, message="no such codec")

    idle = an_automix(status=AutoMixStatus(observed_generation=1, retry=refused))
    assert _rest(facts(idle)) == Nothing(Reason.INVALID_SPEC, "no such codec")
    rest = _rest(facts(a_running_automix(status={"retry": refused})))
    assert (rest.reason, rest.message) == (Reason.INVALID_SPEC, "no such codec")


def test_a_stop_that_waits_says_that_the_mix_is_being_stopped_and_what_zego_said() -> None:
    status = running_status(a_spec(), retry=a_retry(), observed_generation=2)
    rest = _rest(facts(a_claimed_automix(**LEAVING, status=status)))

    assert rest == Wait(NOW + 60, Reason.STOPPING, "no answer")
