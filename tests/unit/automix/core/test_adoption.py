"""Who started what runs, told by when it began."""

from typing import Any

import pytest

from automix.api.automix import AutoMix
from automix.core.adoption import began_under_the_claim, insists, was_taken_over, was_there_before
from automix.core.claim import Claim
from automix.core.facts import Facts, Presence
from automix.core.fingerprints import audible
from builders import NOW, a_claimed_automix, a_running_automix, a_spec, an_automix, at, facts, running_status

CLAIMED_LONG_AGO = a_claimed_automix(claim=Claim(spec=audible(a_spec()), time=NOW - 100))
RENEWED = a_claimed_automix(claim=Claim(spec=audible(a_spec()), time=NOW - 100, renewed=NOW - 10))
RESTORED = a_running_automix(claim=facts(an_automix(status=running_status(a_spec()))).claim_for(None))
STARTED_LONG_AGO = {"start_time": at(-100), "sequence": int(NOW) - 100}


def _seen(mix: AutoMix, age: float | None, **overrides: Any) -> Facts:  # noqa: ANN401 -- of the facts
    """Return the facts of an object whose mix was just seen to run for some seconds."""
    since = 0.0 if age is None else NOW - age
    return facts(mix, presence=Presence.RUNNING, age=age, running_since=since, **overrides)


@pytest.mark.parametrize(
    ("mix", "age", "expected"),
    [
        pytest.param(CLAIMED_LONG_AGO, 105, True, id="what began five seconds before the claim may be its own"),
        pytest.param(CLAIMED_LONG_AGO, 106, False, id="what began earlier is not"),
        pytest.param(CLAIMED_LONG_AGO, 100, True, id="what began with the claim is its own"),
        pytest.param(CLAIMED_LONG_AGO, 40, True, id="a call may take as long as a minute to be made"),
        pytest.param(CLAIMED_LONG_AGO, 39, False, id="what began later is someone else's"),
        pytest.param(RENEWED, 100, True, id="what began with a claim that was renewed since is its own"),
        pytest.param(RENEWED, 10, True, id="what began after it was renewed as well"),
        pytest.param(RENEWED, 106, False, id="but not what was there before the first"),
        pytest.param(CLAIMED_LONG_AGO, None, True, id="without an age nobody can tell, and it is ours"),
        pytest.param(an_automix(), 1000, True, id="nor without a claim"),
        pytest.param(RESTORED, 1000, True, id="nor by a claim that came back with the finalizer"),
    ],
)
def test_what_runs_began_under_the_claim(mix: AutoMix, age: float | None, expected: bool) -> None:  # noqa: FBT001 -- a table's column
    assert began_under_the_claim(_seen(mix, age)) is expected


@pytest.mark.parametrize(
    ("mix", "age", "expected"),
    [
        pytest.param(CLAIMED_LONG_AGO, 105, False, id="five seconds before the claim is too little to tell"),
        pytest.param(CLAIMED_LONG_AGO, 106, True, id="before the claim it was someone else's"),
        pytest.param(CLAIMED_LONG_AGO, 1, False, id="after the claim it is not older"),
        pytest.param(CLAIMED_LONG_AGO, None, False, id="without an age nobody can tell"),
        pytest.param(an_automix(status=running_status(a_spec())), 1000, False, id="nor without a claim"),
        pytest.param(a_running_automix(status={"adopted_time": at(-50)}), 1000, False, id="once noted it is no news"),
        pytest.param(RESTORED, 1000, False, id="nor by a claim that came back with the finalizer"),
    ],
)
def test_what_runs_was_there_before(mix: AutoMix, age: float | None, expected: bool) -> None:  # noqa: FBT001 -- a table's column
    assert was_there_before(_seen(mix, age)) is expected


@pytest.mark.parametrize(
    ("age", "known", "expected"),
    [
        pytest.param(108, {"clock_moved": -8.0}, False, id="ZEGO's clock stepped back: it began with the claim"),
        pytest.param(114, {"clock_moved": -8.0}, True, id="ZEGO's clock stepped back: it is older all the same"),
        pytest.param(100, {"clock_moved": 60.0}, False, id="this machine slept: it began with the claim"),
        pytest.param(104.5, {"clock_moved": 60.0}, False, id="this machine slept: it is no older for that"),
        pytest.param(106, {"clock_moved": 60.0}, True, id="this machine slept: it is older all the same"),
        pytest.param(1000, {"last_age": 990.0}, False, id="that of the last look was judged then"),
        pytest.param(1000, {"last_age": 1000.0}, False, id="also if its age stands still"),
        pytest.param(1000, {"last_age": 1001.0}, True, id="another one than at the last look is judged anew"),
    ],
)
def test_what_runs_was_there_before_whatever_the_clocks_did(
    age: float,
    known: dict[str, float],
    expected: bool,  # noqa: FBT001 -- a table's column
) -> None:
    assert was_there_before(_seen(CLAIMED_LONG_AGO, age, **known)) is expected


@pytest.mark.parametrize(("age", "moved"), [(108, -8.0), (2, 38.0)], ids=["back", "ahead"])
def test_what_runs_began_under_the_claim_though_the_clock_moved(age: float, moved: float) -> None:
    assert began_under_the_claim(_seen(CLAIMED_LONG_AGO, age, clock_moved=moved))


@pytest.mark.parametrize(
    ("age", "last_age", "expected"),
    [
        pytest.param(1, 60, True, id="an age that fell between two looks"),
        pytest.param(60, 60, False, id="one that stands still, as it would without idle time"),
        pytest.param(58.5, 60, False, id="one that fell by no more than clocks differ"),
        pytest.param(58.4, 60, True, id="one that fell by more"),
        pytest.param(90, 60, False, id="one that rose, whatever the record says"),
        pytest.param(None, 60, False, id="one that ZEGO does not tell"),
    ],
)
def test_between_two_looks_the_age_tells_that_it_was_started_anew(
    age: float | None,
    last_age: float,
    expected: bool,  # noqa: FBT001 -- a table's column
) -> None:
    assert was_taken_over(_seen(a_running_automix(status=STARTED_LONG_AGO), age, last_age=last_age)) is expected


@pytest.mark.parametrize(
    ("status", "age", "expected"),
    [
        pytest.param({}, 95, False, id="what began five seconds after the recorded start may be it"),
        pytest.param({}, 94, True, id="what began later is not"),
        pytest.param({}, 100, False, id="what began with the recorded start is it"),
        pytest.param({"sequence": int(NOW) - 50}, 50, False, id="what began with our last call may come of it"),
        pytest.param({"sequence": int(NOW) - 50}, 44, True, id="what began after our last call does not"),
        pytest.param({"start_time": at(-50)}, 50, False, id="a Sequence of long ago does not make the record older"),
        pytest.param({"start_time": at(3600)}, 1, False, id="a start in the future is of a clock that went back"),
        pytest.param({}, None, False, id="without an age nobody can tell"),
        pytest.param({"start_time": None}, 1, False, id="where nothing was recorded to run, nothing was taken"),
    ],
)
def test_at_the_first_look_of_a_process_the_record_tells(
    status: dict[str, Any],
    age: float | None,
    expected: bool,  # noqa: FBT001 -- a table's column
) -> None:
    assert was_taken_over(_seen(a_running_automix(status=STARTED_LONG_AGO | status), age)) is expected


def test_what_began_after_a_call_of_this_process_is_its_effect() -> None:
    """Until a second look: the record's moment is that of the answer, and a mix may begin later."""
    assert not was_taken_over(_seen(a_running_automix(status=STARTED_LONG_AGO), 1, called=True))
    assert was_taken_over(_seen(a_running_automix(status=STARTED_LONG_AGO), 1, last_age=60, called=True))


def test_an_ended_mix_that_runs_again_was_taken_over_only_if_it_was_recorded_to_run() -> None:
    ended = a_running_automix(status=STARTED_LONG_AGO | {"start_time": None})

    assert not was_taken_over(_seen(ended, 1, last_age=60))


@pytest.mark.parametrize(
    ("taken_over", "expected"),
    [
        pytest.param(None, False, id="the first take-over"),
        pytest.param(at(-3599), True, id="the second within an hour"),
        pytest.param(at(-3600), False, id="the second after an hour"),
        pytest.param(at(60), True, id="the first is a little ahead of a clock that went back"),
        pytest.param(at(3600), False, id="the first is of another time altogether"),
    ],
)
def test_who_takes_it_twice_within_an_hour_insists(taken_over: Any, expected: bool) -> None:  # noqa: ANN401, FBT001 -- a table's columns
    assert insists(facts(a_running_automix(status={"taken_over_time": taken_over}))) is expected
