"""What the chart of an environment's rooms renders with which values, and what it refuses."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from automix import __version__
from automix.api.automix import AutoMix, AutoMixSpec
from automix.api.zegoapp import ZegoApp
from automix_devkit.manifests import NOT_SHARED, ROOMS, ROOMS_SCHEMA, VALUES, render
from automix_devkit.values_table import read
from support.chart import ROOM_EXAMPLES
from support.cluster import REPOSITORY, ROOT, Cluster
from support.operator import Operator
from support.world import World

Json = dict[str, Any]

OUTPUT = [{"streamId": "mix"}]
APP: Json = {"create": True, "appId": 4294967295, "existingSecret": {"name": "zego"}}
APPLY = "application/apply-patch+yaml"


def room(**spec: object) -> Json:
    """Return a room with one output."""
    return {"spec": {"mixOutput": OUTPUT, **spec}}


@pytest.fixture(params=ROOM_EXAMPLES, ids=[path.stem for path in ROOM_EXAMPLES])
def example(request: pytest.FixtureRequest) -> list[Json]:
    """What an example renders to."""
    return documents("-f", str(request.param))


def test_there_is_an_example_of_each_environment() -> None:
    assert [path.stem for path in ROOM_EXAMPLES] == ["production", "staging"]


def test_an_example_is_what_the_models_take(example: list[Json]) -> None:
    read = [(AutoMix if one["kind"] == "AutoMix" else ZegoApp).model_validate(with_uid(one)) for one in example]
    assert any(isinstance(one, AutoMix) for one in read)


def test_an_example_is_accepted_by_the_api_server(cluster: Cluster, example: list[Json]) -> None:
    for document in example:
        stored = tried(cluster, document)["spec"]
        # The API server adds defaults and takes nothing away.
        assert {name: stored[name] for name in document["spec"]} == document["spec"]


def test_the_rooms_of_an_example_are_not_in_each_others_way(example: list[Json]) -> None:
    specs = [one["spec"] for one in example if one["kind"] == "AutoMix"]
    rooms = [spec["roomId"] for spec in specs]
    outputs = [output.get("streamId") or output["streamUrl"] for spec in specs for output in spec["mixOutput"]]
    assert len(set(rooms)) == len(rooms)
    assert len(set(outputs)) == len(outputs)


def test_without_values_there_is_nothing() -> None:
    assert documents() == []


class TestRoom:
    def test_its_name_is_that_of_the_object_and_its_room_id(self, tmp_path: Path) -> None:
        (mix,) = rendered(tmp_path, rooms={"lobby": room()})
        assert mix["metadata"]["name"] == "lobby"
        assert mix["metadata"]["namespace"] == "automix-system"
        assert mix["spec"] == {"roomId": "lobby", "mixOutput": OUTPUT}

    def test_its_spec_may_say_another_room_id(self, tmp_path: Path) -> None:
        (mix,) = rendered(tmp_path, rooms={"lobby": room(roomId="Lobby!")})
        assert mix["spec"]["roomId"] == "Lobby!"

    def test_it_has_what_all_have(self, tmp_path: Path) -> None:
        defaults = {"updatePolicy": "Manual", "recvBufferLevel": 200}
        (mix,) = rendered(tmp_path, defaults=defaults, rooms={"lobby": room()})
        assert mix["spec"] == {"roomId": "lobby", "mixOutput": OUTPUT, **defaults}

    def test_what_it_says_wins_even_if_it_is_nothing(self, tmp_path: Path) -> None:
        own: Json = {"soundLevel": False, "recvBufferLevel": 0, "userData": "", "updatePolicy": "Manual"}
        defaults: Json = {
            "soundLevel": True,
            "recvBufferLevel": 9,
            "userData": "x",
            "updatePolicy": "InPlaceOrRecreate",
        }
        (mix,) = rendered(tmp_path, defaults=defaults, rooms={"lobby": room(**own)})
        assert mix["spec"] == {"roomId": "lobby", "mixOutput": OUTPUT, **own}

    def test_a_list_of_its_own_replaces_the_one_of_all(self, tmp_path: Path) -> None:
        guest, jingle = {"streamId": "guest", "soundLevelId": 4294967295}, {"streamId": "jingle"}
        rooms = {"jingle": room(), "guest": room(extraMixInput=[guest]), "nobody": room(extraMixInput=[])}
        mixes = by_name(rendered(tmp_path, defaults={"extraMixInput": [jingle]}, rooms=rooms))
        inputs = {name: mix["spec"]["extraMixInput"] for name, mix in mixes.items()}
        assert inputs == {"jingle": [jingle], "guest": [guest], "nobody": []}

    def test_an_object_of_its_own_is_merged_field_by_field(self, tmp_path: Path) -> None:
        defaults = {"appRef": {"kind": "ZegoApp", "name": "all"}}
        (mix,) = rendered(tmp_path, defaults=defaults, rooms={"lobby": room(appRef={"name": "own"})})
        assert mix["spec"]["appRef"] == {"kind": "ZegoApp", "name": "own"}

    def test_what_one_says_is_not_said_of_the_next(self, tmp_path: Path) -> None:
        rooms = {"a": room(userData="a", appRef={"name": "a"}), "b": room()}
        mixes = by_name(rendered(tmp_path, defaults={"appRef": {"kind": "ZegoApp"}}, rooms=rooms))
        assert mixes["b"]["spec"] == {"roomId": "b", "mixOutput": OUTPUT, "appRef": {"kind": "ZegoApp"}}

    def test_a_later_values_file_takes_one_away(self, tmp_path: Path) -> None:
        first = written(tmp_path / "first.yaml", {"rooms": {"lobby": room(), "stage": room()}})
        second = written(tmp_path / "second.yaml", {"rooms": {"lobby": None}})
        assert by_name(documents("-f", first, "-f", second)).keys() == {"stage"}

    def test_its_labels_and_annotations_win_over_those_of_all_and_not_over_the_charts(self, tmp_path: Path) -> None:
        lobby = {**room(), "labels": {"team": "own", "app.kubernetes.io/name": "mine"}, "annotations": {"note": "own"}}
        common = {
            "commonLabels": {"team": "all", "environment": "test"},
            "commonAnnotations": {"note": "all", "more": "all"},
        }
        (mix,) = rendered(tmp_path, **common, rooms={"lobby": lobby})
        assert mix["metadata"]["annotations"] == {"note": "own", "more": "all"}
        assert mix["metadata"]["labels"] == {
            "team": "own",
            "environment": "test",
            "app.kubernetes.io/name": "automix-rooms",
            "app.kubernetes.io/instance": "automix-operator",
            "app.kubernetes.io/version": __version__,
            "app.kubernetes.io/managed-by": "Helm",
            "helm.sh/chart": f"automix-rooms-{__version__}",
        }


class TestSuspend:
    def test_it_is_stronger_than_what_a_room_says(self, tmp_path: Path) -> None:
        mixes = rendered(tmp_path, suspend=True, rooms={"a": room(), "b": room(suspend=False)})
        assert [mix["spec"]["suspend"] for mix in mixes] == [True, True]

    def test_without_it_only_a_room_that_says_so_is_suspended(self, tmp_path: Path) -> None:
        mixes = by_name(rendered(tmp_path, rooms={"a": room(), "b": room(suspend=True)}))
        # A field that is not in Git is one that Argo CD leaves as it is.
        assert "suspend" not in mixes["a"]["spec"]
        assert mixes["b"]["spec"]["suspend"] is True


def test_the_rooms_of_an_environment_are_mixed_suspended_and_resumed(
    world: World, operator: Operator, tmp_path: Path
) -> None:
    del operator
    names = [f"{world.namespace}-{name}" for name in "ab"]
    app = {**APP, "name": "own", "appId": world.app_id, "endpoint": world.zego.url, "existingSecret": {"name": "zego"}}
    values = {"zegoApp": app, "rooms": {name: room(mixOutput=[{"streamId": f"{name}-mix"}]) for name in names}}
    for name in names:
        world.zego.room(name)
    for suspend, reason in ((False, "Running"), (True, "Suspended"), (False, "Running")):
        path = written(tmp_path / "values.yaml", {**values, "suspend": suspend})
        for document in documents("-f", path, "--namespace", world.namespace):
            world.cluster.apply(document)
        for name in names:
            world.wait_for(name, reason)
            assert world.zego.task(name)


class TestApp:
    def test_the_rooms_refer_to_it(self, tmp_path: Path) -> None:
        rooms = {"its": room(), "other": room(appRef={"kind": "ClusterZegoApp", "name": "default"})}
        made = by_name(rendered(tmp_path, zegoApp=APP, rooms=rooms))
        assert made["its"]["spec"]["appRef"] == {"kind": "ZegoApp", "name": "zego"}
        assert made["other"]["spec"]["appRef"] == {"kind": "ClusterZegoApp", "name": "default"}
        assert made["zego"]["spec"] == {
            "appId": 4294967295,
            "isTest": False,
            "serverSecretRef": {"name": "zego", "key": "serverSecret"},
        }

    def test_it_has_what_the_values_say(self, tmp_path: Path) -> None:
        more = {
            "name": "own",
            "region": "Mumbai",
            "limits": {"start": 5},
            "isTest": True,
            "annotations": {"wave": "-1"},
        }
        (document,) = rendered(tmp_path, zegoApp={**APP, **more})
        app = ZegoApp.model_validate(with_uid(document))
        assert (app.metadata.name, document["metadata"]["annotations"]) == ("own", {"wave": "-1"})
        assert (app.spec.region, app.spec.limits.start, app.spec.limits.stop, app.spec.is_test) == (
            "Mumbai",
            5,
            90,
            True,
        )

    def test_a_secret_can_be_made_for_trying_out(self, cluster: Cluster, tmp_path: Path) -> None:
        made = rendered(tmp_path, zegoApp={"create": True, "appId": 1, "serverSecret": "0123456789"})
        secret = next(one for one in made if one["kind"] == "Secret")
        app = next(one for one in made if one["kind"] == "ZegoApp")
        assert secret["stringData"] == {"serverSecret": "0123456789"}
        assert app["spec"]["serverSecretRef"] == {"name": secret["metadata"]["name"], "key": "serverSecret"}
        for document in made:
            tried(cluster, document)


FORBIDDEN = "additional properties '{}' not allowed"
WRONG: dict[str, tuple[Json, str]] = {
    "a value that is misspelt": ({"room": {}}, f"at '': {FORBIDDEN.format('room')}"),
    "a field beside the spec that is misspelt": (
        {"rooms": {"a": {**room(), "label": {}}}},
        f"at '/rooms/a': {FORBIDDEN.format('label')}",
    ),
    "a field of the spec that is misspelt": (
        {"rooms": {"a": room(soundlevel=True)}},
        f"at '/rooms/a/spec': {FORBIDDEN.format('soundlevel')}",
    ),
    "a field of an output that is misspelt": (
        {"rooms": {"a": room(mixOutput=[{"streamID": "mix"}])}},
        f"at '/rooms/a/spec/mixOutput/0': {FORBIDDEN.format('streamID')}",
    ),
    "a field of the defaults that is misspelt": (
        {"defaults": {"soundChannels": "Mono"}},
        f"at '/defaults': {FORBIDDEN.format('soundChannels')}",
    ),
    "a field of the app that is misspelt": (
        {"zegoApp": {"appID": 1}},
        f"at '/zegoApp': {FORBIDDEN.format('appID')}",
    ),
    "a word that ZEGO does not know": (
        {"rooms": {"a": room(soundChannel="Quadro")}},
        "at '/rooms/a/spec/soundChannel': value must be one of 'Mono', 'Stereo'",
    ),
    "a number that is too large": ({"defaults": {"recvBufferLevel": 4001}}, "maximum: got 4,001, want 4,000"),
    "a number for a text": ({"rooms": {"a": room(roomId=5)}}, "at '/rooms/a/spec/roomId': got number, want string"),
    "a room without a spec": ({"rooms": {"a": {}}}, "at '/rooms/a': missing property 'spec'"),
    "a room without an output": ({"rooms": {"a": {"spec": {}}}}, "at '/rooms/a/spec': missing property 'mixOutput'"),
    "a room whose name is none of an object": (
        {"rooms": {"The_Lobby": room()}},
        "rooms.The_Lobby: a room's name is that",
    ),
    "an app without an app id": ({"zegoApp": {"create": True}}, "zegoApp.create needs zegoApp.appId"),
    "an app without a secret": (
        {"zegoApp": {"create": True, "appId": 1}},
        "zegoApp.create needs zegoApp.existingSecret.name or zegoApp.serverSecret",
    ),
    "an app with two secrets": ({"zegoApp": {**APP, "serverSecret": "0"}}, "exclude each other: one Secret is used"),
}


@pytest.mark.parametrize(("values", "complaint"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_with_a_word_on_where(tmp_path: Path, values: Json, complaint: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        rendered(tmp_path, **values)
    assert complaint in caught.value.stderr


@pytest.mark.parametrize("name", NOT_SHARED)
def test_what_two_rooms_cannot_have_alike_is_no_default(tmp_path: Path, name: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        rendered(tmp_path, defaults={name: OUTPUT if name == "mixOutput" else "same"})
    assert f"at '/defaults': {FORBIDDEN.format(name)}" in caught.value.stderr


def test_the_schema_knows_every_field_of_the_spec() -> None:
    definitions = json.loads((REPOSITORY / ROOMS_SCHEMA).read_text(encoding="utf-8"))["$defs"]
    fields = {field.alias for field in AutoMixSpec.model_fields.values()}
    assert definitions["spec"]["properties"].keys() == fields
    assert definitions["defaults"]["properties"].keys() == fields - set(NOT_SHARED)


def test_every_value_is_described() -> None:
    rows = read((REPOSITORY / ROOMS / VALUES).read_text(encoding="utf-8"))
    assert {row.path.partition(".")[0] for row in rows} == {
        "rooms",
        "defaults",
        "suspend",
        "commonLabels",
        "commonAnnotations",
        "zegoApp",
    }
    assert [row.path for row in rows if not row.description] == []


def rendered(folder: Path, **values: object) -> list[Json]:
    """Return what the chart renders with these values."""
    return documents("-f", written(folder / "values.yaml", values))


def written(path: Path, values: Json) -> str:
    """Write a file of values; return its path."""
    path.write_text(json.dumps(values), encoding="utf-8")
    return str(path)


def documents(*options: str) -> list[Json]:
    """Return what the chart renders with these options."""
    return [one for one in yaml.safe_load_all(render(REPOSITORY / ROOMS, *options)) if one is not None]


def by_name(objects: list[Json]) -> dict[str, Json]:
    """Return objects by name."""
    return {one["metadata"]["name"]: one for one in objects}


def with_uid(document: Json) -> Json:
    """Return an object with what the API server adds."""
    return {**document, "metadata": {**document["metadata"], "uid": "1", "resourceVersion": "1"}}


def tried(cluster: Cluster, document: Json) -> Json:
    """Return what the API server would store, if it takes the object at all; it stores nothing."""
    kind = {"AutoMix": f"{ROOT}/{{}}automixes", "ZegoApp": f"{ROOT}/{{}}zegoapps", "Secret": "/api/v1/{}secrets"}
    meta = document["metadata"]
    path = kind[document["kind"]].format(f"namespaces/{meta['namespace']}/") + f"/{meta['name']}"
    query = "fieldManager=tests&dryRun=All&fieldValidation=Strict"
    return cluster.ask("PATCH", f"{path}?{query}", document, APPLY)
