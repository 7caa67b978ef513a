"""The Sequence of the next call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automix.core.sequence import ahead_of_the_clock, next_sequence, ready_at
from builders import NOW


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        pytest.param(0, NOW + 0.9, int(NOW), id="after a lost record it is the clock's second"),
        pytest.param(int(NOW) - 100, NOW, int(NOW), id="it follows the clock"),
        pytest.param(int(NOW), NOW + 0.5, int(NOW) + 1, id="within one second it still rises"),
        pytest.param(int(NOW) + 50, NOW, int(NOW) + 51, id="a clock that went back does not lower it"),
        pytest.param(0, 2**31 - 1, 2**31 - 1, id="until January 2038 it fits 31 bits"),
    ],
)
def test_it_is_one_more_than_the_last_or_the_second(last: int, now: float, expected: int) -> None:
    assert next_sequence(last, now) == expected


@given(st.lists(st.floats(0, 10), max_size=20))
def test_calls_that_wait_until_they_are_due_never_run_ahead_of_the_clock(pauses: list[float]) -> None:
    """So that whoever knows nothing but the time finds a higher one."""
    last, now = 0, NOW
    for pause in pauses:
        now = max(now + pause, ready_at(last))
        sequence = next_sequence(last, now)
        assert last < sequence <= now
        last = sequence


def test_what_an_earlier_process_may_have_sent_is_gone_beyond() -> None:
    assert next_sequence(ahead_of_the_clock(100.7), 100.9) == 102
