"""The table of states, beside the design's."""

import pytest

from automix.api.meta import ConditionStatus
from automix.core.states import STATES, Reason
from support.invariants import REASONS


def test_every_reason_has_a_row() -> None:
    assert STATES.keys() == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_row_is_as_the_invariants_want_it(reason: Reason) -> None:
    assert tuple(STATES[reason]) == REASONS[reason]


@pytest.mark.parametrize("reason", Reason)
def test_a_row_reads_as_one_of_kstatus_states(reason: Reason) -> None:
    """Current is ready, InProgress reconciles, Failed is stalled; a change that waits for a person is none of them."""
    row = STATES[reason]
    told = (row.ready is ConditionStatus.TRUE, row.reconciling, row.stalled)

    assert sum(told) == (0 if reason is Reason.UPDATE_PENDING else 1)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_a_word_that_kubernetes_takes(reason: Reason) -> None:
    assert reason.isascii()
    assert reason.isalpha()
    assert reason[0].isupper()
