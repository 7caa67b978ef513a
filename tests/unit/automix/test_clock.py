"""The clock of the process."""

import time

import pytest

from automix.clock import steady_clock


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_it_starts_at_the_wall_clocks_time() -> None:
    assert steady_clock(Clock(1_700_000_000), Clock(5))() == 1_700_000_000


def test_it_advances_with_steady_time() -> None:
    steady = Clock(5)
    clock = steady_clock(Clock(1_700_000_000), steady)
    steady.now += 90.5
    assert clock() == 1_700_000_090.5


@pytest.mark.parametrize("jump", [-86400, 3600], ids=["backwards", "forwards"])
def test_a_jump_of_the_wall_clock_changes_nothing(jump: float) -> None:
    wall = Clock(1_700_000_000)
    clock = steady_clock(wall, Clock(5))
    wall.now += jump
    assert clock() == 1_700_000_000


def test_by_default_it_is_the_machines_own_time() -> None:
    assert steady_clock()() == pytest.approx(time.time(), abs=5)
