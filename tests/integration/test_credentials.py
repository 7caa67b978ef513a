"""Credentials that are missing, wrong, rotated or not for everyone: each says the fix, and none is tried in a loop."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from support.canaries import canary
from support.cluster import GROUP, ROOT
from support.invariants import History
from support.waiting import until
from support.world import MERGE, World

pytestmark = pytest.mark.usefixtures("operator")

Json = dict[str, Any]


def app(world: World, name: str = "zego") -> Json:
    """Return an app object of the world's."""
    return world.cluster.ask("GET", app_path(world, name))


def app_path(world: World, name: str = "zego") -> str:
    """Return its path."""
    return f"{ROOT}/namespaces/{world.namespace}/zegoapps/{name}"


def condition(stored: Json, kind: str = "Ready") -> Json:
    """Return a condition; empty if it is not there."""
    return next((each for each in stored["status"].get("conditions", []) if each["type"] == kind), {})


def store_data(world: World, data: Json) -> None:
    """Put base64 data into the Secret, and nothing else."""
    path = f"/api/v1/namespaces/{world.namespace}/secrets/zego"
    world.cluster.request("DELETE", path)
    meta = {"name": "zego", "namespace": world.namespace}
    world.cluster.ask("POST", path.rpartition("/")[0], {"metadata": meta, "data": data})


def drop_secret(world: World) -> None:
    """Delete the Secret."""
    world.cluster.ask("DELETE", f"/api/v1/namespaces/{world.namespace}/secrets/zego")


@contextmanager
def edited_all_the_time(world: World, names: list[str]) -> Iterator[None]:
    """Change the mixes one after the other, over and over."""
    stop = threading.Event()

    def edit() -> None:
        for number in range(100_000):
            for name in names:
                if stop.is_set():
                    return
                world.change(name, userData=f"edit {number}")

    thread = threading.Thread(target=edit)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def calls_of(world: World) -> list[Json]:
    """Return what was called for the world's app."""
    return [call for call in world.zego.all_calls() if call["AppId"] == world.app_id]


def test_a_secret_that_is_rotated_under_load_fails_no_mix(world: World, history: History) -> None:
    world.wait_for_app()
    names = [f"busy-{number}" for number in range(30)]
    for name in names:
        world.declare(name)
    for name in names:
        world.wait_for(name, "Running", within=60)
    rotated, seen = canary("under-load"), len(history.versions)
    with edited_all_the_time(world, names):
        until(lambda: world.status(names[0])["sequence"] > 0 and len(history.versions) > seen + 10)
        world.zego.app(world.app_id, rotated)
        refused = until(lambda: [call for call in calls_of(world) if call["Code"] == REFUSED])[0]
        world.store_secret(rotated)
        until(lambda: accepted_after(world, refused), of="the new secret is in effect")
    for name in names:
        world.wait_for(name, "Running", within=60)
    gap = accepted_after(world, refused)[0]["Time"] - refused["Time"]
    assert gap < 5
    ours = [mix for mix in history.versions[seen:] if mix["metadata"]["namespace"] == world.namespace]
    reasons = {each["reason"] for mix in ours for each in mix["status"].get("conditions", [])}
    assert reasons <= {"Running", "Updating"}
    assert not [mix for mix in ours if mix["status"].get("retry")]
    listed = world.cluster.ask("GET", f"/apis/events.k8s.io/v1/namespaces/{world.namespace}/events")["items"]
    assert [event["note"] for event in listed if event["type"] != "Normal"] == []
    assert condition(app(world))["lastTransitionTime"] == app(world)["status"]["verifiedTime"]


REFUSED = 100000005


def accepted_after(world: World, refused: Json) -> list[Json]:
    """Return the StartAutoMix that were accepted after a refusal."""
    return [
        call
        for call in calls_of(world)
        if call["Action"] == "StartAutoMix" and call["Code"] == 0 and call["Time"] > refused["Time"]
    ]


def test_a_secret_that_is_wrong_is_not_tried_in_a_loop(world: World) -> None:
    looked_at = world.started("runs")
    until(lambda: world.zego.calls(looked_at, "GetMixTaskInfo"), of="the next look is minutes away")
    names = [f"waits-{number}" for number in range(5)]
    world.zego.app(world.app_id, canary("lost"))
    for name in names:
        world.declare(name)
    for name in names:
        world.wait_for(name, "CredentialsRejected")
    said = condition(app(world))
    assert said["reason"] == "CredentialsRejected"
    assert f"key serverSecret of Secret {world.namespace}/zego; a new one is taken up" in said["message"]
    checks = until(
        lambda: (found := refused(world, "GetMixTaskInfo"))[4:] and found, of="it is checked again and again"
    )
    waits = [later["Time"] - earlier["Time"] for earlier, later in pairwise(checks or [])]
    assert all(longer > 1.5 * shorter for shorter, longer in pairwise(waits)), "ever more slowly"
    for name in names:
        assert world.zego.arrived(f"{world.namespace}-{name}", "StartAutoMix") <= 1, "a mix does not try in vain"


def refused(world: World, action: str) -> list[Json]:
    """Return the calls of the world's app whose signature was refused."""
    return [call for call in calls_of(world) if call["Action"] == action and call["Code"] == REFUSED]


def test_a_secret_that_is_mended_later_is_picked_up_by_itself(world: World) -> None:
    world.wait_for_app()
    rotated = canary("later")
    world.zego.app(world.app_id, rotated)
    task = world.declare("lobby")
    world.wait_for("lobby", "CredentialsRejected")
    world.store_secret(rotated)
    until(lambda: world.zego.task(task), within=40, of="the mix runs")
    world.wait_for("lobby", "Running")
    assert condition(app(world))["status"] == "True"


SECRETS = {
    "a key that is missing": ({"other": "eA=="}, "SecretKeyNotFound", "has no key serverSecret; add it"),
    "a key that is empty": ({"serverSecret": ""}, "SecretKeyEmpty", "is empty; put the secret there"),
    "a key that is no text": ({"serverSecret": "/w=="}, "SecretKeyInvalid", "is no text; store the plain secret"),
}


@pytest.mark.parametrize(("data", "reason", "fix"), SECRETS.values(), ids=[f"{case} is named" for case in SECRETS])
def test_what_is_wrong_with_a_secret_is_said_with_the_fix(world: World, data: Json, reason: str, fix: str) -> None:
    store_data(world, data)
    world.add_app("late")
    until(lambda: condition(app(world, "late")).get("reason") == reason, of=reason)
    assert fix in condition(app(world, "late"))["message"]
    world.declare("lobby", appRef={"kind": "ZegoApp", "name": "late"})
    status = world.wait_for("lobby", "CredentialsRejected")
    assert fix in condition({"status": status})["message"]
    store_data(world, {})
    world.store_secret(world.secret)
    world.wait_for("lobby", "Running", within=40)


def test_a_secret_that_is_missing_is_looked_for_until_it_is_there(world: World) -> None:
    drop_secret(world)
    world.add_app("late")
    until(lambda: condition(app(world, "late")).get("reason") == "SecretNotFound")
    assert "create it with the key serverSecret" in condition(app(world, "late"))["message"]
    assert "verifiedTime" not in app(world, "late")["status"]
    world.store_secret(world.secret)
    until(lambda: condition(app(world, "late"))["status"] == "True", within=40)
    assert app(world, "late")["status"]["verifiedTime"]


def test_a_mix_is_stopped_with_the_last_credentials_that_worked_when_its_secret_is_gone(world: World) -> None:
    task = world.started("lobby")
    drop_secret(world)
    world.cluster.ask("PATCH", app_path(world), {"spec": {"limits": {"start": 50}}}, MERGE)
    until(lambda: condition(app(world))["reason"] == "SecretNotFound")
    world.delete("lobby")
    world.wait_until_gone("lobby")
    assert world.zego.task(task) is None


def test_two_app_objects_with_one_app_id_say_so_and_the_lower_limits_count(world: World) -> None:
    world.wait_for_app()
    world.add_app("twin", limits={"start": 1})
    for name, other in (("zego", "twin"), ("twin", "zego")):
        until(lambda name=name: condition(app(world, name), "AppIdShared").get("status") == "True", of=name)  # type: ignore[misc]
        assert f"ZegoApp {world.namespace}/{other}" in condition(app(world, name), "AppIdShared")["message"]
    began = time.monotonic()
    for number in range(4):
        world.declare(f"room-{number}")
    for number in range(4):
        world.wait_for(f"room-{number}", "Running")
    assert time.monotonic() - began > 2.5, "one start a second"
    world.cluster.ask("DELETE", app_path(world, "twin"))
    until(lambda: not condition(app(world), "AppIdShared"), of="the condition goes with its cause")


def test_a_made_up_app_object_with_a_foreign_app_id_changes_nothing(world: World) -> None:
    world.wait_for_app()
    intruder = World(world.cluster, world.zego)
    intruder.add_app("foreign", appId=world.app_id, limits={"start": 1})
    until(lambda: condition(app(intruder, "foreign")).get("reason") == "CredentialsRejected")
    assert not condition(app(world), "AppIdShared")
    assert not condition(app(intruder, "foreign"), "AppIdShared")
    began = time.monotonic()
    for number in range(6):
        world.declare(f"room-{number}")
    for number in range(6):
        world.wait_for(f"room-{number}", "Running")
    assert time.monotonic() - began < 5


def test_a_namespace_whose_label_changes_is_in_or_out_within_a_minute(world: World) -> None:
    other = World(world.cluster, world.zego)
    name = f"for-{world.namespace}"
    secret = {"name": name, "namespace": "automix-system"}
    world.cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": secret, "stringData": {"key": world.secret}})
    spec = {
        "appId": world.app_id,
        "endpoint": world.zego.url,
        "serverSecretRef": {"name": name, "key": "key"},
        "namespaceSelector": {"matchLabels": {"mixes": "yes"}},
    }
    kind = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "ClusterZegoApp"}
    world.cluster.apply({**kind, "metadata": {"name": name}, "spec": spec})
    label(other, "yes")
    for each, reason in ((world, "AppNotAllowed"), (other, "Running")):
        each.declare("lobby", appRef={"kind": "ClusterZegoApp", "name": name})
        each.wait_for("lobby", reason)
    label(world, "yes")
    label(other, "no")
    for each, reason in ((world, "Running"), (other, "AppNotAllowed")):
        each.wait_for("lobby", reason, within=70)
    for each in (world, other):
        each.delete("lobby")
        each.wait_until_gone("lobby")
    world.cluster.ask("DELETE", f"{ROOT}/clusterzegoapps/{name}")


def label(world: World, value: str) -> None:
    """Label the world's namespace."""
    labels = {"metadata": {"labels": {"mixes": value}}}
    world.cluster.ask("PATCH", f"/api/v1/namespaces/{world.namespace}", labels, MERGE)


def test_a_service_that_is_not_enabled_is_told_by_the_mix_while_the_app_works(world: World) -> None:
    task = world.manifest("lobby")["spec"]["roomId"]
    world.zego.fault(Action="StartAutoMix", TaskId=task, Code=110200157, Times=50)
    world.declare("lobby")
    world.wait_for("lobby", "ServiceNotEnabled")
    assert world.zego.arrived(task, "StartAutoMix") == 2, "it is tried once more when the app was checked"
    assert world.status("lobby")["retry"]["attempts"] == 1, "and then waits as after any failure"
    assert condition(app(world))["status"] == "True"


def test_a_secret_that_is_rotated_while_all_rooms_are_empty_is_noticed_by_counting_people(world: World) -> None:
    world.cluster.apply(world.manifest("lobby"))
    world.wait_for("lobby", "WaitingForRoom")
    rotated = canary("empty-rooms")
    world.zego.app(world.app_id, rotated)
    world.store_secret(rotated)
    world.zego.room(world.manifest("lobby")["spec"]["roomId"])
    world.wait_for("lobby", "Running", within=75)
