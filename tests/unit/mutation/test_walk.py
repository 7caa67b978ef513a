"""What is left out as a class."""

from pathlib import Path

import pytest

from mutation.mutants import Module, mutants


def _mutated(text: str, folder: Path) -> list[str]:
    path = folder / "module.py"
    path.write_text(text)
    return [mutant.diff.partition("\n+ ")[2] for mutant in mutants(Module("module", path))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"""A module."""\n', id="a docstring"),
        pytest.param("a = 'prose for people'\n", id="prose"),
        pytest.param("a = f'{b} is wrong'\n", id="prose around a value"),
        pytest.param("a: int | None\n", id="an annotation"),
        pytest.param("def a(b: 'int | None') -> dict[str, 'C']: ...\n", id="a signature"),
        pytest.param("from typing import Literal\nA = Literal['a', 1]\n", id="a generic type"),
        pytest.param("Effect = A | B\n", id="a union's alias"),
        pytest.param("__all__ = ['a']\n", id="what a module exports"),
        pytest.param("T = TypeVar('T', bound=A)\n", id="a type variable"),
        pytest.param("log.info('started', extra={'a': 1})\n", id="what a logger is told"),
        pytest.param("class A:\n    def __init__(self):\n        self.b = c\n", id="that __init__ sets an attribute"),
    ],
)
def test_it_has_no_mutants(text: str, tmp_path: Path) -> None:
    assert _mutated(text, tmp_path) == []


@pytest.mark.parametrize(
    ("text", "mutated"),
    [
        pytest.param("a: Annotated[int, Field(ge=1)]\n", ["Annotated[int, Field()]", "Annotated[int, Field(ge=2)]"]),
        pytest.param(
            "from typing import Annotated\nA = Annotated[int, Field(ge=1)]\n",
            ["Annotated[int, Field()]", "Annotated[int, Field(ge=2)]"],
        ),
    ],
    ids=["in an annotation", "in an alias"],
)
def test_a_limit_within_a_type_is_code(text: str, mutated: list[str], tmp_path: Path) -> None:
    assert [line.partition(" ")[2].removeprefix("= ") for line in _mutated(text, tmp_path)] == mutated


def test_what_init_sets_an_attribute_to_is_code(tmp_path: Path) -> None:
    assert _mutated("class A:\n    def __init__(self):\n        self.b = 0\n", tmp_path) == ["self.b = 1"]


def test_slots_are_no_matter_but_what_is_beside_them_is(tmp_path: Path) -> None:
    text = "@dataclass(frozen=True, slots=True)\nclass A: ...\n"

    assert _mutated(text, tmp_path) == ["", "@dataclass(frozen=False, slots=True)"]
