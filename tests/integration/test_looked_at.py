"""Whatever an object waits for, what may run for it is looked at: nobody else tells of its end."""

import time
from datetime import datetime
from typing import Any

import pytest

from support.waiting import until
from support.world import World

pytestmark = pytest.mark.usefixtures("operator")

Json = dict[str, Any]

OFTEN = {"driftCheckInterval": "1s"}
NO_SUCH_CODEC = 110200002


def active(world: World, name: str) -> str:
    """Return the status of Active."""
    listed = world.status(name)["conditions"]
    return next(str(each["status"]) for each in listed if each["type"] == "Active")


def verified(world: World, name: str, **spec: object) -> str:
    """Have a mix run that ZEGO's query has shown; returns the task id."""
    task = world.started(name, **OFTEN, **spec)
    world.wait_until_drift_is_verified()
    return task


def test_a_mix_that_ends_after_an_edit_was_refused_is_not_called_active(world: World) -> None:
    task = verified(world, "lobby")
    world.zego.fault(Action="StartAutoMix", TaskId=task, Code=NO_SUCH_CODEC)
    world.change("lobby", userData="refused")
    world.wait_for("lobby", "InvalidSpec")
    assert active(world, "lobby") == "True"
    world.zego.kill(task)
    until(lambda: active(world, "lobby") == "False", of="its end is seen")
    assert world.reason("lobby") == "InvalidSpec"
    world.change("lobby", userData="right")
    world.wait_for("lobby", "Running")


def test_a_mix_that_ends_while_another_has_its_new_output_is_not_called_active(world: World) -> None:
    older = verified(world, "older")
    holder = world.started("holder")
    world.change("older", mixOutput=[{"streamId": f"{holder}-mix"}])
    world.wait_for("older", "Conflict")
    assert active(world, "older") == "True"
    world.zego.kill(older)
    until(lambda: active(world, "older") == "False", of="its end is seen")
    assert world.reason("older") == "Conflict"
    assert world.changes(older) == ["StartAutoMix"]


def created(world: World, name: str) -> float:
    """Return when an object was made, in Unix seconds."""
    return datetime.fromisoformat(world.get(name)["metadata"]["creationTimestamp"]).timestamp()


def test_who_asks_what_runs_yields_to_an_older_one_that_comes_meanwhile(world: World) -> None:
    """The look of the younger one takes long; by the time of its answer the older one has the room."""
    room = world.declare("older", suspend=True)
    world.wait_for("older", "Suspended")
    # An object's age is known to the second.
    until(lambda: time.time() >= created(world, "older") + 1, of="it is older than the next")
    first = world.started("first", roomId=room, taskId=f"{room}-first")
    world.cluster.apply(world.manifest("younger", roomId=room, taskId=f"{room}-younger"))
    world.wait_for("younger", "Conflict")
    world.zego.fault(Action="GetMixTaskInfo", TaskId=f"{room}-younger", DelayBefore=3)
    world.delete("first")
    world.wait_until_gone("first")
    until(lambda: world.zego.arrived(f"{room}-younger", "GetMixTaskInfo"), of="the younger one asks")
    world.change("older", suspend=False)
    world.wait_for("older", "Running")
    until(lambda: world.zego.calls(f"{room}-younger", "GetMixTaskInfo"), of="the younger one is answered")
    world.annotate("younger", reconcile_requested_at="1")
    until(lambda: world.status("younger").get("lastHandledReconcileAt") == "1", of="it has gone on from there")
    assert world.reason("younger") == "Conflict"
    assert world.zego.task(first) is None
    assert world.zego.task(room)
    assert world.changes(f"{room}-younger") == []
