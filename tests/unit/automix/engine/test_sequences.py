"""The Sequences that were sent, by user id."""

import pytest

from automix.engine.account import Account
from automix.engine.sequences import Owner, Sequences
from builders import NOW

ONE = Owner(Account(1, is_test=False), "u")
OTHERS = [
    Owner(Account(2, is_test=False), "u"),
    Owner(Account(1, is_test=True), "u"),
    Owner(Account(1, is_test=False, address="http://elsewhere"), "u"),
    Owner(Account(1, is_test=False), "v"),
]


@pytest.fixture
def sequences() -> Sequences:
    """Return Sequences at a moment."""
    return Sequences(lambda: NOW)


def test_of_an_owner_that_sent_nothing_it_is_zero(sequences: Sequences) -> None:
    assert sequences.last(ONE) == 0


def test_it_rises_and_never_falls(sequences: Sequences) -> None:
    for sequence in (5, 9, 7):
        sequences.raise_to(ONE, sequence)

    assert sequences.last(ONE) == 9


def test_each_user_id_of_each_app_has_its_own(sequences: Sequences) -> None:
    sequences.raise_to(ONE, 9)

    assert [sequences.last(other) for other in OTHERS] == [0] * len(OTHERS)


def test_what_was_last_raised_more_than_ten_minutes_ago_is_forgotten() -> None:
    moments = iter([NOW, NOW + 600, NOW + 601])
    sequences = Sequences(lambda: next(moments))
    sequences.raise_to(ONE, int(NOW))
    sequences.raise_to(OTHERS[0], int(NOW) + 600)
    assert sequences.last(ONE) == int(NOW)

    sequences.raise_to(OTHERS[0], int(NOW) + 601)
    assert sequences.last(ONE) == 0
    assert sequences.last(OTHERS[0]) == int(NOW) + 601


def test_one_that_is_far_ahead_makes_no_other_forgotten(sequences: Sequences) -> None:
    sequences.raise_to(ONE, int(NOW))
    sequences.raise_to(OTHERS[0], 2**31 - 1)

    assert sequences.last(ONE) == int(NOW)


def test_one_that_is_far_ahead_keeps_no_other_for_ever() -> None:
    moments = iter([NOW, NOW + 1, NOW + 602])
    sequences = Sequences(lambda: next(moments))
    sequences.raise_to(ONE, 2**31 - 1)
    sequences.raise_to(OTHERS[0], int(NOW))
    sequences.raise_to(OTHERS[1], int(NOW))

    assert [sequences.last(owner) for owner in (ONE, *OTHERS[:2])] == [0, 0, int(NOW)]
