"""The stand-in counts what ZEGO would refuse."""

from benchmarks.zego import LIMIT, Tally


def test_a_second_takes_as_many_calls_as_zego_does_and_no_more() -> None:
    tally = Tally()

    assert [tally.accept(number / 1000) for number in range(LIMIT + 1)] == [True] * LIMIT + [False]
    assert (tally.calls, tally.over, tally.busiest) == (LIMIT + 1, 1, LIMIT)


def test_a_second_begins_anywhere() -> None:
    tally = Tally()
    late = [tally.accept(0.9) for _ in range(60)]
    early = [tally.accept(1.5) for _ in range(60)]

    assert (late.count(False), early.count(False)) == (0, 20)


def test_what_was_refused_leaves_room_for_others() -> None:
    tally = Tally()
    for _ in range(LIMIT + 50):
        tally.accept(10.0)

    assert tally.accept(11.0)
    assert (tally.first, tally.last, tally.over) == (10.0, 11.0, 50)
