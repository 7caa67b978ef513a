"""Looks that are due wait for their turn before a pass is begun."""

import asyncio
from dataclasses import replace

import pytest

from automix.engine.apps import Apps
from automix.engine.budget import Budget
from automix.engine.cache import MixCache, MixKey
from automix.engine.line import Priority
from automix.engine.looks import Looks
from builders import a_running_automix, a_zego_app
from unit.automix.engine.surroundings import surroundings

pytestmark = pytest.mark.looptime

RATE = 90
NAMES = [f"mix-{number}" for number in range(2 * RATE)]


@pytest.fixture
def woken() -> list[MixKey]:
    """Keys whose turn came."""
    return []


@pytest.fixture
async def apps(woken: list[MixKey]) -> Apps:
    """One app that can be called."""
    apps = Apps(replace(surroundings(), wake_mix=woken.append))
    apps.see(a_zego_app())
    return apps


@pytest.fixture
def looks(apps: Apps) -> Looks:
    """Looks of many objects, none of which is expected."""
    cache = MixCache()
    for name in NAMES:
        cache.see(a_running_automix(name=name, uid=name))
    return Looks(cache, apps)


def _queries(apps: Apps) -> Budget[MixKey]:
    app = apps.get(a_zego_app().key)
    assert app is not None
    return app.budgets.query


async def test_looks_that_are_due_at_once_begin_as_their_turns_come(
    looks: Looks, apps: Apps, woken: list[MixKey]
) -> None:
    keys = [("default", name) for name in NAMES]
    for key in keys:
        looks.expect(key)
    begun = [key for key in keys if looks.have_their_turn(key)]
    assert len(begun) < RATE / 2

    await asyncio.sleep(1)
    assert len(begun) + len(woken) == 60  # calls on their way, none of which is answered
    assert woken == keys[len(begun) : len(begun) + len(woken)]
    # They keep their turns: the passes that were woken take them.
    assert all(_queries(apps).take(key, Priority.LOOK) for key in woken)


@pytest.mark.parametrize("expected", [False, True], ids=["nothing but a pass is due", "it is planned for meanwhile"])
async def test_what_is_due_for_anything_else_waits_for_nobody(looks: Looks, apps: Apps, *, expected: bool) -> None:
    for number in range(2 * RATE):
        _queries(apps).take(("other", str(number)), Priority.LOOK)
    if expected:
        looks.expect(("default", "mix-0"))
        assert not looks.have_their_turn(("default", "mix-0"))
        looks.forget(("default", "mix-0"))

    assert looks.have_their_turn(("default", "mix-0"))


@pytest.mark.parametrize("gone", ["the object", "the app"])
async def test_what_has_nobody_to_ask_begins_its_pass(looks: Looks, apps: Apps, gone: str) -> None:
    key = ("default", "nobody" if gone == "the object" else "mix-0")
    looks.expect(key)
    if gone == "the app":
        for app in list(apps.objects()):
            apps.lose(app)

    assert looks.have_their_turn(key)
