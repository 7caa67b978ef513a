"""What is known to be gone."""

import pytest

from automix.engine.gone import KEPT, KEPT_SECONDS, Gone

NOW = 1_700_000_000.0


@pytest.fixture
def gone() -> Gone:
    return Gone(lambda: NOW)


def test_what_went_is_gone_until_it_is_seen_again(gone: Gone) -> None:
    assert "a" not in gone
    gone.add("a")
    assert "a" in gone
    gone.discard("a")
    gone.discard("never there")
    assert "a" not in gone


def test_a_list_may_show_what_went_after_it_began(gone: Gone) -> None:
    gone.add("before")
    begun = gone.moment
    gone.add("after")

    assert not gone.since(begun, "before")
    assert gone.since(begun, "after")
    assert not gone.since(begun, "there")


def test_what_went_twice_went_the_second_time(gone: Gone) -> None:
    gone.add("a")
    begun = gone.moment
    gone.add("a")

    assert gone.since(begun, "a")


def test_of_too_many_the_oldest_are_forgotten(gone: Gone) -> None:
    gone.add("first")
    for number in range(KEPT):
        gone.add(str(number))

    assert "first" not in gone
    assert "0" in gone


def test_what_went_long_ago_is_forgotten_with_the_next_that_goes() -> None:
    moments = iter([NOW, NOW + 1, NOW + 0.5 + KEPT_SECONDS])
    gone = Gone(lambda: next(moments))
    for uid in ("first", "second", "third"):
        gone.add(uid)

    assert "first" not in gone
    assert "second" in gone
    assert "third" in gone
