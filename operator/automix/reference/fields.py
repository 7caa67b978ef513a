"""The fields of `spec` and `status` as tables, one for each object within them."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from automix.reference.markdown import anchor, bullets, code, link, listed, paragraph, prose, table
from automix.reference.schema import Object, Property, Schema, element, objects

_BOUNDS = (("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items"))


def field_sections(path: str, schema: Schema, model: type[BaseModel], *, defaults: bool) -> Iterator[str]:
    """Yield the blocks of one part of a kind: a heading, a table and the rules for each object."""
    for part in objects(path, schema, model):
        yield f"### {code(part.path)}"
        yield paragraph(prose(part.description))
        yield _table(part, defaults=defaults)
        if part.rules:
            yield "Rules, in the words of the API server's refusal:"
            yield bullets(_rule(field, message) for field, message in part.rules)


def _table(part: Object, *, defaults: bool) -> str:
    shown = defaults and any(_default(prop) for prop in part.properties)
    header = ["Field", "Type", *(["Default"] if shown else []), "Constraints", "Description"]
    rows = (
        [
            code(prop.name),
            _type(part.path, prop),
            *([_default(prop)] if shown else []),
            ", ".join(_constraints(prop)),
            prose(prop.schema.get("description", "")),
        ]
        for prop in part.properties
    )
    return table(header, rows)


def _rule(field: str, message: str) -> str:
    return f"{code(field)}: {prose(message)}" if field else prose(message)


def _type(path: str, prop: Property) -> str:
    inner = element(prop.schema)
    several = "" if inner is prop.schema else "list of " if "items" in prop.schema else "map of "
    word: str = inner["format"] if inner["type"] == "string" and "format" in inner else inner["type"]
    name, target = (f"{word}s", f"{path}.{prop.name}[]") if several else (word, f"{path}.{prop.name}")
    return several + (link(name, anchor(target)) if "properties" in inner else name)


def _default(prop: Property) -> str:
    """Return the default; that nothing is there by default goes without saying."""
    if prop.stored:
        return f"{_value(prop.schema['default'])}, stored"
    nothing = prop.default in (None, (), "", {}) or isinstance(prop.default, BaseModel)
    return "" if nothing else _value(prop.default)


def _value(value: Any) -> str:  # noqa: ANN401 -- JSON
    return code(value if isinstance(value, str) else json.dumps(value))


def _constraints(prop: Property) -> Iterator[str]:
    if prop.required:
        yield "**required**"
    if prop.immutable:
        yield "immutable"
    yield from _limits(prop.schema)
    if keys := prop.schema.get("x-kubernetes-list-map-keys"):
        yield f"one for each {listed(keys)}"
    inner = element(prop.schema)
    if inner is not prop.schema and "properties" not in inner:
        yield from (f"each {limit}" for limit in _limits(inner))


def _limits(schema: Schema) -> Iterator[str]:
    for low, high, unit in _BOUNDS:
        if limit := _range(schema.get(low), schema.get(high)):
            yield limit + unit
    if "enum" in schema:
        yield "one of " + listed(schema["enum"])
    if "pattern" in schema:
        yield "matches " + code(schema["pattern"])


def _range(low: Any, high: Any) -> str:  # noqa: ANN401 -- a number or nothing
    if low is None:
        return "" if high is None else f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"
