"""JSON schemas of Kubernetes' kinds, of the definitions that an API server gives out and of CustomResourceDefinitions.

They are stricter than an API server, as they are for manifests that people write: what is not declared is misspelt.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Json = dict[str, Any]

GROUP_VERSION_KIND = "x-kubernetes-group-version-kind"
_REFERENCE = "#/definitions/"
_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_OPEN = "x-kubernetes-preserve-unknown-fields"


class Kind(NamedTuple):
    """A kind in one version of its group, which is empty for Kubernetes' core."""

    group: str
    version: str
    name: str


def of_api(openapi: Json) -> Iterator[tuple[Kind, Json]]:
    """Yield a schema of each kind of an OpenAPI document of version 2; each has in it what it refers to."""
    definitions = strict_definitions(openapi)
    for name, definition in openapi["definitions"].items():
        kinds = definition.get(GROUP_VERSION_KIND, ())
        # What belongs to every group, such as DeleteOptions, is in no manifest.
        if len(kinds) == 1:
            kind = Kind(kinds[0]["group"], kinds[0]["version"], kinds[0]["kind"])
            yield kind, complete({"$ref": _REFERENCE + name}, definitions)


def of_crd(crd: Json, definitions: Mapping[str, Json]) -> Iterator[tuple[Kind, Json]]:
    """Yield a schema of each version of the kind that a CustomResourceDefinition defines."""
    spec = crd["spec"]
    for version in spec["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        # The definition leaves it to the API server what metadata is.
        schema["properties"]["metadata"] = {"$ref": _REFERENCE + _METADATA}
        yield Kind(spec["group"], version["name"], spec["names"]["kind"]), complete(schema, definitions)


def strict_definitions(openapi: Json) -> dict[str, Json]:
    """Return all definitions of an OpenAPI document, as JSON schemas that refuse unknown fields."""
    definitions = {name: strict(definition) for name, definition in openapi["definitions"].items()}
    # 1 is as good as "1".
    return definitions | {_QUANTITY: {"type": ["string", "number"]}}


def strict(schema: Json) -> Json:
    """Return a schema of Kubernetes as one of JSON that refuses unknown fields, without what is Kubernetes' alone."""
    made = {key: value for key, value in schema.items() if key != "default" and not key.startswith("x-kubernetes-")}
    if made.get("format") == "int-or-string":
        made |= {"type": ["integer", "string"]}
        del made["format"]
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = strict(made[key])
    if "properties" in made:
        made["properties"] = {name: strict(field) for name, field in made["properties"].items()}
        if _OPEN not in schema:
            made.setdefault("additionalProperties", False)
    return made


def complete(schema: Json, definitions: Mapping[str, Json]) -> Json:
    """Return a schema with the definitions that it refers to, and that these do."""
    needed: dict[str, Json] = {}
    due = list(_references(schema))
    while due:
        name = due.pop()
        if name not in needed:
            needed[name] = definitions[name]
            due.extend(_references(needed[name]))
    return {**schema, "definitions": needed}


def _references(schema: Json) -> Iterator[str]:
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(_REFERENCE)
    inner: Iterable[Any] = (
        schema.get("items"),
        schema.get("additionalProperties"),
        *schema.get("properties", {}).values(),
    )
    for each in inner:
        if isinstance(each, dict):
            yield from _references(each)
