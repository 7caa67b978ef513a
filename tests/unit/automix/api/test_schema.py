"""Pydantic's JSON schema into what Kubernetes calls a structural one."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from automix.api.meta import Model, Timestamp
from automix.api.rules import Checked, Rule
from automix.api.schema import map_list, stored, structural


class Colour(StrEnum):
    """A colour."""

    RED = "Red"


class Inner(Model):
    """A part."""

    size: int = 1
    """How big."""


EVEN = Rule("self % 2 == 0", lambda count: count % 2 == 0, "it must be even")


class Outer(Checked):
    """A whole."""

    RULES = (Rule("self.count > 0", lambda outer: outer.count > 0, "count must be positive"),)

    count: int = Field(ge=1, le=9)
    """How many,
    over two lines."""
    pairs: Annotated[int, EVEN] | None = None
    label: str | None = Field(default=None, max_length=5)
    colour: Colour = Colour.RED
    one: Literal["a"] = "a"
    some: Literal["a", "b"] = "a"
    inner: Inner = Inner()
    """Described in place."""
    maybe: Inner | None = None
    parts: tuple[Inner, ...] = Field(default=(), json_schema_extra=map_list("size"))
    labels: dict[str, str] = Field(default_factory=dict)
    policy: str = stored("Keep", max_length=9)
    flag: bool = stored(default=False)
    whole: Inner = stored(Inner())
    seen: Timestamp | None = None


PART = {
    "type": "object",
    "description": "A part.",
    "properties": {"size": {"type": "integer", "description": "How big."}},
}
SCHEMA = structural(Outer)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param(
            "count",
            {"type": "integer", "minimum": 1, "maximum": 9, "description": "How many, over two lines."},
            id="limits and description stay, without the line breaks of the source",
        ),
        pytest.param(
            "pairs",
            {
                "type": "integer",
                "x-kubernetes-validations": [{"rule": "self % 2 == 0", "message": "it must be even"}],
            },
            id="a field keeps its rule",
        ),
        pytest.param("label", {"type": "string", "maxLength": 5}, id="null and the default are left out"),
        pytest.param(
            "colour",
            {"type": "string", "enum": ["Red"], "description": "A colour."},
            id="an enumeration is inlined",
        ),
        pytest.param("one", {"type": "string", "enum": ["a"]}, id="const becomes enum"),
        pytest.param("some", {"type": "string", "enum": ["a", "b"]}, id="a choice of words is an enum"),
        pytest.param(
            "inner", PART | {"description": "Described in place."}, id="a reference is inlined, its place wins"
        ),
        pytest.param("maybe", PART, id="an optional reference is inlined"),
        pytest.param(
            "parts",
            {
                "type": "array",
                "items": PART,
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["size"],
            },
            id="items are inlined and the list keeps its mark",
        ),
        pytest.param(
            "labels", {"type": "object", "additionalProperties": {"type": "string"}}, id="a map keeps its values"
        ),
        pytest.param("policy", {"type": "string", "maxLength": 9, "default": "Keep"}, id="a stored default is written"),
        pytest.param("flag", {"type": "boolean", "default": False}, id="a stored default may be false"),
        pytest.param("whole", PART | {"default": {"size": 1}}, id="a stored default may be an object"),
        pytest.param("seen", {"type": "string", "format": "date-time"}, id="a moment is a date-time"),
    ],
)
def test_a_field_becomes(field: str, expected: dict[str, Any]) -> None:
    assert SCHEMA["properties"][field] == expected


def test_the_model_keeps_its_rules_its_description_and_what_is_required() -> None:
    assert SCHEMA["x-kubernetes-validations"] == [{"rule": "self.count > 0", "message": "count must be positive"}]
    assert SCHEMA["description"] == "A whole."
    assert SCHEMA["required"] == ["count"]


def test_nothing_else_is_left_of_it() -> None:
    assert SCHEMA.keys() == {"type", "description", "properties", "required", "x-kubernetes-validations"}
