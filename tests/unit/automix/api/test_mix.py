"""What is said of each field of ZEGO's, to those who do not read ZEGO's page."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from automix.api.automix import AutoMixSpec
from automix.api.schema import structural
from automix.core.fingerprints import IN_PLACE
from builders import OURS

IMMUTABLE = {"roomId", "taskId", "userId"}


def zegos_fields(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield path and schema of each field, and whether it must be given."""
    for name, child in node["properties"].items():
        if prefix or name not in OURS:
            yield prefix + name, child, name in node.get("required", ())
            if "properties" in child.get("items", {}):
                yield from zegos_fields(child["items"], f"{prefix}{name}.")


FIELDS = list(zegos_fields(structural(AutoMixSpec)))


@pytest.mark.parametrize(("path", "schema", "required"), FIELDS, ids=[path for path, _, _ in FIELDS])
def test_a_field_says_all_that_zegos_page_says(path: str, schema: dict[str, Any], required: bool) -> None:  # noqa: FBT001 -- a table
    said, name = schema["description"], path.rpartition(".")[2]
    zegos = {"binaryUserData": "UserData"}.get(name, name[0].upper() + name[1:])
    assert said.endswith(f"(ZEGO: {zegos})")
    one_of_two = name in {"streamId", "streamUrl"}
    assert required or one_of_two or "efault" in said, "its default"
    assert not one_of_two or "Either this or" in said, "its alternative"
    if path in IMMUTABLE:
        assert "Immutable." in said
    else:
        assert ("A change is not heard." in said) is (path in IN_PLACE)
        assert ("A change is heard: the mix restarts." in said) is (path not in IN_PLACE)


@pytest.mark.parametrize(("path", "schema", "required"), FIELDS, ids=[path for path, _, _ in FIELDS])
def test_the_limits_of_a_field_are_said_in_words(path: str, schema: dict[str, Any], required: bool) -> None:  # noqa: FBT001 -- a table
    del path, required
    words = {"one": 1, "three": 3, "nine": 9, "1024": 1023}
    said = re.findall(r"\w+", schema["description"])
    numbers = {words.get(word, int(word) if word.isdigit() else None) for word in said}
    limits = {schema[limit] for limit in ("maximum", "maxLength", "maxItems") if limit in schema}
    assert limits <= numbers
    for word in schema.get("enum", ()):
        assert word in schema["description"]
