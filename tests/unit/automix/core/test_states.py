"""The table of states, beside the design's."""

import pytest

from automix.api.meta import ConditionStatus
from automix.core.states import STATES, VIEWS, Kstatus, Reason
from support.invariants import REASONS
from support.kstatus import SEEN_BY_KSTATUS


def test_every_reason_has_a_row() -> None:
    assert STATES.keys() == VIEWS.keys() == set(Reason)


def test_kstatus_is_as_the_design_wants_it() -> None:
    assert {reason: view.kstatus for reason, view in VIEWS.items()} == SEEN_BY_KSTATUS
    assert set(SEEN_BY_KSTATUS.values()) == set(Kstatus)


@pytest.mark.parametrize("reason", Reason)
def test_argo_cd_agrees_with_kstatus_but_where_a_person_is_needed(reason: Reason) -> None:
    kstatus, health = VIEWS[reason]
    usual = {"InProgress": "Progressing", "Terminating": "Progressing", "Current": "Healthy", "Failed": "Degraded"}
    unusual = {
        Reason.UPDATE_PENDING: "Suspended",
        Reason.SUSPENDED: "Suspended",
        Reason.MIX_KEEPS_ENDING: "Degraded",
    }

    assert health == unusual.get(reason, usual[kstatus])


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
