"""Two objects that want the same of one app at ZEGO: one has it, the other says so, sends nothing, and waits."""

from typing import Any

import pytest

from support.canaries import canary
from support.cluster import GROUP, ROOT
from support.waiting import until
from support.world import World

pytestmark = pytest.mark.usefixtures("operator")

Json = dict[str, Any]


def condition(world: World, name: str, kind: str) -> Json:
    """Return a condition; empty if it is not there."""
    listed = world.status(name).get("conditions", [])
    return next((each for each in listed if each["type"] == kind), {})


def calls(world: World, task: str) -> list[Json]:
    """Return the calls that change a mix."""
    return world.zego.calls(task, "StartAutoMix", "StopAutoMix")


def neighbour(world: World) -> World:
    """Return another namespace with an app object of the same app at ZEGO."""
    other = World(world.cluster, world.zego)
    other.store_secret(world.secret)
    spec = {
        "appId": world.app_id,
        "endpoint": world.zego.url,
        "serverSecretRef": {"name": "zego", "key": "serverSecret"},
    }
    metadata = {"name": "same", "namespace": other.namespace}
    world.cluster.apply({"apiVersion": f"{GROUP}/v1alpha1", "kind": "ZegoApp", "metadata": metadata, "spec": spec})
    app = f"{ROOT}/namespaces/{other.namespace}/zegoapps/same"
    until(lambda: world.cluster.ask("GET", app)["status"].get("conditions"), of="the app was checked")
    return other


SAME = {"kind": "ZegoApp", "name": "same"}

SHARED = {
    "room": {"roomId": "{}-shared"},
    "task": {"taskId": "{}-shared"},
    "user id": {"userId": "{}-shared"},
    "stream": {"mixOutput": [{"streamId": "{}-shared"}]},
    "address": {"mixOutput": [{"streamUrl": "rtmp://push.example/live/{}-shared"}]},
    "one output of several": {"mixOutput": [{"streamId": "{}-shared"}, {"streamId": "{}-own"}]},
}


def shared(world: World, what: str) -> Json:
    """Return the fields of a spec that two objects have in common, with names of the world's own."""

    def fill(value: Any) -> Any:  # noqa: ANN401 -- JSON
        if isinstance(value, dict):
            return {key: fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [fill(inner) for inner in value]
        return value.format(world.namespace)

    filled: Json = fill(SHARED[what])
    return filled


@pytest.mark.parametrize("what", SHARED, ids=[f"the same {what}" for what in SHARED])
class TestTheSame:
    def test_in_one_namespace(self, world: World, what: str) -> None:
        common = shared(world, what)
        first = world.started("first", **common)
        second = world.declare("second", **common)
        world.wait_for("second", "Conflict")
        assert f"AutoMix {world.namespace}/first" in condition(world, "second", "Ready")["message"]
        assert condition(world, "second", "Active")["status"] == "False"
        assert condition(world, "second", "Stalled")["status"] == "True"
        world.delete("second")
        world.wait_until_gone("second")
        assert len(calls(world, first)) == 1, "deleting who has nothing makes no call"
        assert second == first or calls(world, second) == []
        assert world.zego.task(first)

    def test_in_another_namespace_through_another_app_object(self, world: World, what: str) -> None:
        other, common = neighbour(world), shared(world, what)
        first = world.started("first", **common)
        second = other.declare("second", appRef=SAME, **common)
        other.wait_for("second", "Conflict")
        assert f"AutoMix {world.namespace}/first" in condition(other, "second", "Ready")["message"]
        assert second == first or calls(world, second) == []
        world.delete("first")
        world.wait_until_gone("first")
        other.wait_for("second", "Running")
        assert world.zego.task(second)


def test_the_same_room_of_another_app_is_no_conflict(world: World) -> None:
    other = World(world.cluster, world.zego)
    room = world.started("first")
    other.started("second", roomId=room)
    assert world.reason("first") == "Running"


def test_who_takes_over_from_a_deleted_holder_looks_first_and_then_starts(world: World) -> None:
    task = world.started("first", deletionPolicy="Orphan", driftCheckInterval="1h")
    until(lambda: world.zego.calls(task, "GetMixTaskInfo"), of="the holder's first look is over")
    world.declare("second", roomId=task, driftCheckInterval="1h", mixOutput=world.get("first")["spec"]["mixOutput"])
    world.wait_for("second", "Conflict")
    before = len(world.zego.calls(task))
    world.delete("first")
    world.wait_until_gone("first")
    until(lambda: world.reason("second") in {"Running", "Adopted"}, of="the second one has taken over")
    taking_over = [call["Action"] for call in world.zego.calls(task)[before:]]
    before_its_start = taking_over[: taking_over.index("StartAutoMix")]
    assert set(before_its_start) == {"GetMixTaskInfo"}
    assert world.changes(task) == ["StartAutoMix", "StartAutoMix"], "the mix was never stopped"
    assert world.zego.task(task)


def test_who_takes_over_and_refuses_what_runs_starts_nothing(world: World) -> None:
    task = world.started("first", deletionPolicy="Orphan")
    world.cluster.apply(world.manifest("second", roomId=task, adoptionPolicy="Refuse"))
    world.wait_for("second", "Conflict")
    world.delete("first")
    world.wait_until_gone("first")
    world.wait_for("second", "AlreadyRunning")
    assert len(calls(world, task)) == 1


class TestEditedIntoTheWay:
    """An older object that is edited to an output of a younger one's."""

    @pytest.fixture
    def tasks(self, world: World) -> tuple[str, str]:
        """The task of the older one, which was edited, and that of the holder."""
        older = world.started("older")
        holder = world.started("holder")
        world.change("older", mixOutput=[{"streamId": f"{holder}-mix"}])
        world.wait_for("older", "Conflict")
        return older, holder

    def test_the_holder_keeps_it_and_what_the_edited_one_ran_runs_on(
        self, world: World, tasks: tuple[str, str]
    ) -> None:
        older, holder = tasks
        assert f"AutoMix {world.namespace}/holder" in condition(world, "older", "Ready")["message"]
        assert condition(world, "older", "Active")["status"] == "True"
        assert condition(world, "older", "Stalled")["status"] == "True"
        assert world.reason("holder") == "Running"
        assert world.zego.task(older)
        assert len(calls(world, older)) == len(calls(world, holder)) == 1

    def test_deleting_the_edited_one_stops_its_own_mix_alone(self, world: World, tasks: tuple[str, str]) -> None:
        older, holder = tasks
        world.delete("older")
        world.wait_until_gone("older")
        assert world.zego.task(older) is None
        assert world.zego.task(holder)
        assert len(calls(world, holder)) == 1

    def test_an_output_that_is_freed_by_an_edit_is_taken_within_seconds(
        self, world: World, tasks: tuple[str, str]
    ) -> None:
        older, holder = tasks
        world.change("holder", mixOutput=[{"streamId": f"{holder}-other"}])
        status = world.wait_for("older", "Running", within=10)
        assert status["playInfo"][0]["streamId"] == f"{holder}-mix"
        assert world.zego.task(older)["MixOutput"][0]["StreamId"] == f"{holder}-mix"  # type: ignore[index]

    def test_an_output_that_is_freed_by_a_deletion_is_taken_within_seconds(
        self, world: World, tasks: tuple[str, str]
    ) -> None:
        older, holder = tasks
        world.delete("holder")
        world.wait_until_gone("holder")
        world.wait_for("older", "Running", within=10)
        assert world.zego.task(older)["MixOutput"][0]["StreamId"] == f"{holder}-mix"  # type: ignore[index]

    def test_an_edit_that_is_undone_ends_the_conflict_without_a_call(
        self, world: World, tasks: tuple[str, str]
    ) -> None:
        older, _ = tasks
        world.change("older", mixOutput=[{"streamId": f"{older}-mix"}])
        world.wait_for("older", "Running")
        assert len(calls(world, older)) == 1


def test_an_older_object_that_changes_place_with_a_younger_one_ends_with_both_running(world: World) -> None:
    one, two = world.started("one"), world.started("two")
    world.change("one", mixOutput=[{"streamId": f"{two}-mix"}])
    world.wait_for("one", "Conflict")
    world.change("two", mixOutput=[{"streamId": f"{two}-between"}])
    world.wait_for("one", "Running")
    world.change("two", mixOutput=[{"streamId": f"{one}-mix"}])
    world.wait_for("two", "Running")


def test_a_made_up_app_with_wrong_credentials_keeps_nobody_out(world: World) -> None:
    intruder = World(world.cluster, world.zego)
    intruder.store_secret(canary("made-up"))
    spec = {
        "appId": world.app_id,
        "endpoint": world.zego.url,
        "serverSecretRef": {"name": "zego", "key": "serverSecret"},
    }
    metadata = {"name": "same", "namespace": intruder.namespace}
    world.cluster.apply({"apiVersion": f"{GROUP}/v1alpha1", "kind": "ZegoApp", "metadata": metadata, "spec": spec})
    output = [{"streamId": f"{world.namespace}-lobby-mix"}]
    room = f"{world.namespace}-lobby"
    intruder.cluster.apply(intruder.manifest("first", roomId=room, appRef=SAME, mixOutput=output))
    intruder.wait_for("first", "CredentialsRejected")
    world.started("lobby")
    assert world.zego.task(room)


def test_a_holder_whose_credentials_were_rejected_later_keeps_its_room(world: World) -> None:
    """Its mix runs, so that another one would be a second."""
    other = neighbour(world)
    task = world.started("holder")
    until(lambda: world.zego.calls(task, "GetMixTaskInfo"))
    wrong = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "wrong", "namespace": world.namespace}}
    world.cluster.apply({**wrong, "stringData": {"serverSecret": canary("mistyped")}})
    world.add_app("zego", serverSecretRef={"name": "wrong", "key": "serverSecret"})
    app = f"{ROOT}/namespaces/{world.namespace}/zegoapps/zego"
    until(
        lambda: "CredentialsRejected" in str(world.cluster.ask("GET", app)["status"]["conditions"]),
        of="the app is rejected",
    )
    other.declare("second", roomId=task, appRef=SAME)
    other.wait_for("second", "Conflict")
    assert len(calls(world, task)) == 1
