"""Who has a say over what app objects share: who speaks to the same address, which accepted a call of it."""

import asyncio

import pytest

from automix.api.meta import ObjectMeta
from automix.api.zegoapp import ZegoApp, ZegoAppStatus
from automix.engine.app import App
from automix.engine.apps import Apps
from automix.engine.cache import AppKey, MixKey
from automix.engine.line import Priority
from builders import Field, a_zego_app, at
from unit.automix.engine.surroundings import surroundings

pytestmark = pytest.mark.looptime

ENDPOINT = "https://tenant.example"


def _stored(name: str = "tenant", version: int = 1, verified: int | None = None, **spec: Field) -> ZegoApp:
    """Return a tenant's app of that version and generation; `verified` is the generation that its status tells of."""
    told = ZegoAppStatus() if verified is None else ZegoAppStatus(observed_generation=verified, verified_time=at(0))
    meta = ObjectMeta(name=name, namespace="tenant", uid=name, resource_version=str(version), generation=version)
    return a_zego_app(kind="ZegoApp", **spec).model_copy(update={"metadata": meta, "status": told})


def _seen(apps: Apps, stored: ZegoApp) -> App:
    apps.see(stored)
    app = apps.get(stored.key)
    assert app is not None
    return app


@pytest.fixture
async def apps() -> Apps:
    """Return apps without anybody to talk to."""
    return Apps(surroundings())


async def test_what_an_endpoint_of_a_tenants_own_accepts_lowers_nobodys_limits(apps: Apps) -> None:
    neighbour = _seen(apps, _stored("neighbour", verified=1))
    tenant = _seen(apps, _stored(verified=1, endpoint=ENDPOINT, limits={"start": 1}))

    assert (tenant.has_a_say, neighbour.budgets.start.current_rate, tenant.budgets.start.current_rate) == (True, 90, 1)


async def test_objects_that_lead_to_one_endpoint_share_it(apps: Apps) -> None:
    one = _seen(apps, _stored("one", verified=1, endpoint=ENDPOINT))
    two = _seen(apps, _stored("two", verified=1, endpoint=ENDPOINT, limits={"start": 1}))

    assert one.budgets is two.budgets
    assert one.budgets.start.current_rate == 1


async def test_an_object_that_is_made_to_lead_elsewhere_has_no_say_there_before_it_is_accepted(apps: Apps) -> None:
    neighbour = _seen(apps, _stored("neighbour", verified=1))
    before = _seen(apps, _stored(verified=1, endpoint=ENDPOINT))
    after = _seen(apps, _stored(version=2, verified=1, limits={"start": 1}))

    assert (before.has_a_say, after.has_a_say, neighbour.budgets.start.current_rate) == (True, False, 90)
    assert before.budgets is not after.budgets is neighbour.budgets


async def test_an_edit_that_leads_nowhere_else_takes_nobodys_say(apps: Apps) -> None:
    before = _seen(apps, _stored(verified=1))
    after = _seen(apps, _stored(version=2, verified=1, region="Mumbai", limits={"start": 1}))

    assert before is after
    assert (after.has_a_say, after.budgets.start.current_rate) == (True, 1)


async def test_who_did_not_see_an_edit_does_not_trust_what_was_accepted_before_it(apps: Apps) -> None:
    seen = _seen(apps, _stored(version=2, verified=1))
    assert not seen.has_a_say

    told = _stored(version=2, verified=2)
    apps.see(told.model_copy(update={"metadata": told.metadata.model_copy(update={"resource_version": "3"})}))
    assert seen.has_a_say


def _accounts(apps: Apps) -> set[tuple[int, str]]:
    return {(reading.app_id, reading.address) for reading in apps.budget_readings()}


def _lost_in_use(users: set[MixKey]) -> tuple[Apps, AppKey]:
    """Return apps of which one is gone that mixes still use, and its key."""
    apps, stored = Apps(surroundings(users)), _stored()
    _seen(apps, stored)
    apps.lose(stored)
    return apps, stored.key


async def test_an_account_goes_with_its_last_object(apps: Apps) -> None:
    one, two = _stored("one", endpoint=ENDPOINT), _stored("two", endpoint=ENDPOINT)
    known = _seen(apps, one)
    known.budgets.start.slow_down()
    slowed = _seen(apps, two).budgets.start.current_rate
    apps.lose(one)
    assert _accounts(apps) == {(12345, ENDPOINT)}
    assert _seen(apps, _stored("two", version=2, endpoint=ENDPOINT)).budgets.start.current_rate == slowed < 90

    apps.lose(two)
    assert _accounts(apps) == set()
    assert apps.keys == ()


async def test_an_account_goes_when_its_last_object_is_made_to_lead_elsewhere(apps: Apps) -> None:
    _seen(apps, _stored(endpoint=ENDPOINT))
    _seen(apps, _stored(version=2))

    assert _accounts(apps) == {(12345, "")}


async def test_an_account_stays_while_mixes_of_an_object_that_is_gone_may_run() -> None:
    users = {("tenant", "lobby")}
    apps, lost = _lost_in_use(users)
    assert _accounts(apps) == {(12345, "")}

    users.clear()
    await apps.reconcile(lost)
    assert _accounts(apps) == set()


async def test_whoever_makes_an_app_anew_calls_nothing_for_the_second_that_may_be_used_up(apps: Apps) -> None:
    stored = _stored()
    _seen(apps, stored)
    apps.lose(stored)
    again = _seen(apps, _stored("again"))
    assert not again.budgets.start.take(("tenant", "lobby"), Priority.START)

    await asyncio.sleep(1.01)
    assert again.budgets.start.take(("tenant", "lobby"), Priority.START)


async def test_the_sweep_forgets_what_is_gone_and_used_no_more() -> None:
    """In a process that waits for the Lease nothing else does: its queue is shut."""
    users = {("tenant", "lobby")}
    apps, _ = _lost_in_use(users)
    users.clear()
    apps.review()
    assert (apps.keys, _accounts(apps)) == ((), set())
