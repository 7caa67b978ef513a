"""What becomes of Kubernetes' definitions: schemas that stand by themselves and refuse what is not declared."""

from typing import Any

import pytest

from automix_devkit.schemas import GROUP_VERSION_KIND, Kind, of_api, of_crd, strict, strict_definitions

Json = dict[str, Any]

METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"


def refers_to(name: str) -> Json:
    """Return a schema that is another one."""
    return {"$ref": f"#/definitions/{name}"}


def an_object(**fields: Json) -> Json:
    """Return the definition of an object with these fields."""
    return {"type": "object", "properties": fields}


def of_kind(kind: str, *versions: str, **fields: Json) -> Json:
    """Return the definition of a kind of the group `tiny`."""
    kinds = [{"group": "tiny", "version": version, "kind": kind} for version in versions]
    return {**an_object(**fields), GROUP_VERSION_KIND: kinds}


def api(**definitions: Json) -> Json:
    """Return an OpenAPI document."""
    return {"definitions": definitions}


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        (
            an_object(inner=an_object(deep={"type": "string"})),
            {
                "type": "object",
                "properties": {
                    "inner": {
                        "type": "object",
                        "properties": {"deep": {"type": "string"}},
                        "additionalProperties": False,
                    }
                },
                "additionalProperties": False,
            },
        ),
        (
            {"type": "array", "items": an_object()},
            {"type": "array", "items": {"type": "object", "properties": {}, "additionalProperties": False}},
        ),
        (
            {"type": "object", "additionalProperties": an_object()},
            {
                "type": "object",
                "additionalProperties": {"type": "object", "properties": {}, "additionalProperties": False},
            },
        ),
        ({"type": "object"}, {"type": "object"}),
        (
            {**an_object(), "x-kubernetes-preserve-unknown-fields": True},
            {"type": "object", "properties": {}},
        ),
        ({"type": "string", "format": "int-or-string"}, {"type": ["integer", "string"]}),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
        ({"type": "string", "default": "a", "x-kubernetes-list-type": "atomic"}, {"type": "string"}),
        (
            an_object(default={"type": "string"}, properties={"type": "string"}),
            {
                "type": "object",
                "properties": {"default": {"type": "string"}, "properties": {"type": "string"}},
                "additionalProperties": False,
            },
        ),
    ],
    ids=[
        "an object and those within it are closed",
        "so are those in lists",
        "and in maps",
        "what declares no field is open",
        "so is what says so",
        "a number or a text is either",
        "other formats stay",
        "defaults and what is Kubernetes' own are left out",
        "fields of such names are not",
    ],
)
def test_strict(schema: Json, made: Json) -> None:
    assert strict(schema) == made


def test_a_quantity_may_be_a_number() -> None:
    definitions = strict_definitions(api(**{QUANTITY: {"type": "string"}}))
    assert definitions[QUANTITY] == {"type": ["string", "number"]}


def test_a_kind_brings_what_it_refers_to_and_nothing_else() -> None:
    schemas = dict(
        of_api(
            api(
                Mix=of_kind("Mix", "v1", spec=refers_to("Spec")),
                Spec=an_object(parts={"type": "array", "items": refers_to("Part")}, more=refers_to("Spec")),
                Part=an_object(of={"type": "object", "additionalProperties": refers_to("Leaf")}),
                Leaf={"type": "string"},
                Other=an_object(),
            )
        )
    )
    schema = schemas[Kind("tiny", "v1", "Mix")]
    assert schema["$ref"] == "#/definitions/Mix"
    assert schema["definitions"].keys() == {"Mix", "Spec", "Part", "Leaf"}


def test_what_belongs_to_several_groups_is_no_kind() -> None:
    assert list(of_api(api(DeleteOptions=of_kind("DeleteOptions", "v1", "v2"), Plain=an_object()))) == []


def test_a_kind_of_a_crd_has_metadata_as_every_kind() -> None:
    fields = {"metadata": {"type": "object"}, "spec": an_object(room={"type": "string", "maxLength": 3})}
    versions = [{"name": name, "schema": {"openAPIV3Schema": an_object(**fields)}} for name in ("v1", "v2")]
    crd = {"spec": {"group": "tiny.test", "names": {"kind": "Mix"}, "versions": versions}}
    schemas = dict(of_crd(crd, {METADATA: an_object(), "Other": an_object()}))
    assert schemas.keys() == {Kind("tiny.test", "v1", "Mix"), Kind("tiny.test", "v2", "Mix")}
    schema = schemas[Kind("tiny.test", "v2", "Mix")]
    assert schema["properties"]["metadata"] == refers_to(METADATA)
    assert schema["properties"]["spec"] == strict(fields["spec"])
    assert schema["definitions"] == {METADATA: an_object()}
