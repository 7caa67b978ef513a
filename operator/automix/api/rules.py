"""Rules beyond types and ranges: each is written once, as CEL for the API server beside the same in Python.

The API server repeats the value of a text beside the message, unless the rule's reason says that it is forbidden: user
data and addresses, which may hold a push key, have that reason.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo, model_validator
from pydantic.alias_generators import to_snake
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from automix.api.meta import STORED, Model

_VALIDATIONS = "x-kubernetes-validations"

# Of the reasons that the API server knows, those without the value of a text beside the message.
PRIVATE = "FieldValueForbidden"
MISSING = "FieldValueRequired"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a field (as its annotation) or of an object (in `Checked.RULES`).

    Attributes:
        cel: What must be true of `self`, in CEL as Kubernetes has it.
        holds: The same in Python, of the parsed value.
        message: What is allowed, for a person; it names the fields of an object's rule.
        field: Field of an object's rule that the error points at.
        reason: Kubernetes' reason, where it is not `FieldValueInvalid`.
    """

    cel: str
    holds: Callable[[Any], bool]
    message: str
    field: str = ""
    reason: str = ""

    def check(self, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 -- a field or object of any type
        """Return the value; raises PydanticCustomError with the message. What is stored is past the door."""
        if info.context is not STORED and not self.holds(value):
            raise PydanticCustomError("rule", self.message)
        return value

    def to_json(self) -> JsonDict:
        """Return the rule as a CRD has it."""
        place: JsonDict = {"fieldPath": f".{self.field}"} if self.field else {}
        kind: JsonDict = {"reason": self.reason} if self.reason else {}
        return {"rule": self.cel, "message": self.message} | place | kind

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 -- pydantic's own signature
        return core_schema.with_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        shown = handler(schema)
        return shown | {_VALIDATIONS: [*shown.get(_VALIDATIONS, []), self.to_json()]}


class Checked(Model):
    """A part of a custom resource with rules on how its fields go together."""

    RULES: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="after")
    def _keeps_the_rules(self, info: ValidationInfo) -> Self:
        for rule in self.RULES:
            rule.check(self, info)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        shown = handler.resolve_ref_schema(handler(schema))
        if cls.RULES:
            shown[_VALIDATIONS] = [rule.to_json() for rule in cls.RULES]
        return shown


def matching(pattern: str, message: str, *, private: bool = False) -> Rule:
    """Return the rule that a text matches a pattern as a whole; `pattern` is understood by RE2 and by Python alike.

    A private value is not repeated in the refusal.
    """
    whole = re.compile(pattern)
    quoted = pattern.replace("\\", "\\\\").replace("'", "\\'")
    return Rule(
        f"self.matches('^(?:{quoted})$')",
        lambda text: whole.fullmatch(text) is not None,
        message,
        reason=PRIVATE if private else "",
    )


def exactly_one_of(first: str, second: str) -> Rule:
    """Return the rule that one of two fields is set and the other is not."""
    return Rule(
        f"has(self.{first}) != has(self.{second})",
        lambda parsed: _has(parsed, first) != _has(parsed, second),
        f"exactly one of {first} and {second} must be set",
    )


def at_most_one_of(first: str, second: str) -> Rule:
    """Return the rule that two fields are not both set."""
    return Rule(
        f"!has(self.{first}) || !has(self.{second})",
        lambda parsed: not (_has(parsed, first) and _has(parsed, second)),
        f"at most one of {first} and {second} may be set",
    )


def distinct(fields: tuple[str, ...], message: str) -> Rule:
    """Return the rule that no two items of a list have the same value in one of these fields."""
    return Rule(
        " && ".join(
            f"self.all(a, !has(a.{field}) || self.exists_one(b, has(b.{field}) && b.{field} == a.{field}))"
            for field in fields
        ),
        lambda items: all(_all_differ(_values(items, field)) for field in fields),
        message,
    )


def immutable(field: str) -> Rule:
    """Return the rule that a field keeps its first value, absence included; one object alone cannot break it."""
    return Rule(
        f"has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})",
        lambda _: True,
        f"{field} is immutable: delete the object and create another one",
        field=field,
        reason=PRIVATE,
    )


def _has(parsed: Model, field: str) -> bool:
    return getattr(parsed, to_snake(field)) is not None


def _values(items: Iterable[Model], field: str) -> list[Any]:
    return [getattr(item, to_snake(field)) for item in items if _has(item, field)]


def _all_differ(values: list[Any]) -> bool:
    return len(set(values)) == len(values)
