"""What may be called for one app at ZEGO, whatever objects carry it."""

import asyncio

import pytest

from automix.api.zegoapp import CallLimits
from automix.engine.account import Account, Accounts, account_of
from automix.engine.line import Priority
from builders import a_zego_app, accounts

pytestmark = pytest.mark.looptime

ACCOUNT = account_of(a_zego_app())


def _leading_to(endpoint: str | None) -> Account:
    """Return the account of a stored object with an endpoint, whatever rules are older than that."""
    app = a_zego_app()
    return account_of(app.model_copy(update={"spec": app.spec.model_copy(update={"endpoint": endpoint})}))


def _rates(known: Accounts) -> tuple[float, ...]:
    """Return how many calls may be made a second, by action."""
    budgets = known.budgets(ACCOUNT)
    return budgets.start.current_rate, budgets.stop.current_rate, budgets.query.current_rate


async def test_objects_for_one_app_share_its_budgets() -> None:
    known = accounts()

    assert known.budgets(account_of(a_zego_app(kind="ZegoApp"))) is known.budgets(ACCOUNT)
    assert known.budgets(account_of(a_zego_app(is_test=True))) is not known.budgets(ACCOUNT)


@pytest.mark.parametrize(
    ("endpoint", "like"),
    [
        pytest.param("https://rtc-api.zego.im", None, id="ZEGO's own"),
        pytest.param("https://rtc-api-bom.zego.im/", None, id="ZEGO's own in a region"),
        pytest.param("http://Proxy.example:80/", "http://proxy.example", id="the same by another spelling"),
        pytest.param("http://me:x@proxy.example", "ftp://proxy.example", id="none at all, as an older object may have"),
    ],
)
def test_ways_to_write_one_address_are_one_account(endpoint: str, like: str | None) -> None:
    assert _leading_to(endpoint) == _leading_to(like)
    assert "x@" not in _leading_to(endpoint).address


def test_who_speaks_to_another_address_is_another_account() -> None:
    assert account_of(a_zego_app(region="Mumbai")) == ACCOUNT
    assert len({ACCOUNT, _leading_to("http://proxy.example"), _leading_to("http://proxy.example:81")}) == 3


async def test_the_lowest_limit_counts_action_by_action() -> None:
    known = accounts()
    known.limit(ACCOUNT, [CallLimits(start=10, stop=50), CallLimits(start=20, stop=5, query=30)])

    assert _rates(known) == (10, 5, 30)


async def test_without_any_object_limits_stay_as_they_are() -> None:
    known = accounts()
    known.limit(ACCOUNT, [CallLimits(start=10, stop=20, query=30)])
    known.limit(ACCOUNT, [])

    assert _rates(known) == (10, 20, 30)


async def test_how_the_budgets_stand_can_be_read() -> None:
    known = accounts()
    known.limit(ACCOUNT, [CallLimits(start=1, stop=20, query=30)])
    for name in ("one", "two", "three"):
        known.budgets(ACCOUNT).start.take(("default", name), Priority.START)
    await asyncio.sleep(5)

    assert [(reading.action, reading.rate, reading.waiting, reading.oldest) for reading in known.readings()] == [
        ("StartAutoMix", 1, 2, pytest.approx(5)),
        ("StopAutoMix", 20, 0, 0),
        ("GetMixTaskInfo", 30, 0, 0),
        ("DescribeUserNum", 9, 0, 0),
    ]


async def test_a_namespace_with_thousands_of_mixes_delays_another_by_a_turn() -> None:
    woken: list[tuple[str, str]] = []
    known = accounts(wake=woken.append)
    known.limit(ACCOUNT, [CallLimits(start=10)])
    budget = known.budgets(ACCOUNT).start
    for number in range(1000):
        if budget.take(("crowd", str(number)), Priority.START):
            budget.spend(("crowd", str(number)))
    budget.take(("quiet", "one"), Priority.START)
    await asyncio.sleep(1.1)

    assert ("quiet", "one") in woken[:2]


async def test_whoever_takes_over_calls_nothing_for_the_second_that_may_be_used_up() -> None:
    woken: list[tuple[str, str]] = []
    known = accounts(wake=woken.append)
    before = known.budgets(ACCOUNT)
    known.begin()
    for budgets in (before, known.budgets(account_of(a_zego_app(is_test=True)))):
        assert not budgets.stop.take(("default", "one"), Priority.STOP)
    await asyncio.sleep(0.99)
    assert woken == []
    await asyncio.sleep(0.02)

    assert woken == [("default", "one")] * 2
