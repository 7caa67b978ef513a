"""What a failure means for those who wait."""

import pytest

from automix.core.failures import Failure
from automix.core.states import Reason


@pytest.mark.parametrize("reason", Reason)
def test_only_the_spec_and_another_owner_are_for_a_person_to_mend(reason: Reason) -> None:
    assert Failure(reason, "x").terminal == (reason in {Reason.INVALID_SPEC, Reason.MANAGED_ELSEWHERE})


@pytest.mark.parametrize("reason", Reason)
def test_only_credentials_and_account_are_the_apps_trouble(reason: Reason) -> None:
    assert Failure(reason, "x").of_the_app == (reason in {Reason.CREDENTIALS_REJECTED, Reason.SERVICE_NOT_ENABLED})
