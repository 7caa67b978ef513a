"""The table of states, beside the design's."""

import pytest

from automix.api.meta import ConditionStatus
from automix.core.states import STATES, Reason

SEEN = None
# Of each reason: Ready, Active, Reconciling and Stalled.
DESIGN = {
    "Starting": ("False", "False", True, False),
    "Running": ("True", "True", False, False),
    "Updating": ("False", "True", True, False),
    "Replacing": ("False", "True", True, False),
    "UpdatePending": ("False", "True", False, False),
    "Ended": ("True", "False", False, False),
    "Suspended": ("True", SEEN, False, False),
    "Conflict": ("False", "False", False, True),
    "InvalidSpec": ("False", SEEN, False, True),
    "ManagedElsewhere": ("False", SEEN, False, True),
    "AppNotFound": ("False", "Unknown", False, True),
    "AppNotAllowed": ("False", "Unknown", False, True),
    "CredentialsRejected": ("False", "Unknown", False, True),
    "ServiceNotEnabled": ("False", "Unknown", False, True),
    "ZegoUnreachable": ("False", SEEN, True, False),
    "Throttled": ("False", SEEN, True, False),
    "Stopping": ("False", SEEN, True, False),
}


def test_every_reason_has_a_row() -> None:
    assert STATES.keys() == set(Reason)


@pytest.mark.parametrize("reason", DESIGN)
def test_a_row_is_as_the_design_has_it(reason: str) -> None:
    assert tuple(STATES[Reason(reason)]) == DESIGN[reason]


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
