"""What may be called for one app at ZEGO, whatever objects carry it."""

import pytest

from automix.api.zegoapp import CallLimits
from automix.engine.account import Accounts, account_of
from automix.engine.budget import Priority
from builders import a_zego_app, accounts

pytestmark = pytest.mark.looptime

ACCOUNT = account_of(a_zego_app())


def _turns(known: Accounts) -> tuple[int, ...]:
    """Return how many calls may be made at once, by action."""
    budgets = known.budgets(ACCOUNT)
    return tuple(
        sum(budget.take((action, str(number)), Priority.START) for number in range(200))
        for action, budget in (("start", budgets.start), ("stop", budgets.stop), ("query", budgets.query))
    )


async def test_objects_for_one_app_share_its_budgets() -> None:
    known = accounts()

    assert known.budgets(account_of(a_zego_app(kind="ZegoApp"))) is known.budgets(ACCOUNT)
    assert known.budgets(account_of(a_zego_app(is_test=True))) is not known.budgets(ACCOUNT)


async def test_the_lowest_limit_counts_action_by_action() -> None:
    known = accounts()
    known.limit(ACCOUNT, [CallLimits(start=10, stop=50), CallLimits(start=20, stop=5, query=30)])

    assert _turns(known) == (10, 5, 30)


async def test_without_any_object_limits_stay_as_they_are() -> None:
    known = accounts()
    known.limit(ACCOUNT, [CallLimits(start=10, stop=20, query=30)])
    known.limit(ACCOUNT, [])

    assert _turns(known) == (10, 20, 30)
