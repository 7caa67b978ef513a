"""App objects that are deleted: they wait for who uses them, and what runs is stopped whatever went first."""

from typing import Any

import pytest

from support.cluster import ROOT
from support.waiting import until
from support.world import MERGE, World

pytestmark = pytest.mark.usefixtures("operator")

Json = dict[str, Any]
FINALIZER = "automix.zego.im/app"


def path(world: World) -> str:
    """Return the path of the world's app."""
    return f"{ROOT}/namespaces/{world.namespace}/zegoapps/zego"


def finalizers(world: World) -> list[str]:
    """Return the finalizers of the world's app."""
    found: list[str] = world.cluster.ask("GET", path(world))["metadata"].get("finalizers", [])
    return found


def ready(world: World) -> Json:
    """Return its condition Ready."""
    conditions = world.cluster.ask("GET", path(world))["status"].get("conditions", [])
    return next((each for each in conditions if each["type"] == "Ready"), {"reason": "", "message": ""})


def gone(world: World) -> bool:
    """Whether it is gone."""
    return world.cluster.request("GET", path(world)).status_code == 404


def test_an_app_is_held_exactly_while_a_mix_uses_it(world: World) -> None:
    world.wait_for_app()
    assert finalizers(world) == []
    world.started("first")
    until(lambda: finalizers(world) == [FINALIZER])
    world.started("second")
    world.delete("first")
    world.wait_until_gone("first")
    assert finalizers(world) == [FINALIZER]
    world.delete("second")
    until(lambda: finalizers(world) == [])
    patches = [written for written in world.writes("zego") if written == ("patch", "zegoapps")]
    assert len(patches) == 2, "one puts it on and one takes it off"


def test_a_finalizer_that_is_taken_off_comes_back_and_others_are_left_alone(world: World) -> None:
    world.started("lobby")
    until(lambda: finalizers(world) == [FINALIZER])
    world.cluster.ask("PATCH", path(world), {"metadata": {"finalizers": ["example.com/other"]}}, MERGE)
    until(lambda: finalizers(world) == ["example.com/other", FINALIZER])
    world.delete("lobby")
    until(lambda: finalizers(world) == ["example.com/other"])
    world.cluster.ask("PATCH", path(world), {"metadata": {"finalizers": None}}, MERGE)


def test_deleting_an_app_waits_for_its_mixes_and_names_them(world: World) -> None:
    names = [f"room-{number}" for number in range(7)]
    for name in names:
        world.declare(name)
    for name in names:
        world.wait_for(name, "Running")
    until(lambda: finalizers(world) == [FINALIZER])
    world.cluster.ask("DELETE", path(world))
    until(lambda: ready(world)["reason"] == "InUse")
    assert f"{world.namespace}/room-4 and 2 more; delete them too" in ready(world)["message"]
    world.declare("late")
    status = world.wait_for("late", "AppNotFound")
    assert "is being deleted" in status["conditions"][0]["message"]
    world.change("room-0", userData="works on")
    until(lambda: (task := world.zego.task(f"{world.namespace}-room-0")) and task["UserData"])
    for name in names[:3]:
        world.delete(name)
    until(lambda: "more" not in ready(world)["message"], of="the names are brought up to date")
    for name in names[3:]:
        world.delete(name)
    until(lambda: gone(world), of="the app goes when nobody uses it")
    assert not [task for task in world.zego.state()["Tasks"] if task["TaskId"].startswith(f"{world.namespace}-")]


def test_an_app_that_nobody_uses_goes_at_once(world: World) -> None:
    world.wait_for_app()
    world.declare("held-up", suspend=True)
    world.wait_for("held-up", "Suspended")
    world.cluster.ask("DELETE", path(world))
    assert gone(world)


def test_a_mix_whose_app_was_torn_away_is_stopped_all_the_same(world: World) -> None:
    task = world.started("lobby")
    until(lambda: finalizers(world) == [FINALIZER])
    world.cluster.ask("DELETE", path(world))
    while not gone(world):
        world.cluster.request("PATCH", path(world), {"metadata": {"finalizers": None}}, MERGE)
    world.annotate("lobby", reconcile_requested_at="1")
    world.wait_for("lobby", "AppNotFound")
    assert world.zego.task(task)
    world.delete("lobby")
    world.wait_until_gone("lobby")
    assert world.zego.task(task) is None


def test_a_mix_is_stopped_when_app_and_secret_are_deleted_before_it(world: World) -> None:
    task = world.started("lobby")
    until(lambda: finalizers(world) == [FINALIZER])
    world.cluster.ask("DELETE", f"/api/v1/namespaces/{world.namespace}/secrets/zego")
    world.cluster.ask("DELETE", path(world))
    until(lambda: "Besides, it is not ready: Secret" in ready(world)["message"])
    world.delete("lobby")
    world.wait_until_gone("lobby")
    assert world.zego.task(task) is None
    until(lambda: gone(world))


def test_an_app_that_is_made_anew_takes_its_mixes_over(world: World) -> None:
    task = world.started("lobby")
    until(lambda: finalizers(world) == [FINALIZER])
    world.cluster.ask("DELETE", path(world))
    while not gone(world):
        world.cluster.request("PATCH", path(world), {"metadata": {"finalizers": None}}, MERGE)
    world.add_app("zego")
    until(lambda: finalizers(world) == [FINALIZER])
    world.change("lobby", userData="anew")
    until(lambda: world.zego.task(task)["UserData"], of="the change is in effect")  # type: ignore[index]
    world.wait_for("lobby", "Running")
