"""The decision, rule by rule."""

import pytest

from automix.api.automix import UpdatePolicy
from automix.core.actions import Replace
from automix.core.claim import Claim as ClaimMark
from automix.core.facts import Facts, Presence
from automix.core.planner import plan
from builders import NOW, STARTED, a_claimed_automix, a_retry, a_running_automix, a_spec, an_automix, facts
from unit.automix.core.plans import (
    BLIND,
    BROKEN,
    ENDED,
    FIRST_START,
    LEAVING,
    LOUDER,
    MANUAL,
    NEVER,
    OF_ANOTHER_CAUSE,
    ORPHAN,
    PLAIN,
    REFUSED,
    RENAMED,
    REPLACING,
    RIVAL,
    SUSPENDED,
    WAITS,
    gist,
)

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
        "Wait InvalidSpec",
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
                status=WAITS, restart="now", claim=ClaimMark(spec=PLAIN, restart="now", replace=True, time=NOW - 6)
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
                claim=ClaimMark(spec=PLAIN, restart="now", sequence=int(STARTED), time=NOW - 6),
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
        "Claim",
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
        facts(a_running_automix(status=ENDED, claim=ClaimMark(spec=PLAIN, sequence=int(STARTED), time=NOW - 1))),
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
        facts(a_running_automix(NEVER, ran=LOUDER, status=ENDED)),
        "Claim, then Start",
        id="restartPolicy Never: a change of what is mixed starts it as well",
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
        "Update userData, binaryUserData, soundLevel",
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


@pytest.mark.parametrize(("known", "expected"), RULES)
def test_the_plan_is_what_the_design_says(known: Facts, expected: str) -> None:
    assert gist(plan(known)) == expected
