"""Two tenants: what is the other's cannot be reached by its name. For rooms and outputs see `test_conflicts.py`."""

from typing import Any

import pytest

from support.cluster import GROUP, ROOT
from support.waiting import until
from support.world import World

pytestmark = pytest.mark.usefixtures("operator")

Json = dict[str, Any]


@pytest.fixture
def neighbour(world: World) -> World:
    """The other tenant."""
    return World(world.cluster, world.zego)


def ready(world: World, app: str) -> Json:
    """Return the condition Ready of a ZegoApp; empty before its first check."""
    stored = world.cluster.ask("GET", f"{ROOT}/namespaces/{world.namespace}/zegoapps/{app}")
    return next((each for each in stored["status"].get("conditions", []) if each["type"] == "Ready"), {})


def message(world: World, name: str) -> str:
    """Return what Ready of an AutoMix says."""
    return str(next(each["message"] for each in world.status(name)["conditions"] if each["type"] == "Ready"))


def test_an_app_that_only_the_neighbour_has_does_not_exist(world: World, neighbour: World) -> None:
    neighbour.add_app("private")
    until(lambda: ready(neighbour, "private").get("status") == "True", of="the neighbour can use it")
    task = world.declare("lobby", appRef={"kind": "ZegoApp", "name": "private"})
    world.wait_for("lobby", "AppNotFound", within=40)
    assert f"ZegoApp private does not exist in namespace {world.namespace}" in message(world, "lobby")
    assert world.zego.calls(task) == []
    world.delete("lobby")
    world.wait_until_gone("lobby")
    assert world.zego.calls(task) == []


def test_a_secret_that_only_the_neighbour_has_is_not_found_even_with_its_namespace(
    world: World, neighbour: World
) -> None:
    app_id, word = world.zego.new_app()
    meta = {"name": "private", "namespace": neighbour.namespace}
    world.cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"serverSecret": word}})
    reference = {**meta, "key": "serverSecret"}
    spec = {"appId": app_id, "endpoint": world.zego.url, "serverSecretRef": reference}
    app = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "ZegoApp", "metadata": {"name": "stolen"}, "spec": spec}
    apps = f"{ROOT}/namespaces/{world.namespace}/zegoapps"
    refusal = world.cluster.request("POST", f"{apps}?fieldValidation=Strict", app)
    assert 'unknown field "spec.serverSecretRef.namespace"' in refusal.json()["message"]
    # Who asks not to be told of unknown fields has it stored without.
    world.cluster.ask("POST", f"{apps}?fieldValidation=Ignore", app)
    until(lambda: ready(world, "stolen").get("reason") == "SecretNotFound", of="the Secret is not found")
    assert f"Secret {world.namespace}/private" in ready(world, "stolen")["message"]
    world.declare("lobby", appRef={"kind": "ZegoApp", "name": "stolen"})
    world.wait_for("lobby", "CredentialsRejected")
    assert f"Secret {world.namespace}/private" in message(world, "lobby")
    assert [call for call in world.zego.all_calls() if call["AppId"] == app_id] == []


def test_a_neighbour_whose_app_zego_does_not_answer_delays_nobody_else(world: World, neighbour: World) -> None:
    task = world.started("lobby")
    neighbour.wait_for_app()
    crowd = [f"crowd-{number}" for number in range(100)]
    hanging = [str(neighbour.manifest(name)["spec"]["roomId"]) for name in crowd]
    for each in hanging:
        world.zego.fault(Action="StartAutoMix", TaskId=each, DelayBefore=8)
    for name in crowd:
        neighbour.declare(name)
    until(lambda: sum(world.zego.arrived(each, "StartAutoMix") for each in hanging) >= 60, of="many calls hang")
    world.change("lobby", userData="one")
    until(lambda: len(world.zego.calls(task, "StartAutoMix")) == 2, within=2, of="the change is made")
    world.wait_for("lobby", "Running", within=2)
    assert not any(world.zego.task(each) for each in hanging)
