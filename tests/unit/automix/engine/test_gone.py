"""What is known to be gone."""

from automix.engine.gone import KEPT, Gone


def test_what_went_is_gone_until_it_is_seen_again() -> None:
    gone = Gone()
    assert "a" not in gone
    gone.add("a")
    assert "a" in gone
    gone.discard("a")
    gone.discard("never there")
    assert "a" not in gone


def test_a_list_may_show_what_went_after_it_began() -> None:
    gone = Gone()
    gone.add("before")
    begun = gone.moment
    gone.add("after")

    assert not gone.since(begun, "before")
    assert gone.since(begun, "after")
    assert not gone.since(begun, "there")


def test_what_went_twice_went_the_second_time() -> None:
    gone = Gone()
    gone.add("a")
    begun = gone.moment
    gone.add("a")

    assert gone.since(begun, "a")


def test_the_oldest_are_forgotten() -> None:
    gone = Gone()
    gone.add("first")
    for number in range(KEPT):
        gone.add(str(number))

    assert "first" not in gone
    assert "0" in gone
