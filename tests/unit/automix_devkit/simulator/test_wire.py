"""How models are shown and what was sent beyond them."""

from typing import Any

import pytest
from pydantic import Field, ValidationError

from automix_devkit.simulator.wire import Wire, problem, public, unknown_fields


class Inner(Wire):
    """Be the inside of a list."""

    name: str = ""


class Middle(Wire):
    """Be a list of lists."""

    inner: list[Inner] = Field(default_factory=list)
    free: list[dict[str, str]] = Field(default_factory=list)


class Outer(Wire):
    """Have fields of every kind."""

    middle: list[Middle] = Field(default_factory=list)
    name: str = ""


def test_unknown_fields_are_named_by_their_whole_path() -> None:
    raw: dict[str, Any] = {
        "Middle": [{}, {"Inner": [{"Name": "a"}, {"Nam": "b"}], "Free": [{"Any": "c"}], "Mid": 1}],
        "name": "under another spelling",
    }
    assert list(unknown_fields(raw, Outer.model_validate(raw))) == ["Middle[1].Inner[1].Nam", "Middle[1].Mid", "name"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a#b?c@d", "a#b?c@d", id="a name that is no address"),
        pytest.param("rtmp://h/a", "rtmp://h/a", id="an address without credentials"),
        pytest.param("rtmp://u:p@h/a", "rtmp://h/a", id="a user and a password"),
        pytest.param("rtmp://h/a?sign=x", "rtmp://h/a", id="a signature in the query"),
        pytest.param("http://u@h/a#b?c", "http://h/a", id="a user and a fragment"),
        pytest.param("rtmp://h/a@b", "rtmp://h/a@b", id="an at sign in the path"),
    ],
)
def test_an_address_is_shown_without_its_credentials(text: str, shown: str) -> None:
    parsed = Outer(name=text, middle=[Middle(inner=[Inner(name=text)])])
    assert public(parsed) == {"Name": shown, "Middle": [{"Inner": [{"Name": shown}], "Free": []}]}
    assert public(Outer(name=text), given_only=True) == {"Name": shown}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param({"Name": 1}, "Name: Input should be a valid string", id="a field"),
        pytest.param(
            {"Middle": [{}, {"Inner": [{"Name": 1}]}]},
            "Middle[1].Inner[0].Name: Input should be a valid string",
            id="a field of a list of a list",
        ),
        pytest.param([], "Input should be a valid dictionary or instance of Outer", id="no object at all"),
    ],
)
def test_a_problem_is_told_by_its_path(raw: object, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(raw)
    assert problem(caught.value) == said
