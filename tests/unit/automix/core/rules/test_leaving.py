"""Rules for what is being deleted."""

import pytest

from automix.api.automix import AdoptionPolicy
from automix.core.actions import Release, Wait
from automix.core.facts import Facts, Presence
from automix.core.planner import plan
from automix.core.schedule import Timing
from automix.core.states import Reason
from builders import NOW, Fields, a_claimed_automix, a_retry, a_running_automix, a_spec, an_automix, at, facts
from unit.automix.core.plans import BROKEN, LEAVING, ORPHAN, RIVAL, SUSPENDED, gist

REFUSE = a_spec(adoption_policy=AdoptionPolicy.REFUSE)
REPLACE = a_spec(adoption_policy=AdoptionPolicy.REPLACE)
ADOPTED: Fields = {"adopted_time": at(-50)}
FAILS_SINCE_LONG_AGO: Fields = {"stop_failing_since": at(-900), "retry": a_retry(), "observed_generation": 2}
OURS: Fields = {"finalizers": ("automix.zego.im/mix",)}


def _in_vain(*, since: float, presence: Presence = Presence.RUNNING, accepted: bool = True) -> Facts:
    """Return the facts after a stop that ZEGO accepted, when stops failed since so many seconds."""
    leaving = a_running_automix(**LEAVING, status={"stop_failing_since": at(since), "observed_generation": 2})
    return facts(leaving, stop_accepted=accepted, presence=presence)


def _failing(**status: object) -> Facts:
    """Return the facts of an object whose stop has failed for as long as deletion waits."""
    return facts(a_running_automix(**LEAVING, status=FAILS_SINCE_LONG_AGO | status))


LEFT_ALONE = [
    pytest.param(
        facts(a_running_automix(REFUSE, **LEAVING, status=ADOPTED)),
        "Release",
        id="a mix that was refused adoption is another's and is not stopped",
    ),
    pytest.param(
        facts(a_running_automix(REFUSE, **LEAVING)), "Stop", id="one of our own is, though adoption would be refused"
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status=ADOPTED)), "Stop", id="a mix that was kept is stopped like our own"
    ),
    pytest.param(
        facts(a_running_automix(REPLACE, **LEAVING, status=ADOPTED)), "Stop", id="so is one that was to be replaced"
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING), rival=RIVAL),
        "Release",
        id="deleting the loser of a conflict makes no call, whatever it ran",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING), output_rival=RIVAL),
        "Stop",
        id="who lost an output to another still has a mix of its own, which is stopped",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, annotations={"automix.zego.im/claim": "edited by hand"})),
        "Stop",
        id="a claim that nobody can read is a claim",
    ),
    pytest.param(
        facts(an_automix(**LEAVING, **OURS, status=a_running_automix().status)),
        "Stop",
        id="a record without a claim is of a mix that may run",
    ),
    pytest.param(
        facts(an_automix(SUSPENDED, **LEAVING, **OURS)), "Release", id="suspended and never sent: nothing to stop"
    ),
]

WITH_ITS_KIND = [
    pytest.param(
        facts(a_running_automix(**LEAVING), kind_is_going=True),
        "Release, orphaning",
        id="the CRD is being deleted: the mix runs on",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status=FAILS_SINCE_LONG_AGO), kind_is_going=True, app=BROKEN),
        "Release, orphaning",
        id="the CRD is being deleted: it goes without an app",
    ),
    pytest.param(
        facts(a_running_automix(ORPHAN, **LEAVING), kind_is_going=True),
        "Release",
        id="the CRD is being deleted: what was to be left running is no loss",
    ),
    pytest.param(
        facts(an_automix(**LEAVING, **OURS), kind_is_going=True),
        "Release",
        id="the CRD is being deleted: nothing was sent",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, finalizers=()), kind_is_going=True),
        "Nothing",
        id="the CRD is being deleted: an object without our finalizer goes by itself",
    ),
    pytest.param(
        facts(a_running_automix(), kind_is_going=True), "Wait Running", id="an object that is not deleted stays"
    ),
]

OVERDUE = [
    pytest.param(_failing(), "Release, orphaning", id="a stop that fails for too long is given up"),
    pytest.param(_failing(stop_failing_since=at(-899)), "Wait Stopping", id="until then it is waited out"),
    pytest.param(
        _failing(retry=a_retry(next_attempt_time=at(0))),
        "Stop",
        id="a stop that failed long ago, before this process, is tried once more",
    ),
    pytest.param(_failing(retry=None), "Stop", id="one that failed and does no more is tried again"),
    pytest.param(
        _failing(retry=a_retry(next_attempt_time=at(86400))),
        "Stop",
        id="so is one that was to be tried in a day, by a clock that went back since",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status={"stop_failing_since": at(-900)}), app=BROKEN, leaving_for=60),
        "Release, orphaning",
        id="an app that cannot be used for too long is a stop that fails",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status={"stop_failing_since": at(-9000)}), app=BROKEN, leaving_for=59),
        "Wait Stopping",
        id="but a new process sees for itself, for a minute, that it cannot be used",
    ),
    pytest.param(
        facts(
            a_running_automix(**LEAVING, status={"stop_failing_since": at(-30)}),
            app=BROKEN,
            leaving_for=30,
            timing=Timing(deletion_timeout=30),
        ),
        "Release, orphaning",
        id="or for as long as a deletion may take at all",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status={"stop_failing_since": at(-899)}), app=BROKEN),
        "Wait Stopping",
        id="until then its deletion waits for the app",
    ),
    pytest.param(
        _in_vain(since=-900), "Release, orphaning", id="a stop that ZEGO accepts in vain for too long is given up"
    ),
    pytest.param(_in_vain(since=-899), "Wait Stopping", id="until then it is made again"),
    pytest.param(
        _in_vain(since=-900, presence=Presence.UNKNOWN),
        "Observe, needed",
        id="a stop that was accepted at last is looked at before it is given up",
    ),
    pytest.param(
        _in_vain(since=-900, accepted=False), "Stop", id="what runs and was not stopped yet is stopped all the same"
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status={"retry": a_retry(), "observed_generation": 2}), app=BROKEN),
        "Wait Stopping",
        id="a stop of which nobody noted since when it fails is not given up",
    ),
    pytest.param(
        facts(a_running_automix(status={"stop_failing_since": at(-900)}), app=BROKEN),
        "Nothing CredentialsRejected",
        id="what is not deleted is never given up",
    ),
    pytest.param(
        facts(a_running_automix(status=FAILS_SINCE_LONG_AGO | {"observed_generation": 1})),
        "Wait ZegoUnreachable",
        id="nor is what was put back with the status of one that was deleted",
    ),
    pytest.param(
        facts(a_running_automix(**LEAVING, status=FAILS_SINCE_LONG_AGO | {"retry": None}), leaving_for=1000.0),
        "Stop",
        id="what a working app may stop by now is stopped, however long that failed",
    ),
    pytest.param(
        facts(
            a_running_automix(**LEAVING, status=FAILS_SINCE_LONG_AGO | {"stop_failing_since": at(-60)}),
            timing=Timing(deletion_timeout=60),
        ),
        "Release, orphaning",
        id="how long that is is the operator's setting",
    ),
]

FINALIZER = [
    pytest.param(
        facts(a_running_automix(finalizers=()), rival=RIVAL), "Claim", id="the finalizer comes back beside a rival"
    ),
    pytest.param(
        facts(a_running_automix(finalizers=()), output_rival=RIVAL),
        "Claim",
        id="the finalizer comes back beside who has the output",
    ),
    pytest.param(
        facts(an_automix(status=a_running_automix().status)),
        "Claim",
        id="it comes back where the claim was taken off with it",
    ),
    pytest.param(facts(an_automix(), rival=RIVAL), "Wait Conflict", id="there is none for what was never sent"),
]


@pytest.mark.parametrize(("known", "expected"), [*LEFT_ALONE, *WITH_ITS_KIND, *OVERDUE, *FINALIZER])
def test_the_plan_is_what_the_design_says(known: Facts, expected: str) -> None:
    assert gist(plan(known)) == expected


def test_what_is_orphaned_says_why() -> None:
    going = plan(facts(a_running_automix(**LEAVING), kind_is_going=True))

    assert going == Release(orphaning="the kind AutoMix is being deleted from the cluster")
    assert plan(_failing()) == Release(orphaning="it could not be stopped in time")


def test_a_stop_in_vain_is_looked_at_again_in_a_second() -> None:
    rest = plan(facts(a_claimed_automix(**LEAVING), stop_accepted=True, presence=Presence.RUNNING))

    assert isinstance(rest, Wait)
    assert (rest.until, rest.reason) == (NOW + 1, Reason.STOPPING)
    assert "still runs" in rest.message


@pytest.mark.parametrize(
    ("since", "now", "until"),
    [
        pytest.param(None, NOW, NOW + 900, id="from the first time that it was to be stopped"),
        pytest.param(at(-300), NOW, NOW + 600, id="not from each pass anew"),
        pytest.param(at(-899), NOW + 0.5, NOW + 1.5, id="at least a second"),
    ],
)
def test_deletion_without_an_app_waits_until_it_is_given_up(since: object, now: float, until: float) -> None:
    rest = plan(facts(a_running_automix(**LEAVING, status={"stop_failing_since": since}), app=BROKEN, now=now))

    assert rest == Wait(until, Reason.STOPPING, f"The mix cannot be stopped: {BROKEN.message}")
