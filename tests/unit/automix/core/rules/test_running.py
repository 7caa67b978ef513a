"""Rules for what is to run: started, judged, replaced, changed and looked at."""

from dataclasses import replace
from typing import Any

import pytest

from automix.api.automix import AdoptionPolicy, AutoMixStatus
from automix.core.actions import Claim, Observe, Replace, Start, Wait
from automix.core.claim import Claim as ClaimMark
from automix.core.facts import Facts, Presence
from automix.core.fingerprints import audible
from automix.core.planner import plan
from automix.core.rules.running import ADOPTED
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
from unit.automix.core.plans import (
    ENDED,
    FIRST_START,
    LEAVING,
    LOUDER,
    MANUAL,
    OF_ANOTHER_CAUSE,
    PLAIN,
    RENAMED,
    gist,
    in_state,
)

KEEP = a_spec(adoption_policy=AdoptionPolicy.KEEP)
REPLACE = a_spec(adoption_policy=AdoptionPolicy.REPLACE)
REFUSE = a_spec(adoption_policy=AdoptionPolicy.REFUSE)
NOT_OURS: Fields = {"adopted_time": at(-3)}
CLAIMED_LONG_AGO = ClaimMark(spec=PLAIN, time=NOW - 1000)
RAN_LONG: Fields = {"start_time": at(-1000), "sequence": int(NOW) - 1000}
ABSENT: Fields = {"presence": Presence.ABSENT}


def _running(age: float) -> Fields:
    """Return the facts of a look that showed a mix of some seconds."""
    return {"presence": Presence.RUNNING, "age": age, "running_since": NOW - age}


def _replacing(*, over_another: bool = False, **status: object) -> Facts:
    """Return the facts of an object of which another process may have begun a replace six seconds ago."""
    recorded: Fields = {"start_time": at(-60), "sequence": int(NOW) - 60} | status
    before = int(NOW) - 60
    claim = ClaimMark(spec=audible(LOUDER), replace=True, sequence=before, over_another=over_another, time=NOW - 6)
    return facts(a_running_automix(LOUDER, ran=a_spec(), claim=claim, status=recorded), newly_met=True)


def _seen(known: Facts, age: float) -> Facts:
    return facts(known.mix, newly_met=True, **_running(age))


RESUMED = [
    pytest.param(
        facts(a_claimed_automix(claim=FIRST_START), newly_met=True),
        "Observe, needed",
        id="a claim of an earlier process: what runs is looked up before it is started",
    ),
    pytest.param(facts(a_claimed_automix(claim=FIRST_START)), "Start", id="a claim of this process: it is started"),
    *(
        pytest.param(facts(a_claimed_automix(claim=FIRST_START), newly_met=True, **seen), "Start", id=sentence)
        for seen, sentence in (
            (ABSENT, "nothing runs: it is started"),
            (_running(3), "what runs began under the claim: the start is repeated"),
            (_running(1000), "what runs is older than the claim: the start meets it, and does not replace it"),
        )
    ),
    pytest.param(
        facts(a_claimed_automix(claim=OF_ANOTHER_CAUSE), newly_met=True),
        "Claim, then Replace",
        id="a claim of another spec: whatever a look says, only a replace settles it",
    ),
    pytest.param(
        facts(a_running_automix(claim=CLAIMED_LONG_AGO, status=AutoMixStatus().model_dump()), newly_met=True),
        "Observe, needed",
        id="a status that was wiped by hand: what runs is looked up first",
    ),
    pytest.param(
        facts(a_running_automix(claim=CLAIMED_LONG_AGO, status=AutoMixStatus().model_dump())),
        "Claim, then Start",
        id="a status that was wiped under the eyes of this process: the start is repeated under a renewed claim",
    ),
    pytest.param(
        facts(a_claimed_automix(claim=ClaimMark(spec=PLAIN, time=NOW - 30))),
        "Start",
        id="a start that failed half a minute after its claim: it is repeated under it",
    ),
    pytest.param(
        facts(a_claimed_automix(claim=ClaimMark(spec=PLAIN, time=NOW - 30.1))),
        "Claim, then Start",
        id="later the claim is renewed, so that what the call starts is known as ours",
    ),
    pytest.param(
        facts(a_claimed_automix(claim=ClaimMark(spec=PLAIN, time=NOW - 90, renewed=NOW - 30))),
        "Start",
        id="a claim that was renewed is as good as a new one",
    ),
    *(
        pytest.param(replace(_replacing(over_another=True, start_time=None), **seen), "Replace", id=sentence)
        for seen, sentence in (
            ({}, "an unfinished replace of what was in doubt: it is stopped once more"),
            (ABSENT, "although nothing runs yet: a start may be on its way"),
            (_running(3), "although what runs began under the claim: it may be of the start of before"),
        )
    ),
    pytest.param(_replacing(), "Observe, needed", id="an unfinished replace: what runs is looked up first"),
    pytest.param(_seen(_replacing(), 7.5), "Start", id="what runs began with the claim, as far as clocks can tell"),
    pytest.param(_seen(_replacing(), 7.6), "Replace", id="what runs began before the claim, and is the old one"),
    pytest.param(
        _seen(_replacing(start_time=at(-10)), 3), "Start", id="old and new are four seconds apart: told apart"
    ),
    pytest.param(_seen(_replacing(start_time=at(-9)), 3), "Replace", id="three seconds apart: in doubt it is replaced"),
    pytest.param(_seen(_replacing(start_time=None), 3), "Start", id="nothing ran before: what runs is the new one"),
    pytest.param(_seen(_replacing(start_time=None), 60), "Replace", id="nothing ran before, and yet it is older"),
]

FIRST = [
    *(
        pytest.param(
            facts(an_automix(spec)), "Observe, needed", id=f"adoptionPolicy {policy}: what runs is looked up first"
        )
        for spec, policy in ((REPLACE, "Replace"), (REFUSE, "Refuse"))
    ),
    pytest.param(facts(an_automix(KEEP)), "Claim, then Start", id="adoptionPolicy Keep: no look is paid for"),
    *(
        pytest.param(
            facts(in_state(reason, an_automix())), "Observe, needed", id=f"who comes from {reason} looks first"
        )
        for reason in (Reason.CONFLICT, Reason.ALREADY_RUNNING)
    ),
    pytest.param(facts(in_state(Reason.CONFLICT, an_automix()), **ABSENT), "Claim, then Start", id="and then starts"),
    pytest.param(
        facts(in_state(Reason.SUSPENDED, an_automix())),
        "Claim, then Start",
        id="who comes from elsewhere does not look",
    ),
    pytest.param(facts(an_automix(REFUSE), **_running(60)), "Wait AlreadyRunning", id="Refuse: nothing is sent"),
    pytest.param(facts(an_automix(REPLACE), **_running(60)), "Claim, then Replace", id="Replace: it is replaced"),
    pytest.param(facts(an_automix(KEEP), **_running(60)), "Claim, then Start", id="Keep: the start meets it"),
    pytest.param(facts(an_automix(REFUSE), **ABSENT), "Claim, then Start", id="Refuse: nothing runs, so it is started"),
    pytest.param(facts(an_automix(REPLACE), **ABSENT), "Claim, then Start", id="Replace: nothing runs, so no gap"),
]

JUDGED = [
    pytest.param(
        facts(a_running_automix(), **_running(1000)),
        "Adopt, there before",
        id="older than the claim: there before ours",
    ),
    pytest.param(facts(a_running_automix(), **_running(5)), "Wait Running", id="as old as the record: ours"),
    pytest.param(
        facts(a_running_automix(claim=CLAIMED_LONG_AGO, status=RAN_LONG), **_running(3)),
        "Adopt, taken over",
        id="younger than our last call: started anew by someone else",
    ),
    pytest.param(
        facts(a_running_automix(claim=CLAIMED_LONG_AGO, status=RAN_LONG), **_running(3), called=True),
        "Wait Running",
        id="younger than our last call, which this process made just now: its effect",
    ),
    pytest.param(
        facts(a_running_automix(), **_running(5), last_age=100.0),
        "Adopt, taken over",
        id="younger than at the last look: started anew by someone else",
    ),
    pytest.param(facts(a_running_automix(), **_running(1000), judged=True), "Wait Running", id="told once in a pass"),
    pytest.param(
        facts(
            a_running_automix(
                LOUDER,
                ran=a_spec(),
                claim=ClaimMark(spec=audible(LOUDER), replace=True, sequence=int(STARTED), time=NOW),
            ),
            **_running(1000),
            claimed=Replace("of mixOutput"),
        ),
        "Replace",
        id="what is about to be replaced is not judged",
    ),
    pytest.param(
        facts(a_running_automix(status=NOT_OURS), **_running(1000)),
        "Wait Adopted",
        id="what was adopted is known to be older",
    ),
    pytest.param(
        facts(a_running_automix(status=NOT_OURS), **_running(5), last_age=100.0),
        "Adopt, taken over",
        id="what was adopted may be taken over",
    ),
    pytest.param(
        facts(a_running_automix(restart="now"), **_running(1000)),
        "Adopt, there before",
        id="who started it is noted before it is restarted",
    ),
    pytest.param(
        facts(a_running_automix(status=ENDED), **_running(1)), "Claim, then Start", id="after an end: started"
    ),
    pytest.param(
        facts(a_running_automix(status=ENDED), **_running(1000)),
        "Claim, then Start",
        id="after an end: started, whoever started what runs",
    ),
    pytest.param(
        facts(a_running_automix(status={"applied": {}}), **_running(1000)),
        "Claim, then Start",
        id="a record of which a part was wiped by hand: started, whoever started what runs",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING), **_running(1000)), "Stop", id="what is deleted is stopped, not judged"
    ),
    pytest.param(
        facts(a_running_automix(), presence=Presence.UNKNOWN, age=1000.0, running_since=NOW - 1000),
        "Wait Running",
        id="what was not seen in this pass is not judged",
    ),
]

NOT_STARTED_BY_US = [
    pytest.param(facts(a_running_automix(KEEP, status=NOT_OURS)), "Wait Adopted", id="Keep: it is left as it is"),
    pytest.param(
        facts(a_running_automix(REPLACE, status=NOT_OURS)), "Claim, then Replace", id="Replace: it is replaced by ours"
    ),
    pytest.param(
        facts(a_running_automix(REFUSE, status=NOT_OURS)), "Wait AlreadyRunning", id="Refuse: nothing is sent"
    ),
    pytest.param(
        facts(a_running_automix(REFUSE, status=NOT_OURS, reconcile="now")), "Observe", id="Refuse: a look is obeyed"
    ),
    pytest.param(
        facts(a_running_automix(REFUSE, status=NOT_OURS), now=NOW + 5),
        "Observe",
        id="Refuse: a look that is due is due",
    ),
    pytest.param(
        facts(a_running_automix(REFUSE, ran=RENAMED, status=NOT_OURS)),
        "Wait AlreadyRunning",
        id="Refuse: not even what could change in place is sent",
    ),
    pytest.param(
        facts(a_running_automix(REFUSE, status=NOT_OURS, restart="now")),
        "Claim, then Replace",
        id="Refuse: a person who asks for a restart wants ours",
    ),
    pytest.param(
        facts(a_running_automix(KEEP, ran=RENAMED, status=NOT_OURS)),
        "Update userData",
        id="Keep: what can change in place is sent",
    ),
    pytest.param(
        facts(a_running_automix(LOUDER, ran=a_spec(), status=NOT_OURS)),
        "Claim, then Replace",
        id="Keep: an audible change of ours is made like any other",
    ),
    pytest.param(
        facts(a_running_automix(MANUAL, ran=a_spec(), status=NOT_OURS)),
        "Wait UpdatePending",
        id="Manual: it waits for a person",
    ),
    pytest.param(facts(a_running_automix(REPLACE)), "Wait Running", id="a mix of our own is under no adoption policy"),
]


def _refused(reason: Reason = Reason.ZEGO_FAILED, **overrides: Any) -> Facts:  # noqa: ANN401 -- of the facts
    """Return the facts of an object whose change in place failed, and may be tried again."""
    failed = {"observed_generation": 2, "retry": a_retry(reason, next_attempt_time=at(-1))}
    return facts(a_running_automix(RENAMED, ran=a_spec(), status=failed), **overrides)


CHANGED = [
    pytest.param(_refused(), "Observe", id="a change was refused: whether the mix still runs is looked up first"),
    pytest.param(_refused(**_running(5)), "Update userData", id="it does: the change is tried again"),
    pytest.param(
        _refused(presence=Presence.UNANSWERED), "Update userData", id="ZEGO does not say: the change is tried again"
    ),
    pytest.param(_refused(Reason.ZEGO_UNREACHABLE), "Update userData", id="a change without an answer is repeated"),
    pytest.param(
        facts(a_running_automix(RENAMED, ran=a_spec())), "Update userData", id="a first try needs no look before it"
    ),
]


@pytest.mark.parametrize(("known", "expected"), [*RESUMED, *FIRST, *JUDGED, *NOT_STARTED_BY_US, *CHANGED])
def test_the_plan_is_what_the_design_says(known: Facts, expected: str) -> None:
    assert gist(plan(known)) == expected


def test_what_is_adopted_says_what_is_not_verified_until_the_next_look() -> None:
    rest = plan(facts(a_running_automix(status=NOT_OURS)))

    assert rest == Wait(NOW + 5, Reason.ADOPTED, ADOPTED, look=True)
    assert "not verified" in ADOPTED
    assert "ask for a restart" in ADOPTED


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [
        pytest.param("10m", 600, id="the interval of the spec"),
        pytest.param("5s", 30, id="the operator's least interval instead of a shorter one"),
    ],
)
@pytest.mark.parametrize(
    "status",
    [pytest.param({}, id="before the first start"), pytest.param(NOT_OURS, id="when it was started by someone else")],
)
def test_a_mix_that_is_refused_is_looked_at_again_after_an_interval(
    interval: str, seconds: int, status: Fields
) -> None:
    spec = REFUSE.model_copy(update={"drift_check_interval": interval})
    mix = a_running_automix(spec, status=status) if status else an_automix(spec)
    rest = plan(facts(mix, **_running(5)))

    assert isinstance(rest, Wait)
    assert (rest.until, rest.reason) == (NOW + seconds, Reason.ALREADY_RUNNING)
    assert "adoptionPolicy is Refuse" in rest.message


@pytest.mark.parametrize(
    ("known", "why"),
    [
        pytest.param(facts(an_automix()), "first start", id="a first start"),
        pytest.param(facts(a_running_automix(status=ENDED)), "it had ended at ZEGO", id="a mix that ended"),
        pytest.param(
            facts(an_automix(REPLACE), **_running(60)),
            "a mix ran that this object did not start",
            id="a mix that was there before the first start",
        ),
        pytest.param(
            facts(a_running_automix(REPLACE, status=NOT_OURS)),
            "someone else had started it",
            id="a mix of someone else",
        ),
        pytest.param(facts(a_running_automix(restart="now")), "a restart was requested", id="a restart"),
        pytest.param(facts(a_claimed_automix(claim=OF_ANOTHER_CAUSE)), "what ran was unknown", id="an unknown mix"),
    ],
)
def test_a_claim_says_why(known: Facts, why: str) -> None:
    action = plan(known)

    assert isinstance(action, Claim)
    assert action.then is not None
    assert action.then.why == why


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            facts(a_claimed_automix(claim=FIRST_START)), Start("it was not recorded to run"), id="an interrupted start"
        ),
        pytest.param(_seen(_replacing(), 3), Start("a replace had been interrupted"), id="a replace's second half"),
        pytest.param(_seen(_replacing(), 60), Replace("a replace had been interrupted"), id="both halves of a replace"),
    ],
)
def test_what_is_finished_says_why(known: Facts, expected: Start | Replace) -> None:
    assert plan(known) == expected


@pytest.mark.parametrize(
    ("status", "looked_at"),
    [
        pytest.param({"start_time": at(3600)}, NOW - 3600, id="the record of the start is of the future"),
        pytest.param({"start_time": at(-3600)}, NOW + 3600, id="the last look is of the future"),
        pytest.param({"start_time": at(3600)}, NOW + 3600, id="both are"),
    ],
)
def test_a_clock_that_went_back_puts_off_no_look_for_longer_than_an_interval(status: Fields, looked_at: float) -> None:
    mix = a_running_automix(status=status)
    rest = plan(facts(mix, looked_at=looked_at))
    later = NOW + 600

    assert isinstance(rest, Observe) or (isinstance(rest, Wait) and rest.until <= later)
    assert plan(facts(mix, looked_at=looked_at, now=later)) == Observe()


@pytest.mark.parametrize("now", [NOW, NOW - 0.5], ids=["a second", "as far as clocks are known"])
def test_a_start_that_is_a_moment_ahead_of_the_clock_is_looked_at_soon(now: float) -> None:
    ahead = facts(a_running_automix(status={"start_time": at(1)}), now=now)

    assert plan(ahead) == Wait(NOW + 11, Reason.RUNNING, "The mix runs as declared.", look=True)


@pytest.mark.parametrize(
    ("interval", "failures", "seconds"),
    [
        pytest.param("10m", 1, 2, id="the first after two seconds"),
        pytest.param("10m", 3, 3.4, id="the third after longer"),
        pytest.param("40s", 1, 2, id="the first, whatever the interval"),
    ],
)
def test_a_look_that_failed_is_tried_again_soon(interval: str, failures: int, seconds: float) -> None:
    mix = a_running_automix(a_spec(drift_check_interval=interval))
    looked_at = next_look(UID, NOW + 1000, 600) + 1
    rest = plan(facts(mix, looked_at=looked_at, now=looked_at, failed_looks=failures))

    assert isinstance(rest, Wait)
    assert rest.until - looked_at == pytest.approx(seconds, rel=0.2)
    assert plan(facts(mix, looked_at=looked_at, now=rest.until, failed_looks=failures)) == Observe()


def test_a_look_just_before_the_first_one_is_due_puts_it_off_no_further() -> None:
    known = facts(a_running_automix(), timing=Timing(first_look=10), looked_at=NOW + 4, now=NOW + 4)

    assert plan(known) == Wait(NOW + 5, Reason.RUNNING, "The mix runs as declared.", look=True)


def test_a_look_at_the_moment_of_the_first_one_is_the_first_one() -> None:
    known = facts(a_running_automix(), looked_at=NOW + 5, now=NOW + 5)

    assert plan(known) == Wait(next_look(UID, NOW + 5, 600), Reason.RUNNING, "The mix runs as declared.", look=True)
