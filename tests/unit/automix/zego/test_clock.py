"""ZEGO's clock is learnt from whole seconds, and a slow answer does not spoil what quick ones told."""

import pytest

from automix.zego.clock import Clock

AHEAD = 1000.25
"""By how many seconds ZEGO is ahead here."""


class Ours:
    """Our clock, which stands until it is moved."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def ask(clock: Clock, ours: Ours, *, there: float = 0.0, back: float = 0.0, ahead: float = AHEAD) -> None:
    """Have ZEGO asked: it writes its Date after `there` seconds, and the answer arrives `back` seconds later."""
    sent = ours.now
    date = float(int(ours.now + there + ahead))
    ours.now += there + back
    clock.learn(date, sent)


def test_until_an_answer_it_is_ours() -> None:
    clock = Clock(Ours(5.0))

    assert (clock.heard, clock.now()) == (False, 5.0)


@pytest.mark.parametrize("tenth", range(10))
def test_one_quick_answer_tells_it_to_half_a_second(tenth: int) -> None:
    ours = Ours(50_000 + tenth / 10)
    clock = Clock(ours)
    ask(clock, ours)

    assert clock.heard
    assert clock.now() == pytest.approx(ours.now + AHEAD, abs=0.5)


def test_many_answers_tell_it_ever_more_exactly() -> None:
    ours = Ours(50_000.0)
    clock = Clock(ours)
    for _ in range(10):
        ask(clock, ours)
        ours.now += 1.1

    assert clock.now() == pytest.approx(ours.now + AHEAD, abs=0.06)


@pytest.mark.parametrize(("there", "back"), [(9.0, 0.0), (0.0, 9.0), (5.0, 4.0)])
def test_a_slow_answer_leaves_it_as_it_was(there: float, back: float) -> None:
    ours = Ours(50_000.0)
    clock = Clock(ours)
    ask(clock, ours)
    before = clock.now() - ours.now
    ask(clock, ours, there=there, back=back)

    assert clock.now() - ours.now == pytest.approx(before, abs=0.5)
    assert clock.now() == pytest.approx(ours.now + AHEAD, abs=0.5)


@pytest.mark.parametrize("jump", [-7200.0, -2.0, 2.0, 7200.0])
def test_after_a_jump_the_next_answer_tells_it_anew(jump: float) -> None:
    ours = Ours(50_000.0)
    clock = Clock(ours)
    for _ in range(3):
        ask(clock, ours)
        ours.now += 1.1
    ask(clock, ours, ahead=AHEAD + jump)

    assert clock.now() == pytest.approx(ours.now + AHEAD + jump, abs=0.5)


def test_a_clock_that_drifts_is_followed() -> None:
    ours = Ours(50_000.0)
    clock = Clock(ours)
    for number in range(10_000):
        ask(clock, ours, ahead=AHEAD + number / 1000)
        ours.now += 7.3

    assert clock.now() == pytest.approx(ours.now + AHEAD + 10, abs=0.6)


@pytest.mark.parametrize("tenth", range(10))
def test_it_does_not_go_back_for_what_an_answer_tells_more_exactly(tenth: int) -> None:
    ours = Ours(50_000 + tenth / 10)
    clock = Clock(ours)
    ask(clock, ours, back=3.0)
    told = [clock.now()]
    for _ in range(50):
        ours.now += 0.07
        ask(clock, ours)
        told.append(clock.now())

    assert told == sorted(told)
    assert told[-1] == pytest.approx(ours.now + AHEAD, abs=0.1)
