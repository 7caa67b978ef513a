"""What a busy app costs: the budgets of the call are slowed down, and the failure says for how long."""

import asyncio
from collections.abc import Callable

import pytest
from kubernetes.aio.client import Configuration

from automix.api.automix import AutoMix, AutoMixStatus
from automix.core.actions import Claim, Effect, Observe, Release, Replace, Start, Stop, Update
from automix.core.failures import Failure
from automix.core.states import Reason
from automix.engine.account import account_of
from automix.engine.app import App
from automix.engine.cache import MixKey
from automix.engine.line import Priority
from automix.engine.selection import Selection
from automix.engine.turns import has_turns, priority_of, slowed_down
from automix.kube.client import KubeClient
from automix.kube.namespaces import Namespaces
from builders import a_retry, a_running_automix, a_spec, a_zego_app, accounts, an_automix, at, facts

pytestmark = pytest.mark.looptime

BUSY = Failure(Reason.THROTTLED, "too many", code=50, request_id="r-1", retry_after=3.0, busy=True)
RATE = 90
RENAMED = a_spec(user_data="second title")
THROTTLED = a_retry(Reason.THROTTLED)


def _app(wake: Callable[[MixKey], None] = lambda _: None) -> App:
    stored = a_zego_app()
    client = KubeClient(Configuration(host="http://127.0.0.1:1"))
    return App(stored, accounts(wake).budgets(account_of(stored)), Selection(Namespaces(client)))


@pytest.mark.parametrize(
    ("effect", "slowed"),
    [
        pytest.param(Start("x"), {"start"}, id="a start"),
        pytest.param(Update(("userData",)), {"start"}, id="a change in place is a start"),
        pytest.param(Replace("x"), {"start", "stop"}, id="a replace is both"),
        pytest.param(Stop(), {"stop"}, id="a stop"),
        pytest.param(Observe(), {"query"}, id="a look"),
    ],
)
async def test_the_budgets_of_the_call_are_halved(effect: Effect, slowed: set[str]) -> None:
    app = _app()
    slowed_down(BUSY, effect, app)

    budgets = {"start": app.budgets.start, "stop": app.budgets.stop, "query": app.budgets.query}
    assert {name for name, budget in budgets.items() if budget.current_rate == RATE / 2} == slowed
    assert {name for name, budget in budgets.items() if budget.current_rate == RATE} == budgets.keys() - slowed


async def test_the_object_comes_again_when_the_budget_grants_turns() -> None:
    told = slowed_down(BUSY, Start("x"), _app())

    assert told.retry_after == 3.0
    assert (told.reason, told.message, told.code, told.request_id, told.busy) == (
        Reason.THROTTLED,
        "too many",
        50,
        "r-1",
        True,
    )


async def test_of_two_budgets_the_later_one_counts() -> None:
    app = _app()
    app.budgets.stop.slow_down(retry_after=20)

    assert slowed_down(BUSY, Replace("x"), app).retry_after == 20


@pytest.mark.parametrize("effect", [Claim(None), Release()], ids=["a claim", "a release"])
async def test_what_calls_nobody_slows_nothing_down(effect: Effect) -> None:
    assert slowed_down(BUSY, effect, _app()).retry_after == 0


def test_without_an_app_there_is_nothing_to_slow_down() -> None:
    assert slowed_down(BUSY, Start("x"), None).retry_after == 0


@pytest.mark.parametrize(
    ("effect", "mix", "priority"),
    [
        pytest.param(Stop(), a_running_automix(deletion_timestamp=at(-1)), Priority.STOP, id="an end goes first"),
        pytest.param(Observe(), a_running_automix(deletion_timestamp=at(-1)), Priority.STOP, id="a look before it"),
        pytest.param(
            Update(("userData",)), a_running_automix(generation=2), Priority.CHANGE, id="what a person changed"
        ),
        pytest.param(
            Start("x"),
            a_running_automix(generation=2, status={"retry": a_retry()}),
            Priority.CHANGE,
            id="an edit of what failed",
        ),
        pytest.param(Replace("x"), a_running_automix(restart="now"), Priority.CHANGE, id="a restart by annotation"),
        pytest.param(Observe(needed=True), a_running_automix(reconcile="now"), Priority.CHANGE, id="a look, likewise"),
        pytest.param(Start("x"), an_automix(), Priority.START, id="a first start"),
        pytest.param(Start("x"), a_running_automix(), Priority.START, id="a mix that ended by itself"),
        pytest.param(Start("x"), a_running_automix(status={"retry": a_retry()}), Priority.RETRY, id="what failed"),
        pytest.param(
            Update(("userData",)),
            a_running_automix(RENAMED, ran=a_spec(), status={"observed_generation": 2, "retry": THROTTLED}),
            Priority.CHANGE,
            id="what a person changed, when ZEGO had too many calls: that was not its fault",
        ),
        pytest.param(
            Start("x"),
            an_automix(status=AutoMixStatus(retry=THROTTLED, observed_generation=1)),
            Priority.START,
            id="a first start, likewise",
        ),
        pytest.param(Observe(), a_running_automix(), Priority.LOOK, id="a look that is merely due"),
    ],
)
def test_how_urgent_an_effect_is(effect: Effect, mix: AutoMix, priority: Priority) -> None:
    assert priority_of(effect, facts(mix)) is priority


async def test_what_is_to_be_stopped_waits_for_no_look_any_more() -> None:
    app, mix = _app(), a_running_automix()
    for number in range(2 * RATE):
        for budget in app.budgets.of_calls:
            budget.take(("default", f"other-{number}"), Priority.STOP)
    crowd = app.budgets.query.waiting
    assert not has_turns(Observe(), facts(mix), app)
    assert app.budgets.query.waiting == crowd + 1

    assert not has_turns(Stop(), facts(mix), app)
    assert (app.budgets.stop.waiting, app.budgets.query.waiting) == (crowd + 1, crowd)


async def test_what_takes_turns_at_two_budgets_has_both_while_crowds_wait_for_either() -> None:
    """Each turn that was had first is kept while the other is waited for; else it would be waited for again."""
    mix, had = a_running_automix(restart="now"), asyncio.Event()
    world: dict[str, App] = {}

    def come_again(key: MixKey) -> None:
        asyncio.get_running_loop().call_soon(come, key)

    def come(key: MixKey) -> None:
        if key != mix.key:
            for budget in world["app"].budgets.of_calls:
                budget.spend(key)
                budget.take(key, Priority.START)
        elif has_turns(Replace("asked"), facts(mix), world["app"]):
            had.set()

    world["app"] = app = _app(come_again)
    for number in range(3 * RATE):
        for budget in app.budgets.of_calls:
            budget.take(("default", f"crowd-{number}"), Priority.START)
    come(mix.key)
    await asyncio.wait_for(had.wait(), 2)
    assert all(budget.waiting > RATE for budget in app.budgets.of_calls), "the crowds wait still"


@pytest.mark.parametrize(
    ("effect", "waits_for"),
    [
        pytest.param(Replace("asked"), "start", id="a replace"),
        pytest.param(Observe(needed=True), "query", id="a look that decides"),
    ],
)
async def test_no_more_than_a_few_keep_a_turn_that_they_cannot_use_yet(effect: Effect, waits_for: str) -> None:
    app = _app()
    lacking = {"start": app.budgets.start, "query": app.budgets.query}[waits_for]
    lacking.hold_until(asyncio.get_running_loop().time() + 60)
    mixes = [a_running_automix(name=f"lobby-{number}", restart="now") for number in range(30)]
    for mix in mixes:
        assert not has_turns(effect, facts(mix), app)
        await asyncio.sleep(1 / RATE)
    assert lacking.waiting == len(mixes)
    assert sum(budget.keep(mix.key) for budget in app.budgets.of_calls for mix in mixes) == RATE // 9


async def test_what_is_on_its_way_out_is_looked_at_without_a_turn_to_start() -> None:
    app, leaving = _app(), a_running_automix(deletion_timestamp=at(-1))
    app.budgets.start.hold_until(asyncio.get_running_loop().time() + 60)
    assert has_turns(Observe(needed=True), facts(leaving), app)


async def test_a_turn_to_start_is_given_back_by_what_is_to_be_stopped() -> None:
    app, mix = _app(), a_running_automix(restart="now")
    app.budgets.query.hold_until(asyncio.get_running_loop().time() + 60)
    assert not has_turns(Observe(needed=True), facts(mix), app)
    assert app.budgets.start.keep(mix.key)
    app.budgets.stop.hold_until(asyncio.get_running_loop().time() + 60)
    assert not has_turns(Stop(), facts(mix), app)
    assert not app.budgets.start.keep(mix.key)


async def test_a_turn_to_stop_is_kept_for_the_replace_that_a_look_may_decide_on() -> None:
    app, mix = _app(), a_running_automix(restart="now")
    app.budgets.start.hold_until(asyncio.get_running_loop().time() + 60)
    assert not has_turns(Replace("asked"), facts(mix), app)
    assert not has_turns(Observe(needed=True), facts(mix), app)
    assert app.budgets.stop.keep(mix.key)
