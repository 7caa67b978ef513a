"""A structural schema as a list of objects with their fields, each with all that a reader of the CRD could know."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

Schema = dict[str, Any]

_RULES = "x-kubernetes-validations"
_KEYWORDS = frozenset(
    {
        *(
            "type",
            "description",
            "properties",
            "items",
            "additionalProperties",
            "required",
            "default",
            "enum",
            "format",
        ),
        *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern"),
        *(_RULES, "x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
    }
)


@dataclass(frozen=True)
class Property:
    """One field of an object. Constraints of a list's items, or a map's values, are those of `schema` inside."""

    name: str
    schema: Schema
    required: bool
    immutable: bool
    default: Any = None
    """What the model takes an absent field for."""

    @property
    def stored(self) -> bool:
        """Whether the API server writes the default into the object."""
        return "default" in self.schema


@dataclass(frozen=True)
class Object:
    """An object within the schema; `[]` in its path stands for each item of a list."""

    path: str
    description: str
    properties: tuple[Property, ...]
    rules: tuple[tuple[str, str], ...]
    """The field that a rule is about, empty for the object as a whole, and the message of who breaks it."""


def objects(path: str, schema: Schema, model: type[BaseModel]) -> Iterator[Object]:
    """Yield an object and those within it, in the schema's order; `model` is what the schema was made from.

    Raises ValueError for a keyword that the pages would leave out.
    """
    for node in (schema, *schema["properties"].values()):
        _check(path, node)
    yield Object(
        path=path,
        description=schema.get("description", ""),
        properties=tuple(_properties(schema, model)),
        rules=tuple(_rules(schema)),
    )
    for name, child in schema["properties"].items():
        inner = element(child)
        if "properties" in inner:
            within = _models(model)[name]
            yield from objects(f"{path}.{name}{'[]' if inner is not child else ''}", inner, within)


def element(schema: Schema) -> Schema:
    """Return the schema of a list's items or a map's values, and of anything else its own."""
    inner: Schema = schema.get("items") or schema.get("additionalProperties") or schema
    return inner


def _check(path: str, node: Schema) -> None:
    unknown = (node.keys() | element(node).keys()) - _KEYWORDS
    if unknown:
        raise ValueError(f"{path}: the reference pages do not know {', '.join(sorted(unknown))}")


def _properties(schema: Schema, model: type[BaseModel]) -> Iterator[Property]:
    fields = (field for field in model.model_fields.values() if not field.is_required())
    defaults = {field.alias: field.get_default(call_default_factory=True) for field in fields}
    kept = {rule.get("fieldPath", "").removeprefix(".") for rule in schema.get(_RULES, ()) if _looks_back(rule)}
    for name, child in schema["properties"].items():
        yield Property(
            name=name,
            schema=child,
            required=name in schema.get("required", ()),
            immutable=name in kept or any(_looks_back(rule) for rule in child.get(_RULES, ())),
            default=defaults.get(name),
        )


def _looks_back(rule: dict[str, str]) -> bool:
    return "oldSelf" in rule["rule"]


def _rules(schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield the rules of the object and of those of its fields that are no objects."""
    for rule in schema.get(_RULES, ()):
        yield rule.get("fieldPath", "").removeprefix("."), rule["message"]
    for name, child in schema["properties"].items():
        for node in {id(node): node for node in (child, element(child))}.values():
            if "properties" not in node:
                yield from ((name, rule["message"]) for rule in node.get(_RULES, ()))


def _models(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return the models of a model's fields, by the fields' names on the wire."""
    found = ((field.alias or "", _model(field.annotation)) for field in model.model_fields.values())
    return {name: within for name, within in found if within is not None}


def _model(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 -- any type there is
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((within for part in get_args(annotation) if (within := _model(part)) is not None), None)
