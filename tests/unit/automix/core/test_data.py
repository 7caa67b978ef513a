"""What decisions rest on cannot be changed under their hands."""

from dataclasses import FrozenInstanceError

import pytest
from pydantic import ValidationError

from automix.core.app_status import Findings
from automix.core.claim import Claim
from automix.core.facts import AppFacts
from automix.core.failures import Failure
from automix.core.record import Started
from automix.core.schedule import Timing
from automix.core.states import Reason
from builders import NOW, an_automix, facts


@pytest.mark.parametrize(
    ("known", "field"),
    [
        (facts(an_automix()), "now"),
        (AppFacts(), "problem"),
        (Timing(), "first_look"),
        (Claim(spec="abc", time=NOW), "sequence"),
        (Started(1, ()), "sequence"),
        (Failure(Reason.ZEGO_FAILED, "x"), "reason"),
        (Findings(), "problem"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_known_stays_as_it_is(known: object, field: str) -> None:
    with pytest.raises((FrozenInstanceError, ValidationError)):
        setattr(known, field, 7)


def test_a_failure_of_which_no_more_is_said_is_an_ordinary_one() -> None:
    failure = Failure(Reason.ZEGO_FAILED, "x")

    assert (failure.code, failure.request_id, failure.retry_after) == (None, "", None)
    assert not any((failure.in_doubt, failure.busy, failure.slow, failure.terminal, failure.of_the_app))


def test_an_app_of_which_nothing_was_found_out_has_nothing() -> None:
    found = Findings()

    assert (found.problem, found.message, found.waits_for, found.like) == ("", "", (), ())
    assert not any((found.sees_mixes, found.accepted))


def test_a_claim_of_which_no_more_is_said_is_one_of_a_start_that_was_the_first_call() -> None:
    claim = Claim(spec="abc", time=NOW)

    assert (claim.restart, claim.replace, claim.sequence) == ("", False, 0)
