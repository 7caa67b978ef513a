"""The Sequences that were sent, by user id."""

from automix.engine.sequences import Owner, Sequences
from builders import NOW

ONE = Owner(1, is_test=False, user_id="u")
OTHERS = [
    Owner(2, is_test=False, user_id="u"),
    Owner(1, is_test=True, user_id="u"),
    Owner(1, is_test=False, user_id="v"),
]


def test_of_an_owner_that_sent_nothing_it_is_zero() -> None:
    assert Sequences().last(ONE) == 0


def test_it_rises_and_never_falls() -> None:
    sequences = Sequences()
    for sequence in (5, 9, 7):
        sequences.raise_to(ONE, sequence)

    assert sequences.last(ONE) == 9


def test_each_user_id_of_each_app_has_its_own() -> None:
    sequences = Sequences()
    sequences.raise_to(ONE, 9)

    assert [sequences.last(other) for other in OTHERS] == [0, 0, 0]


def test_what_the_clock_has_overtaken_by_an_hour_is_forgotten() -> None:
    sequences = Sequences()
    sequences.raise_to(ONE, int(NOW))
    sequences.raise_to(OTHERS[0], int(NOW) + 3600)
    assert sequences.last(ONE) == int(NOW)

    sequences.raise_to(OTHERS[0], int(NOW) + 3601)
    assert sequences.last(ONE) == 0
    assert sequences.last(OTHERS[0]) == int(NOW) + 3601
