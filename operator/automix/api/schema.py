"""Pydantic's JSON schema into a structural schema, and the marks that models use to steer it."""

from typing import Any

from pydantic import BaseModel, Field
from pydantic.config import JsonDict

Schema = dict[str, Any]

_STORED = "x-stored-default"
# What JSON schema says and a structural schema must not: Kubernetes refuses or ignores these beside its own forms.
_DROPPED = ("title", "default", "additionalProperties", _STORED)


def stored(default: Any, **constraints: Any) -> Any:  # noqa: ANN401 -- stands where pydantic's Field stands
    """Declare a field whose default the API server writes into the stored object.

    Meant for what tells the operator how to act. ZEGO's own fields get no stored default: what is absent from the
    object is absent on the wire, and list items without defaults show no difference in GitOps tools.
    """
    return Field(default=default, json_schema_extra={_STORED: True}, **constraints)


def map_list(key: str) -> JsonDict:
    """Return the mark of a list whose items are told apart by one key, so that server-side apply merges it."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}


def rules(*validations: JsonDict) -> JsonDict:
    """Return the mark of a model with CEL rules."""
    return {"x-kubernetes-validations": list(validations)}


def rule(cel: str, message: str) -> JsonDict:
    """Return one CEL rule; the message names the field, what is wrong and what is allowed."""
    return {"rule": cel, "message": message}


def immutable(field: str) -> JsonDict:
    """Return the CEL rule that a field keeps its first value, absence included."""
    return {
        "rule": f"has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})",
        "message": f"{field} is immutable: delete the object and create another one",
        "fieldPath": f".{field}",
    }


def structural(model: type[BaseModel]) -> Schema:
    """Return the model's structural schema: no references, no titles, no null, defaults only where marked stored."""
    schema = model.model_json_schema(by_alias=True)
    return _structural(schema, schema.get("$defs", {}))


def _structural(node: Schema, definitions: dict[str, Schema]) -> Schema:
    node = _inlined(node, definitions)
    description = {"description": node["description"]} if "description" in node else {}
    schema = description | {key: value for key, value in node.items() if key not in (*_DROPPED, "$defs")}
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
