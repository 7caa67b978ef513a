"""What each kind of syntax becomes."""

from pathlib import Path

import pytest

from mutation.mutants import Module, mutants


def _lines(text: str, folder: Path) -> list[str]:
    """Return what a module's mutants have in place of it, where that is one line in one line's place."""
    path = folder / "module.py"
    path.write_text(text)
    return [mutant.diff.partition("\n+ ")[2] for mutant in mutants(Module("module", path))]


@pytest.mark.parametrize(
    ("text", "mutated"),
    [
        pytest.param("a < b <= c\n", ["a <= b <= c", "a < b < c"], id="comparisons are moved by one"),
        pytest.param("(a) == (\n    b\n)\n", ["(a) != ("], id="an operator is found between parentheses"),
        pytest.param("a is not b\n", ["a is b"], id="an operator of two words"),
        pytest.param("a  not  in  b\n", ["a  in  b"], id="an operator of two words far apart"),
        pytest.param("a and b\n", ["a", "a or b", "b"], id="and, or, and either alone"),
        pytest.param(
            "(a or b) and c\n",
            ["(a or b)", "(a or b) or c", "(a and b) and c", "(a) and c", "(b) and c", "c"],
            id="one within another",
        ),
        pytest.param("not a\n", ["a"], id="a negation"),
        pytest.param("-a\n", ["a"], id="a sign"),
        pytest.param("a + b\n", ["a - b"], id="arithmetic"),
        pytest.param("'a' + b\n", ["'XXaXX' + b"], id="a text is not subtracted from"),
        pytest.param("isinstance(a, int | str)\n", ["isinstance(a, int)", "isinstance(a, str)", "pass"], id="a union"),
        pytest.param("a += 1\n", ["a += 2", "a -= 1", "pass"], id="a step"),
        pytest.param("a = 1\n", ["a = 2"], id="a number"),
        pytest.param("a = 1.5\n", ["a = 2.5"], id="a fraction"),
        pytest.param("a = True\n", ["a = False"], id="a truth"),
        pytest.param("a = ''\n", ["a = 'XX'"], id="an empty text"),
        pytest.param("a = b''\n", ["a = b'XX'"], id="no bytes"),
        pytest.param("a = b'b'\n", ["a = b'XXbXX'"], id="bytes"),
        pytest.param("a = '^b$'\n", ["a = '^b'", "a = 'XX^b$XX'", "a = 'b$'"], id="the anchors of a pattern"),
        pytest.param("a = None\n", [], id="nothing"),
        pytest.param("a = f'{b}/{c}'\n", ["a = f'/{c}'", "a = f'{b}/'", "a = f'{b}XX/XX{c}'"], id="an f-string"),
        pytest.param("if a: b\n", ["if False: b", "if True: b"], id="a condition"),
        pytest.param("a if b else c\n", ["a if False else c", "a if True else c"], id="a conditional expression"),
        pytest.param("while a: b\n", ["while False: b"], id="a loop"),
        pytest.param("[a for a in b if a]\n", ["[a for a in b if False]", "[a for a in b if True]"], id="a filter"),
        pytest.param("def a(): return b\n", ["def a(): return None"], id="what is returned"),
        pytest.param("def a(): yield b\n", ["def a(): yield None"], id="what is yielded"),
        pytest.param("def a(): return True\n", ["def a(): return False"], id="a constant that is returned"),
        pytest.param("raise A\n", ["pass"], id="a raise"),
        pytest.param("del a\n", ["pass"], id="a deletion"),
        pytest.param("a.b = c\n", ["pass"], id="an object's change"),
        pytest.param("a[b] = c\n", ["pass"], id="a container's change"),
        pytest.param("a = b\n", [], id="a local name"),
        pytest.param("a()\n", ["pass"], id="a call for its effect"),
        pytest.param("for a in b: break\n", ["for a in b: continue"], id="a break"),
        pytest.param("for a in b: continue\n", ["for a in b: break"], id="a continue"),
        pytest.param("try: a\nexcept B: c\n", ["except (): c"], id="what is caught"),
        pytest.param("try: a\nexcept (B, C): d\n", ["except (B,): d", "except (C,): d"], id="two that are caught"),
        pytest.param("a = b(c, d=e)\n", ["a = b(c)"], id="a named argument"),
        pytest.param("a = b(c=d, e=f)\n", ["a = b(c=d)", "a = b(e=f)"], id="the first of two named arguments"),
        pytest.param("a = b(c=True)\n", ["a = b(c=False)"], id="a named truth"),
        pytest.param("a = min(b, c)\n", ["a = max(b, c)"], id="the least"),
        pytest.param("a = sorted(b)\n", ["a = b"], id="an order"),
        pytest.param("a = b.strip()\n", ["a = b"], id="blanks"),
        pytest.param("a = b[c:d]\n", ["a = b[:d]", "a = b[c:]"], id="bounds"),
        pytest.param("a = lambda: b\n", ["a = lambda: None"], id="a lambda"),
        pytest.param(
            "match a:\n    case B(): c\n    case D() if e: f\n    case _: g\n",
            ["case B() if False: c", "case D() if False: f", "case D() if True: f"],
            id="cases",
        ),
    ],
)
def test_a_fault_is_made(text: str, mutated: list[str], tmp_path: Path) -> None:
    assert sorted(_lines(text, tmp_path)) == sorted(mutated)


def test_a_decorator_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("class A:\n    @property\n    def b(self): ...\n")

    (mutant,) = mutants(Module("module", path))

    assert mutant.source == b"class A:\n    def b(self): ...\n"
    assert mutant.key == ("module", "A.b", "- @property")


def test_text_before_a_fault_may_be_of_any_alphabet(tmp_path: Path) -> None:
    assert _lines("a = ('é', 1)\n", tmp_path) == ["a = ('XXéXX', 1)", "a = ('é', 2)"]
