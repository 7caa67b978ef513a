"""The CRDs as the API server gets them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from automix.api.crdgen import KINDS, Kind, crd, write

ROOT = Path(__file__).parents[4]
CRDS = {kind.kind: crd(kind) for kind in KINDS}
# Kubernetes: Extend the Kubernetes API with CustomResourceDefinitions, "Specifying a structural schema".
FORBIDDEN = {
    *("$ref", "$defs", "definitions", "dependencies", "deprecated", "discriminator", "id", "patternProperties"),
    *("readOnly", "writeOnly", "xml", "uniqueItems", "const", "title", "examples", "additionalItems"),
}
BY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)


def version(kind: str) -> dict[str, Any]:
    """Return the only version of a CRD."""
    (only,) = CRDS[kind]["spec"]["versions"]
    found: dict[str, Any] = only
    return found


def part(kind: str, name: str) -> dict[str, Any]:
    """Return the schema of `spec` or `status`."""
    found: dict[str, Any] = version(kind)["schema"]["openAPIV3Schema"]["properties"][name]
    return found


def nodes(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema within a schema, with its path."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from nodes(schema[key], f"{path}[]")


def columns(kind: str) -> list[tuple[str, str, bool]]:
    """Return name, path and width of the printer columns."""
    listed = version(kind)["additionalPrinterColumns"]
    return [(column["name"], column["jsonPath"], column.get("priority", 0) > 0) for column in listed]


@BY_KIND
def test_the_schema_is_structural(kind: Kind) -> None:
    schema = version(kind.kind)["schema"]["openAPIV3Schema"]

    for path, node in nodes(schema):
        assert isinstance(node.get("type"), str), f"{path} has no type"
        assert not FORBIDDEN & node.keys(), f"{path} has {FORBIDDEN & node.keys()}"
        assert not {"anyOf", "oneOf", "allOf", "not"} & node.keys(), f"{path} has alternatives"
        assert not {"properties", "additionalProperties"} <= node.keys(), f"{path} is both object and map"
        assert ("items" in node) == (node["type"] == "array"), f"{path} is an array or has items, not both"


@BY_KIND
@pytest.mark.parametrize("name", ["spec", "status"])
def test_every_field_has_a_description(kind: Kind, name: str) -> None:
    bare = [
        path for path, node in nodes(part(kind.kind, name)) if not path.endswith("[]") and not node.get("description")
    ]

    assert bare == []


@BY_KIND
def test_a_new_object_is_one_that_nobody_has_seen(kind: Kind) -> None:
    """Tried on 1.37: a default on the property alone does nothing."""
    status = part(kind.kind, "status")

    assert status["default"] == {"observedGeneration": -1}
    assert "default" not in status["properties"]["observedGeneration"]


@BY_KIND
def test_conditions_are_merged_by_type_and_the_status_is_a_subresource(kind: Kind) -> None:
    conditions = part(kind.kind, "status")["properties"]["conditions"]

    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert version(kind.kind)["subresources"] == {"status": {}}


def test_names_and_scopes_are_the_designs() -> None:
    told = {
        name: (body["metadata"]["name"], body["spec"]["scope"], body["spec"]["names"]["shortNames"][0])
        for name, body in CRDS.items()
    }

    assert told == {
        "AutoMix": ("automixes.automix.zego.im", "Namespaced", "amix"),
        "ZegoApp": ("zegoapps.automix.zego.im", "Namespaced", "zapp"),
        "ClusterZegoApp": ("clusterzegoapps.automix.zego.im", "Cluster", "czapp"),
    }
    assert {version(name)["name"] for name in CRDS} == {"v1alpha1"}


def test_an_automix_shows_room_state_and_sequence_and_when_asked_task_and_address() -> None:
    narrow = [name for name, _, wide in columns("AutoMix") if not wide]
    wide = {name: path for name, path, wide in columns("AutoMix") if wide}

    assert narrow == ["Room", "Ready", "Active", "Reason", "Sequence", "Age"]
    assert wide == {"Task": ".status.taskId", "Play": ".status.playInfo[0].rtmp"}


@BY_KIND
def test_every_column_shows_a_field_that_exists(kind: Kind) -> None:
    known = {path for name in ("spec", "status") for path, _ in nodes(part(kind.kind, name), f".{name}")}

    for _, path, _ in columns(kind.kind):
        plain = path.replace('[?(@.type=="Ready")]', "[]").replace('[?(@.type=="Active")]', "[]").replace("[0]", "[]")
        assert plain in known | {".metadata.creationTimestamp"}


def test_automixes_can_be_selected_by_room_and_app() -> None:
    assert version("AutoMix")["selectableFields"] == [
        {"jsonPath": ".spec.roomId"},
        {"jsonPath": ".spec.appRef.name"},
    ]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("AutoMix", ["roomId", "appRef", "taskId", "userId"]),
        ("ZegoApp", ["appId", "isTest"]),
        ("ClusterZegoApp", ["appId", "isTest"]),
    ],
)
def test_what_identifies_the_task_is_immutable(kind: str, fields: list[str]) -> None:
    validations = part(kind, "spec")["x-kubernetes-validations"]

    assert [rule["fieldPath"] for rule in validations if "oldSelf" in rule["rule"]] == [f".{field}" for field in fields]


def test_zegos_fields_have_no_stored_default_and_what_tells_the_operator_how_to_act_has_one() -> None:
    stored = {name for name, node in part("AutoMix", "spec")["properties"].items() if "default" in node}
    within = [path for path, node in nodes(part("AutoMix", "spec")["properties"]["mixOutput"]) if "default" in node]

    policies = {"suspend", "deletionPolicy", "updatePolicy", "restartPolicy", "adoptionPolicy", "driftCheckInterval"}
    assert stored == policies | {"appRef"}
    assert within == []


@pytest.mark.parametrize(
    ("path", "limits"),
    [
        (".mixOutput", {"minItems": 1, "maxItems": 3}),
        (".extraMixInput", {"maxItems": 9}),
        (".extraMixInput[].volume", {"minimum": 0, "maximum": 200}),
        (".recvBufferLevel", {"minimum": 0, "maximum": 4000}),
        (".binaryUserData", {"maxLength": 4000}),
        (".userId", {"maxLength": 32}),
    ],
)
def test_zegos_limits_are_checked_at_the_door(path: str, limits: dict[str, int]) -> None:
    node = dict(nodes(part("AutoMix", "spec")))[path]

    assert {key: node.get(key) for key in limits} == limits


@pytest.mark.parametrize("field", ["mixOutput", "extraMixInput"])
def test_a_stream_has_an_id_or_a_url(field: str) -> None:
    rules = part("AutoMix", "spec")["properties"][field]["items"]["x-kubernetes-validations"]

    assert rules[0]["rule"] == "has(self.streamId) != has(self.streamUrl)"


@BY_KIND
def test_the_committed_files_are_the_generators(kind: Kind, tmp_path: Path) -> None:
    write(tmp_path)
    name = f"{kind.plural}.yaml"

    assert (ROOT / "crds" / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")


@BY_KIND
def test_what_is_written_is_what_was_generated(kind: Kind, tmp_path: Path) -> None:
    write(tmp_path / "new" / "folder")
    text = (tmp_path / "new" / "folder" / f"{kind.plural}.yaml").read_text(encoding="utf-8")

    assert yaml.safe_load(text) == CRDS[kind.kind]
    assert text.startswith("# Generated")
    assert "&id" not in text
