"""The faults: for each kind of syntax, what a tired person may write instead.

Each operator takes a node and the source it is in and yields edits. Which nodes they see is the walk's business.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from mutation.source import Edit, Located, Source

_COMPARISONS: Mapping[type[ast.cmpop], tuple[str, str]] = MappingProxyType(
    {
        ast.Lt: ("<", "<="),
        ast.LtE: ("<=", "<"),
        ast.Gt: (">", ">="),
        ast.GtE: (">=", ">"),
        ast.Eq: ("==", "!="),
        ast.NotEq: ("!=", "=="),
        ast.Is: ("is", "is not"),
        ast.IsNot: ("is not", "is"),
        ast.In: ("in", "not in"),
        ast.NotIn: ("not in", "in"),
    }
)
_ARITHMETIC: Mapping[type[ast.operator], tuple[str, str]] = MappingProxyType(
    {
        ast.Add: ("+", "-"),
        ast.Sub: ("-", "+"),
        ast.Mult: ("*", "/"),
        ast.Div: ("/", "*"),
        ast.FloorDiv: ("//", "*"),
        ast.Mod: ("%", "*"),
        ast.Pow: ("**", "*"),
        ast.LShift: ("<<", ">>"),
        ast.RShift: (">>", "<<"),
        ast.BitAnd: ("&", "|"),
        ast.BitXor: ("^", "|"),
        ast.BitOr: ("|", "&"),
    }
)
_OPPOSITES: Mapping[str, str] = MappingProxyType({"min": "max", "max": "min", "any": "all", "all": "any"})
_SHAPING_CALLS = frozenset({"abs", "reversed", "round", "sorted"})
_SHAPING_METHODS = frozenset({"casefold", "lower", "lstrip", "rstrip", "strip", "upper"})
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Compare, ast.Constant, ast.Subscript, ast.JoinedStr)


def comparison(node: ast.Compare, source: Source) -> Iterator[Edit]:
    """Move or turn round each comparison."""
    operands = [node.left, *node.comparators]
    for before, operator, after in zip(operands, node.ops, operands[1:], strict=False):
        yield _between(source, before, after, *_COMPARISONS[type(operator)])


def boolean(node: ast.BoolOp, source: Source) -> Iterator[Edit]:
    """Take `and` for `or` and the other way round, and leave each operand out."""
    word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    operands = [_operand(value, source) for value in node.values]
    yield source.replacing(node, f" {other} ".join(operands))
    for missing in range(len(operands)):
        yield source.replacing(node, f" {word} ".join(operands[:missing] + operands[missing + 1 :]))


def unary(node: ast.UnaryOp, source: Source) -> Iterator[Edit]:
    """Leave `not` and `-` out."""
    if isinstance(node.op, ast.Not | ast.USub):
        yield source.replacing(node, _operand(node.operand, source))


def arithmetic(node: ast.BinOp, source: Source) -> Iterator[Edit]:
    """Take another operator; of a union, leave either side out."""
    if isinstance(node.op, ast.BitOr):
        yield source.replacing(node, _operand(node.left, source))
        yield source.replacing(node, _operand(node.right, source))
    elif not _is_text(node.left) and not _is_text(node.right) and type(node.op) in _ARITHMETIC:
        yield _between(source, node.left, node.right, *_ARITHMETIC[type(node.op)])


def augmented(node: ast.AugAssign, source: Source) -> Iterator[Edit]:
    """Take another operator, or leave the step out."""
    yield source.replacing(node, "pass")
    if not _is_text(node.value) and type(node.op) in _ARITHMETIC:
        operator, other = _ARITHMETIC[type(node.op)]
        yield _between(source, node.target, node.value, f"{operator}=", f"{other}=")


def constant(node: ast.Constant, source: Source) -> Iterator[Edit]:
    """Turn a truth round, count one more, write another text, leave an anchor of a pattern out."""
    match node.value:
        case bool(value):
            yield source.replacing(node, repr(not value))
        case int(value) | float(value):
            yield source.replacing(node, repr(value + 1))
        case str(value):
            yield source.replacing(node, repr(f"XX{value}XX" if value else "XX"))
            if value.startswith("^"):
                yield source.replacing(node, repr(value[1:]))
            if value.endswith("$"):
                yield source.replacing(node, repr(value[:-1]))
        case bytes(value):
            yield source.replacing(node, repr(b"XX" + value + b"XX" if value else b"XX"))
        case _:
            pass


def formatted(node: ast.JoinedStr, source: Source) -> Iterator[Edit]:
    """Leave each value of an f-string out, and write another text around them."""
    for place, part in enumerate(node.values):
        other = [ast.Constant(f"XX{part.value!s}XX")] if isinstance(part, ast.Constant) else []
        yield source.replacing(
            node, ast.unparse(ast.JoinedStr([*node.values[:place], *other, *node.values[place + 1 :]]))
        )


def condition(node: ast.If | ast.IfExp, source: Source) -> Iterator[Edit]:
    """Go either way whatever the condition says."""
    yield source.replacing(node.test, "True")
    yield source.replacing(node.test, "False")


def loop(node: ast.While, source: Source) -> Iterator[Edit]:
    """Never enter a loop; that one never ends would only cost time."""
    yield source.replacing(node.test, "False")


def filtered(node: ast.comprehension, source: Source) -> Iterator[Edit]:
    """Let everything or nothing through a comprehension's filter."""
    for test in node.ifs:
        yield source.replacing(test, "True")
        yield source.replacing(test, "False")


def case(node: ast.match_case, source: Source) -> Iterator[Edit]:
    """Never take a case, or take it whatever its guard says."""
    if node.guard is not None:
        yield source.replacing(node.guard, "True")
        yield source.replacing(node.guard, "False")
    elif not (isinstance(node.pattern, ast.MatchAs) and node.pattern.pattern is None):
        end = source.end(node.pattern)
        yield Edit(end, end, " if False")


def returned(node: ast.Return, source: Source) -> Iterator[Edit]:
    """Return nothing; a constant that is returned is changed as such."""
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield source.replacing(node.value, "None")


def yielded(node: ast.Yield, source: Source) -> Iterator[Edit]:
    """Yield nothing."""
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield source.replacing(node.value, "None")


def left_out(node: ast.stmt, source: Source) -> Iterator[Edit]:
    """Leave a statement out."""
    yield source.replacing(node, "pass")


def stored(node: ast.Assign, source: Source) -> Iterator[Edit]:
    """Leave out what changes an object; a local name that is missing would only be a crash."""
    if all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
        yield source.replacing(node, "pass")


def called(node: ast.Expr, source: Source) -> Iterator[Edit]:
    """Leave out a call whose answer nobody wants."""
    if isinstance(node.value, ast.Call | ast.Await):
        yield source.replacing(node, "pass")


def jump(node: ast.Break | ast.Continue, source: Source) -> Iterator[Edit]:
    """Leave a loop where it should go on, and the other way round."""
    yield source.replacing(node, "continue" if isinstance(node, ast.Break) else "break")


def handler(node: ast.ExceptHandler, source: Source) -> Iterator[Edit]:
    """Do not catch one kind of error, or the only one."""
    if isinstance(node.type, ast.Tuple):
        kinds = [f"{source.of(kind)}, " for kind in node.type.elts]
        for missing in range(len(kinds)):
            yield source.replacing(node.type, f"({''.join(kinds[:missing] + kinds[missing + 1 :]).strip()})")
    elif node.type is not None:
        yield source.replacing(node.type, "()")


def call(node: ast.Call, source: Source) -> Iterator[Edit]:
    """Leave out each named argument and each call that only shapes its argument; take `min` for `max`, `any` for `all`.

    A named truth is turned round as a constant, and whether a class has slots is nothing a test could see.
    """
    for keyword in node.keywords:
        if keyword.arg is not None and not _is_truth(keyword.value):
            yield _without(keyword, node, source)
    match node.func:
        case ast.Name(id=name) if name in _OPPOSITES:
            yield source.replacing(node.func, _OPPOSITES[name])
        case ast.Name(id=name) if name in _SHAPING_CALLS and node.args:
            yield source.replacing(node, _operand(node.args[0], source))
        case ast.Attribute(attr=name) if name in _SHAPING_METHODS:
            yield source.replacing(node, _operand(node.func.value, source))
        case _:
            pass


def bounded(node: ast.Slice, source: Source) -> Iterator[Edit]:
    """Leave out each bound of a slice."""
    for bound in (node.lower, node.upper):
        if bound is not None:
            yield source.replacing(bound, "")


def anonymous(node: ast.Lambda, source: Source) -> Iterator[Edit]:
    """Let a lambda give nothing."""
    yield source.replacing(node.body, "None")


def decorated(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, source: Source) -> Iterator[Edit]:
    """Leave out each decorator."""
    for decorator in node.decorator_list:
        start = source.data.rindex(b"@", 0, source.start(decorator))
        end = source.data.index(b"\n", source.end(decorator))
        yield Edit(source.data.rindex(b"\n", 0, start) if start else 0, end if start else end + 1, "")


Operator = Callable[[Any, Source], Iterator[Edit]]

OPERATORS: Mapping[type[ast.AST], Operator] = MappingProxyType(
    {
        ast.Compare: comparison,
        ast.BoolOp: boolean,
        ast.UnaryOp: unary,
        ast.BinOp: arithmetic,
        ast.AugAssign: augmented,
        ast.Constant: constant,
        ast.JoinedStr: formatted,
        ast.If: condition,
        ast.IfExp: condition,
        ast.While: loop,
        ast.comprehension: filtered,
        ast.match_case: case,
        ast.Return: returned,
        ast.Yield: yielded,
        ast.Raise: left_out,
        ast.Delete: left_out,
        ast.Assign: stored,
        ast.Expr: called,
        ast.Break: jump,
        ast.Continue: jump,
        ast.ExceptHandler: handler,
        ast.Call: call,
        ast.Slice: bounded,
        ast.Lambda: anonymous,
        ast.FunctionDef: decorated,
        ast.AsyncFunctionDef: decorated,
        ast.ClassDef: decorated,
    }
)


def _operand(node: ast.expr, source: Source) -> str:
    text = source.of(node)
    return text if isinstance(node, _ATOMS) else f"({text})"


def _between(source: Source, before: ast.expr, after: ast.expr, operator: str, other: str) -> Edit:
    gap = source.text(source.end(before), source.start(after))
    found = re.search(re.escape(operator).replace(r"\ ", r"\s+"), gap)
    assert found is not None, f"{operator} is between its operands"
    start = source.end(before) + len(gap[: found.start()].encode())
    return Edit(start, start + len(found[0].encode()), other)


def _without(keyword: ast.keyword, node: ast.Call, source: Source) -> Edit:
    arguments: list[Located] = sorted([*node.args, *node.keywords], key=source.start)
    place = arguments.index(keyword)
    if place:
        return Edit(source.end(arguments[place - 1]), source.end(keyword), "")
    end = source.start(arguments[1]) if len(arguments) > 1 else source.end(keyword)
    return Edit(source.start(keyword), end, "")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def _is_truth(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)
