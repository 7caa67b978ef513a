"""Rules: the same in CEL and in Python, with a message in place of the value."""

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from automix.api.meta import Model
from automix.api.rules import MISSING, Checked, Rule, at_most_one_of, distinct, exactly_one_of, immutable, matching

WORD = matching(r"[a-z'\\]*", "only small letters are allowed")


class Pair(Checked):
    RULES = (exactly_one_of("firstName", "lastName"),)

    first_name: str | None = None
    last_name: str | None = None


class Loose(Checked):
    RULES = (at_most_one_of("firstName", "lastName"),)

    first_name: str | None = None
    last_name: str | None = None


class Item(Model):
    name: str | None = None
    size: int | None = None


ITEMS = TypeAdapter(Annotated[tuple[Item, ...], distinct(("name", "size"), "no two may be alike")])


def refusal(validate: Any, value: Any) -> str:  # noqa: ANN401 -- of any model
    """Return what is said of a value that must be refused."""
    with pytest.raises(ValidationError) as caught:
        validate(value)
    return str(caught.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    ("text", "fine"), [("abc", True), ("", True), ("it's\\", True), ("aBc", False), ("a\n", False)]
)
def test_a_pattern_is_matched_as_a_whole(text: str, fine: bool) -> None:  # noqa: FBT001 -- a table
    assert WORD.holds(text) is fine


def test_a_pattern_is_quoted_for_cel() -> None:
    assert WORD.to_json() == {
        "rule": r"self.matches('^(?:[a-z\'\\\\]*)$')",
        "message": "only small letters are allowed",
    }


def test_a_private_value_is_not_repeated_by_the_api_server() -> None:
    assert matching("a", "only a", private=True).to_json()["reason"] == "FieldValueForbidden"


def test_a_fields_rule_refuses_with_its_message() -> None:
    adapter = TypeAdapter(Annotated[str, WORD])
    assert adapter.validate_python("abc") == "abc"
    assert refusal(adapter.validate_python, "ABC") == "only small letters are allowed"


@pytest.mark.parametrize(
    ("model", "given", "fine"),
    [
        pytest.param(Pair, {"firstName": "a"}, True, id="one of exactly one"),
        pytest.param(Pair, {"lastName": ""}, True, id="an empty text is a value"),
        pytest.param(Pair, {}, False, id="none of exactly one"),
        pytest.param(Pair, {"firstName": "a", "lastName": "b"}, False, id="two of exactly one"),
        pytest.param(Loose, {}, True, id="none of at most one"),
        pytest.param(Loose, {"lastName": "b"}, True, id="one of at most one"),
        pytest.param(Loose, {"firstName": "a", "lastName": "b"}, False, id="two of at most one"),
    ],
)
def test_a_choice_is_made(model: type[Checked], given: dict[str, str], fine: bool) -> None:  # noqa: FBT001 -- a table
    if fine:
        model.model_validate(given)
    else:
        assert refusal(model.model_validate, given) == model.RULES[0].message


@pytest.mark.parametrize(
    ("items", "fine"),
    [
        pytest.param([], True, id="nothing"),
        pytest.param([{}, {}], True, id="what is not set is not alike"),
        pytest.param([{"name": "a"}, {"name": "b"}, {"size": 1}], True, id="all different"),
        pytest.param([{"name": "a"}, {"name": "b"}, {"name": "a"}], False, id="two names alike"),
        pytest.param([{"name": "a", "size": 1}, {"name": "b", "size": 1}], False, id="two sizes alike"),
    ],
)
def test_items_differ(items: list[dict[str, Any]], fine: bool) -> None:  # noqa: FBT001 -- a table
    if fine:
        assert len(ITEMS.validate_python(items)) == len(items)
    else:
        assert refusal(ITEMS.validate_python, items) == "no two may be alike"


def test_a_rule_says_where_it_points_and_what_kind_of_error_it_is() -> None:
    rule = Rule("has(self.size)", lambda item: item.size is not None, "size is needed", field="size", reason=MISSING)
    assert rule.to_json() == {
        "rule": "has(self.size)",
        "message": "size is needed",
        "fieldPath": ".size",
        "reason": "FieldValueRequired",
    }


def test_an_immutable_field_may_neither_change_nor_come_nor_go() -> None:
    assert immutable("roomId").to_json() == {
        "rule": "has(self.roomId) == has(oldSelf.roomId) && (!has(self.roomId) || self.roomId == oldSelf.roomId)",
        "message": "roomId is immutable: delete the object and create another one",
        "fieldPath": ".roomId",
        "reason": "FieldValueForbidden",
    }


def test_what_is_stored_is_read_whatever_rules_there_are_by_now() -> None:
    assert Pair.from_stored({}) == Pair.model_construct()
    with pytest.raises(ValidationError):
        Pair.from_stored({"firstName": 1})


def test_the_rules_of_a_part_are_not_asked_of_what_is_stored_either() -> None:
    class Whole(Model):
        pair: Pair
        word: Annotated[str, WORD] = ""

    assert Whole.from_stored({"pair": {}, "word": "ABC"}).word == "ABC"
    assert refusal(Whole.model_validate, {"pair": {}}) == "exactly one of firstName and lastName must be set"
