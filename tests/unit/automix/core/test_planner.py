"""The decision, case by case: each rule, and which of two rules wins."""

import pytest

from automix.api.automix import DeletionPolicy, RestartPolicy, UpdatePolicy
from automix.core.actions import Action, Claim, Nothing, Observe, Replace, Start, Update, Wait
from automix.core.claim import Claim as ClaimMark
from automix.core.facts import AppFacts, Facts, Presence
from automix.core.planner import plan
from automix.core.states import Reason
from builders import NOW, STARTED, Fields, a_claimed_automix, a_retry, a_running_automix, a_spec, an_automix, at, facts

LOUDER = a_spec(mix_output=({"stream_id": "mix-1", "audio_bitrate": 96000},))
RENAMED = a_spec(user_data="second title")
SUSPENDED = a_spec(suspend=True)
MANUAL = a_spec(mix_output=({"stream_id": "mix-1", "audio_bitrate": 96000},), update_policy=UpdatePolicy.MANUAL)
NEVER = a_spec(restart_policy=RestartPolicy.NEVER)
ORPHAN = a_spec(deletion_policy=DeletionPolicy.ORPHAN)
ENDED: Fields = {"start_time": None}
RIVAL = "AutoMix other/mix"
BROKEN = AppFacts(problem=Reason.CREDENTIALS_REJECTED, message="ZegoApp a cannot be used: wrong secret")
BLIND = AppFacts(sees_mixes=False)
LEAVING: Fields = {"deletion_timestamp": at(-1), "generation": 2}
WAITS: Fields = {"retry": a_retry()}
REFUSED: Fields = {"retry": a_retry(Reason.INVALID_SPEC, next_attempt_time=None)}
FIRST_START = ClaimMark(generation=1, time=NOW - 6)
OF_ANOTHER_CAUSE = ClaimMark(generation=7, time=NOW - 6)
REPLACING = ClaimMark(generation=2, replace=True, sequence=int(STARTED), time=NOW - 6)


def gist(action: Action) -> str:
    """Return an action in the words of the tables: its name, and what matters of it beside the text for people."""
    name = type(action).__name__
    match action:
        case Claim(then):
            return f"Claim, then {type(then).__name__}" if then is not None else "Claim"
        case Update(fields):
            return f"Update {', '.join(fields)}"
        case Observe(needed):
            return "Observe, needed" if needed else "Observe"
        case Wait(_, reason) | Nothing(reason):
            return f"{name} {reason}" if reason else name
        case _:
            return name


RULES = [
    pytest.param(
        facts(an_automix(**LEAVING)), "Nothing", id="a terminating object without our finalizer is left to itself"
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, finalizers=("a/b",))),
        "Nothing",
        id="a terminating object is never claimed, not even while its mix runs",
    ),
    pytest.param(
        facts(an_automix(**LEAVING, finalizers=("automix.zego.im/mix",))),
        "Release",
        id="a terminating object without claim and record was never sent and is let go",
    ),
    pytest.param(
        facts(a_running_automix(ORPHAN, **LEAVING)), "Release", id="deletionPolicy Orphan lets go without a call"
    ),
    pytest.param(facts(a_running_automix(**LEAVING)), "Stop", id="a terminating object's mix is stopped"),
    pytest.param(facts(a_claimed_automix(**LEAVING)), "Stop", id="what was claimed may run and is stopped"),
    pytest.param(
        facts(a_running_automix(**LEAVING, status=ENDED)),
        "Stop",
        id="a mix that was seen to end is stopped all the same, as it may have come back",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING), stop_accepted=True),
        "Observe, needed",
        id="Code 0 of a stop is no proof: ZEGO is asked",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING), stop_accepted=True, presence=Presence.ABSENT),
        "Release",
        id="stopped and seen to be gone: let go",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING), stop_accepted=True, presence=Presence.RUNNING),
        "Wait Stopping",
        id="stopped and still running: not let go",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING), presence=Presence.ABSENT, app=BLIND),
        "Stop",
        id="absence without a stop is no reason to let go",
    ),
    pytest.param(
        facts(a_claimed_automix(**LEAVING), rival=RIVAL),
        "Release",
        id="the holder's rival is let go without a call",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status=WAITS | {"observed_generation": 2})),
        "Wait Stopping",
        id="a stop that failed is waited out, and the state says so",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status=WAITS | {"observed_generation": 2}, restart="now")),
        "Wait Stopping",
        id="a restart asked for does not hasten a stop that failed",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status=REFUSED | {"observed_generation": 2})),
        "Stop",
        id="a stop is tried again whatever a start was refused for",
    ),
    pytest.param(
        facts(a_running_automix(status={"retry": a_retry().model_copy(update={"reason": "OfAnotherRelease"})})),
        "Wait ZegoFailed",
        id="a failure of a kind that another release knew is waited out",
    ),
    pytest.param(facts(an_automix(SUSPENDED)), "Nothing Suspended", id="a suspended object is not started"),
    pytest.param(
        facts(a_running_automix(a_spec(suspend=True, sound_level=True), ran=a_spec())),
        "Nothing Suspended",
        id="a suspended object is not changed",
    ),
    pytest.param(
        facts(an_automix(), app=BROKEN), "Nothing CredentialsRejected", id="without a working app nothing is sent"
    ),
    pytest.param(facts(an_automix(), rival=RIVAL), "Wait Conflict", id="the holder's rival sends nothing"),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec(), status=WAITS | {"observed_generation": 2})),
        "Wait ZegoUnreachable",
        id="a failure is waited out",
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, ran=a_spec(), status=REFUSED | {"observed_generation": 2})),
        "Nothing InvalidSpec",
        id="what only a person can mend is not tried again",
    ),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec(), status=REFUSED)),
        "Update userData",
        id="a new generation ends the wait for a person",
    ),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec(), status=WAITS | {"observed_generation": 2}, reconcile="now")),
        "Update userData",
        id="the reconcile annotation beats the backoff",
    ),
    pytest.param(
        facts(a_running_automix(status=WAITS, restart="now")),
        "Claim, then Replace",
        id="a restart that was not tried yet beats the backoff",
    ),
    pytest.param(
        facts(
            a_running_automix(
                status=WAITS, restart="now", claim=ClaimMark(generation=1, restart="now", replace=True, time=NOW - 6)
            )
        ),
        "Wait ZegoUnreachable",
        id="a restart that was tried is waited out",
    ),
    pytest.param(
        facts(
            a_running_automix(
                status=ENDED | WAITS,
                restart="now",
                claim=ClaimMark(generation=1, restart="now", sequence=int(STARTED), time=NOW - 6),
            )
        ),
        "Wait ZegoUnreachable",
        id="a restart of an ended mix that was tried is waited out",
    ),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec(), status=WAITS | {"observed_generation": 2}), now=NOW + 60),
        "Update userData",
        id="at its end the wait is over",
    ),
    pytest.param(facts(an_automix()), "Claim, then Start", id="a new object is claimed before its first start"),
    pytest.param(facts(a_claimed_automix(claim=FIRST_START)), "Start", id="what is claimed is started"),
    pytest.param(
        facts(a_claimed_automix(claim=FIRST_START, finalizers=())),
        "Claim, then Start",
        id="nothing is started while the finalizer is missing",
    ),
    pytest.param(
        facts(a_claimed_automix(claim=OF_ANOTHER_CAUSE)),
        "Claim, then Replace",
        id="a claim of another generation without a record: what runs is unknown and is replaced",
    ),
    pytest.param(
        facts(a_claimed_automix(annotations={"automix.zego.im/claim": "edited by hand"})),
        "Claim, then Replace",
        id="an unreadable claim is one of another cause",
    ),
    pytest.param(
        facts(a_claimed_automix(claim=FIRST_START, restart="now")),
        "Claim, then Replace",
        id="a restart asked for after an unrecorded claim is of another cause as well",
    ),
    pytest.param(
        facts(a_running_automix(status=ENDED)), "Claim, then Start", id="a mix that ended is claimed and started again"
    ),
    pytest.param(
        facts(a_running_automix(status=ENDED, claim=ClaimMark(generation=1, sequence=int(STARTED), time=NOW - 1))),
        "Start",
        id="a mix that ended and is claimed again is started",
    ),
    pytest.param(
        facts(a_running_automix(status=ENDED, finalizers=())),
        "Claim",
        id="a mix that ended gets its finalizer back before anything else",
    ),
    pytest.param(
        facts(a_running_automix(NEVER, status=ENDED)), "Nothing Ended", id="restartPolicy Never: an ended mix stays so"
    ),
    pytest.param(
        facts(a_running_automix(NEVER, status=ENDED, restart="now")),
        "Claim, then Start",
        id="restartPolicy Never: a person may still ask for a restart",
    ),
    pytest.param(
        facts(a_running_automix(restart="now")), "Claim, then Replace", id="the restart annotation stops and starts"
    ),
    pytest.param(
        facts(a_running_automix(restart="now", status={"last_handled_restart_at": "now"})),
        "Wait Running",
        id="a restart that was obeyed is not repeated",
    ),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec())), "Update userData", id="user data is changed in place"
    ),
    pytest.param(
        facts(a_running_automix(ran=a_spec(user_data="title", sound_level=True))),
        "Update userData, soundLevel",
        id="clearing what ZEGO changes in place is done in place",
    ),
    pytest.param(
        facts(a_running_automix(a_spec(binary_user_data="YQ=="), ran=a_spec())),
        "Update binaryUserData",
        id="binary user data is changed in place",
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, ran=a_spec())),
        "Claim, then Replace",
        id="an audible change writes its claim first",
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, ran=a_spec(), claim=REPLACING), claimed=Replace("as claimed")),
        "Replace",
        id="an audible change whose claim was just written is made",
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, ran=a_spec(user_data="title"))),
        "Claim, then Replace",
        id="one audible change among others makes a replace of them all",
    ),
    pytest.param(
        facts(a_running_automix(MANUAL, ran=a_spec())),
        "Wait UpdatePending",
        id="updatePolicy Manual: an audible change waits",
    ),
    pytest.param(
        facts(a_running_automix(MANUAL, ran=a_spec(), finalizers=())),
        "Claim",
        id="updatePolicy Manual: the finalizer is put back while a change waits",
    ),
    pytest.param(
        facts(a_running_automix(MANUAL, ran=a_spec(), reconcile="now")),
        "Observe",
        id="updatePolicy Manual: a look that was asked for happens while a change waits",
    ),
    pytest.param(
        facts(a_running_automix(MANUAL, ran=a_spec()), now=NOW + 5),
        "Observe",
        id="updatePolicy Manual: a look that is due happens while a change waits",
    ),
    pytest.param(
        facts(a_running_automix(generation=3), newly_met=True),
        "Update binaryUserData, soundLevel, userData",
        id="an earlier process may have made a change that was undone since: what it may be is sent again",
    ),
    pytest.param(
        facts(a_running_automix(generation=3)),
        "Wait Running",
        id="this process knows what it sent, and sends nothing for generations that it skipped",
    ),
    pytest.param(
        facts(a_running_automix(MANUAL, ran=a_spec(), restart="now")),
        "Claim, then Replace",
        id="updatePolicy Manual: the restart annotation makes the change",
    ),
    pytest.param(
        facts(
            a_running_automix(a_spec(update_policy=UpdatePolicy.MANUAL, user_data="title"), ran=a_spec()),
        ),
        "Update userData",
        id="updatePolicy Manual: what is not audible does not wait",
    ),
    pytest.param(
        facts(a_running_automix(finalizers=("a/b",))), "Claim", id="the finalizer is put back while a mix may run"
    ),
    pytest.param(facts(a_running_automix(), now=NOW + 4), "Wait Running", id="no look before it is due"),
    pytest.param(facts(a_running_automix(), now=NOW + 5), "Observe", id="a look soon after the start"),
    pytest.param(facts(a_running_automix(reconcile="now")), "Observe", id="the reconcile annotation looks now"),
    pytest.param(
        facts(a_running_automix(reconcile="now", status={"last_handled_reconcile_at": "now"})),
        "Wait Running",
        id="a wish to be looked at is obeyed once",
    ),
    pytest.param(
        facts(a_running_automix(), now=NOW + 5, looked_at=NOW + 5, presence=Presence.UNANSWERED),
        "Wait Running",
        id="a look in vain is not repeated in the same pass",
    ),
    pytest.param(
        facts(a_running_automix(), now=NOW + 5, looked_at=NOW + 5, presence=Presence.ABSENT, app=BLIND),
        "Wait Running",
        id="absence proves nothing while ZEGO's query has shown no mix of the app",
    ),
]

UNFINISHED = a_running_automix(LOUDER, ran=a_spec(), claim=REPLACING, status={"start_time": at(-60)})
UNFINISHED_AND_LEAVING = a_running_automix(LOUDER, ran=a_spec(), claim=REPLACING, **LEAVING)
INTERRUPTED = [
    pytest.param(facts(UNFINISHED), "Observe, needed", id="what runs after a crash is looked up first"),
    pytest.param(
        facts(UNFINISHED, presence=Presence.ABSENT), "Start", id="absent: it was stopped, so only the start is missing"
    ),
    pytest.param(
        facts(UNFINISHED, presence=Presence.ABSENT, app=BLIND),
        "Replace",
        id="absent, to a query that never showed a mix: no proof, so both are done",
    ),
    pytest.param(
        facts(UNFINISHED, presence=Presence.RUNNING, running_since=NOW - 2),
        "Start",
        id="younger than the claim: the new one runs, and a start is its update",
    ),
    pytest.param(
        facts(UNFINISHED, presence=Presence.RUNNING, running_since=NOW - 60),
        "Replace",
        id="older than the claim: the old one still runs",
    ),
    pytest.param(
        facts(
            a_running_automix(LOUDER, ran=a_spec(), claim=REPLACING, status={"start_time": at(-7)}),
            presence=Presence.RUNNING,
            running_since=NOW - 6,
        ),
        "Replace",
        id="about as old as the claim and the old one: in doubt it is replaced",
    ),
    pytest.param(
        facts(a_claimed_automix(claim=ClaimMark(generation=1, replace=True, time=NOW - 6))),
        "Observe, needed",
        id="the same without a record",
    ),
    pytest.param(
        facts(
            a_running_automix(
                LOUDER,
                ran=a_spec(),
                claim=ClaimMark(generation=1, replace=True, sequence=int(STARTED), time=NOW - 6),
            )
        ),
        "Claim, then Replace",
        id="an unfinished replace of an older generation is begun again for this one",
    ),
    pytest.param(
        facts(a_running_automix(generation=3, claim=REPLACING)),
        "Claim, then Replace",
        id="an unfinished replace whose change was undone: what runs is unknown and is replaced",
    ),
    pytest.param(
        facts(
            a_running_automix(
                status=ENDED, claim=ClaimMark(generation=7, sequence=int(STARTED), time=NOW - 6), generation=8
            )
        ),
        "Claim, then Replace",
        id="an unfinished start of what had ended, edited since: what runs is unknown and is replaced",
    ),
    pytest.param(
        facts(
            a_running_automix(LOUDER, ran=a_spec(), claim=REPLACING, finalizers=(), status={"start_time": at(-60)}),
            presence=Presence.ABSENT,
        ),
        "Claim",
        id="an interrupted replace is not finished before the finalizer is back",
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, claim=REPLACING, generation=2, status={"sequence": int(NOW) - 1})),
        "Wait Running",
        id="a replace that was recorded is finished",
    ),
]

ORDER = [
    pytest.param(
        facts(a_running_automix(SUSPENDED, **LEAVING)), "Stop", id="terminating beats suspended: deletion works"
    ),
    pytest.param(
        facts(a_running_automix(ORPHAN, **LEAVING), app=BROKEN),
        "Release",
        id="letting go needs no app",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING), app=BROKEN),
        "Nothing Stopping",
        id="terminating without a working app: it says why it waits",
    ),
    pytest.param(
        facts(an_automix(SUSPENDED), app=BROKEN, rival=RIVAL), "Nothing Suspended", id="suspended beats app and rival"
    ),
    pytest.param(
        facts(an_automix(), app=BROKEN, rival=RIVAL),
        "Nothing CredentialsRejected",
        id="the app's trouble beats a rival",
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, ran=a_spec(), status=WAITS, restart="now", reconcile="now"), rival=RIVAL),
        "Wait Conflict",
        id="no wish of a person beats a rival",
    ),
    pytest.param(facts(a_running_automix(status=WAITS), rival=RIVAL), "Wait Conflict", id="a rival beats the backoff"),
    pytest.param(
        facts(UNFINISHED_AND_LEAVING), "Stop", id="an unfinished replace of a terminating object is not finished"
    ),
    pytest.param(
        facts(a_claimed_automix(status=an_automix().status.model_copy(update=WAITS | {"observed_generation": 1}))),
        "Wait ZegoUnreachable",
        id="the backoff beats a first start",
    ),
    pytest.param(
        facts(a_running_automix(status=WAITS), now=NOW + 5),
        "Wait ZegoUnreachable",
        id="the backoff beats a look",
    ),
    *(
        pytest.param(facts(mix, **known), "Claim", id=f"the finalizer comes back, {whatever}")
        for whatever, mix, known in (
            ("even in a backoff", a_running_automix(finalizers=(), status=WAITS), {}),
            ("even while suspended", a_running_automix(SUSPENDED, finalizers=()), {}),
            ("even without a working app", a_running_automix(finalizers=()), {"app": BROKEN}),
        )
    ),
    pytest.param(
        facts(a_running_automix(status=WAITS), now=NOW + 4),
        "Wait ZegoUnreachable",
        id="nothing hastens a backoff",
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, ran=a_spec(), status=ENDED)),
        "Claim, then Start",
        id="what ended is started with the new spec rather than replaced",
    ),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec(), restart="now")),
        "Claim, then Replace",
        id="an asked-for restart includes the change in place",
    ),
    pytest.param(
        facts(a_running_automix(finalizers=()), now=NOW + 5), "Claim", id="the finalizer comes back before the look"
    ),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec()), now=NOW + 5),
        "Update userData",
        id="a change beats the look",
    ),
]

SPACED = [
    pytest.param(facts(an_automix(), last_sequence=int(NOW)), "Wait", id="the claim of a start waits for its second"),
    pytest.param(facts(a_claimed_automix(), last_sequence=int(NOW)), "Wait", id="a start waits for its second"),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec()), last_sequence=int(NOW)), "Wait", id="so does an update"
    ),
    pytest.param(facts(a_running_automix(**LEAVING), last_sequence=int(NOW)), "Wait", id="so does a stop"),
    pytest.param(
        facts(a_running_automix(finalizers=()), last_sequence=int(NOW)), "Claim", id="the finalizer alone does not"
    ),
    pytest.param(facts(a_running_automix(reconcile="now"), last_sequence=int(NOW)), "Observe", id="a look does not"),
    pytest.param(
        facts(a_claimed_automix(), last_sequence=int(NOW), claimed=Start("as claimed")),
        "Start",
        id="what was claimed in this pass has waited already",
    ),
    pytest.param(
        facts(a_claimed_automix(), last_sequence=int(NOW), now=NOW + 1), "Start", id="a second later it is sent"
    ),
]


@pytest.mark.parametrize(("known", "expected"), [*RULES, *INTERRUPTED, *ORDER, *SPACED])
def test_the_plan_is_what_the_design_says(known: Facts, expected: str) -> None:
    assert gist(plan(known)) == expected
