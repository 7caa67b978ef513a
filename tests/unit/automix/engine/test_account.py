"""What may be called for one app at ZEGO, whatever objects carry it."""

import pytest

from automix.api.zegoapp import CallLimits
from automix.engine.account import Accounts, account_of
from automix.engine.budget import Priority
from builders import a_zego_app

pytestmark = pytest.mark.looptime

ACCOUNT = account_of(a_zego_app())


def _turns(accounts: Accounts) -> tuple[int, ...]:
    """Return how many calls may be made at once, by action."""
    budgets = accounts.budgets(ACCOUNT)
    return tuple(
        sum(budget.take((action, str(number)), Priority.START) for number in range(200))
        for action, budget in (("start", budgets.start), ("stop", budgets.stop), ("query", budgets.query))
    )


async def test_objects_for_one_app_share_its_budgets() -> None:
    accounts = Accounts(lambda _: None)

    assert accounts.budgets(account_of(a_zego_app(kind="ZegoApp"))) is accounts.budgets(ACCOUNT)
    assert accounts.budgets(account_of(a_zego_app(is_test=True))) is not accounts.budgets(ACCOUNT)


async def test_the_lowest_limit_counts_action_by_action() -> None:
    accounts = Accounts(lambda _: None)
    accounts.limit(ACCOUNT, [CallLimits(start=10, stop=50), CallLimits(start=20, stop=5, query=30)])

    assert _turns(accounts) == (10, 5, 30)


async def test_without_any_object_limits_stay_as_they_are() -> None:
    accounts = Accounts(lambda _: None)
    accounts.limit(ACCOUNT, [CallLimits(start=10, stop=20, query=30)])
    accounts.limit(ACCOUNT, [])

    assert _turns(accounts) == (10, 20, 30)
