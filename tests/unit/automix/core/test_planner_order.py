"""The decision after an interruption, which of two rules wins, and how far apart calls are."""

import pytest

from automix.core.actions import Replace, Start
from automix.core.claim import Claim as ClaimMark
from automix.core.facts import Facts, Presence
from automix.core.planner import plan
from builders import NOW, STARTED, a_claimed_automix, a_running_automix, a_spec, an_automix, at, facts
from unit.automix.core.plans import (
    BLIND,
    BROKEN,
    ENDED,
    LEAVING,
    LOUDER,
    ORPHAN,
    PLAIN,
    RENAMED,
    REPLACING,
    RIVAL,
    SUSPENDED,
    WAITS,
    gist,
)

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
        facts(UNFINISHED, presence=Presence.UNANSWERED, running_since=NOW - 2),
        "Replace",
        id="ZEGO does not say: in doubt it is replaced, whatever ran when it last said so",
    ),
    pytest.param(
        facts(a_claimed_automix(), claimed=Replace("as claimed")),
        "Claim, then Replace",
        id="the claim of a start is none for a replace, which a crash may cut in two",
    ),
    pytest.param(
        facts(a_claimed_automix(claim=ClaimMark(spec=PLAIN, replace=True, time=NOW - 6))),
        "Observe, needed",
        id="the same without a record",
    ),
    pytest.param(
        facts(
            a_running_automix(
                LOUDER,
                ran=a_spec(),
                claim=ClaimMark(spec=PLAIN, replace=True, sequence=int(STARTED), time=NOW - 6),
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
                status=ENDED, claim=ClaimMark(spec="of another spec", sequence=int(STARTED), time=NOW - 6), generation=8
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
        facts(
            a_running_automix(
                status=WAITS,
                restart="now",
                claim=ClaimMark(spec=PLAIN, restart="now", replace=True, sequence=int(STARTED), time=NOW),
            ),
            claimed=Replace("a restart was requested"),
        ),
        "Replace",
        id="what was claimed in this pass is done, though a claimed restart is otherwise waited out",
    ),
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
        "Wait Stopping",
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
        "Observe",
        id="a look beats the backoff: the call that failed may have ended what ran",
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
        facts(a_running_automix(LOUDER, ran=a_spec()), last_sequence=int(NOW)),
        "Wait",
        id="so does the claim of a replace",
    ),
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
    pytest.param(
        facts(a_claimed_automix(), last_sequence=int(NOW) + 58), "Wait", id="less than a minute ahead is waited for"
    ),
    pytest.param(
        facts(a_claimed_automix(), last_sequence=int(NOW) + 59),
        "Start",
        id="a Sequence that is a minute ahead is not ours, and is gone beyond",
    ),
]


@pytest.mark.parametrize(("known", "expected"), [*INTERRUPTED, *ORDER, *SPACED])
def test_the_plan_is_what_the_design_says(known: Facts, expected: str) -> None:
    assert gist(plan(known)) == expected
