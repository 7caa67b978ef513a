"""Pydantic's JSON schema into a structural schema, and the marks that models use to steer it."""

from typing import Any

from pydantic import BaseModel, Field
from pydantic.config import JsonDict

Schema = dict[str, Any]

_STORED = "x-stored-default"
# What a structural schema must not say or says in its own form.
_DROPPED = ("title", "description", "default", "additionalProperties", "$defs", _STORED)


def stored(default: Any, **constraints: Any) -> Any:  # noqa: ANN401 -- stands where pydantic's Field stands
    """Declare a field whose default the API server writes into the stored object.

    Meant for what tells the operator how to act. ZEGO's own fields get no stored default: what is absent from the
    object is absent on the wire, and list items without defaults show no difference in GitOps tools.
    """
    return Field(default=default, json_schema_extra={_STORED: True}, **constraints)


def map_list(key: str) -> JsonDict:
    """Return the mark of a list whose items are told apart by one key, so that server-side apply merges it."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}


def structural(model: type[BaseModel]) -> Schema:
    """Return the model's structural schema: no references, no titles, no null, defaults only where marked stored."""
    schema = model.model_json_schema(by_alias=True)
    return _structural(schema, schema.get("$defs", {}))


def _structural(node: Schema, definitions: dict[str, Schema]) -> Schema:
    node = _inlined(node, definitions)
    description = {"description": " ".join(node["description"].split())} if "description" in node else {}
    schema = description | {key: value for key, value in node.items() if key not in _DROPPED}
    if node.get(_STORED):
        schema["default"] = node["default"]
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "properties" in schema:
        schema["properties"] = {name: _structural(child, definitions) for name, child in schema["properties"].items()}
    elif isinstance(node.get("additionalProperties"), dict):
        schema["additionalProperties"] = _structural(node["additionalProperties"], definitions)
    if "items" in schema:
        schema["items"] = _structural(schema["items"], definitions)
    return schema


def _inlined(node: Schema, definitions: dict[str, Schema]) -> Schema:
    """Replace a reference by what it names and `X or null` by X; what stands beside them wins."""
    beside = {key: value for key, value in node.items() if key not in ("$ref", "anyOf")}
    if "$ref" in node:
        target = definitions[node["$ref"].removeprefix("#/$defs/")]
        return _inlined(target | beside, definitions)
    alternatives = [branch for branch in node.get("anyOf", ()) if branch.get("type") != "null"]
    if len(alternatives) == 1:
        return _inlined(alternatives[0] | beside, definitions)
    return node
