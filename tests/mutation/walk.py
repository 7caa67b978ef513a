"""Which parts of a module are worth a fault, and which are left out as a class.

Left out are:
- types, annotations and aliases but for what they call (the limits of a pydantic field are calls);
- docstrings, and prose: every text with a letter and a blank, so what people read, and no name, key or pattern;
- what a logger is told, `__all__`, type variables and whether a class has slots;
- that `__init__` sets an attribute, which would only be a crash; what it is set to is not left out.
"""

import ast
from collections.abc import Iterator

_TYPING_MODULES = frozenset({"collections.abc", "typing"})
_BUILTIN_GENERICS = frozenset({"dict", "frozenset", "list", "set", "tuple", "type"})
_LOGGERS = frozenset({"log", "logger", "logging"})
_LEVELS = frozenset({"critical", "debug", "error", "exception", "info", "warning"})
_TYPE_MAKERS = frozenset({"NewType", "ParamSpec", "TypeVar"})
_BLANK_AND_LETTER = (str.isspace, str.isalpha)


def places(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield each node that may be given a fault, after the name of the function or class it is in."""
    return _Walk(tree).below(tree, "")


class _Walk:
    def __init__(self, tree: ast.Module) -> None:
        imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
        names = {alias.name for node in imports if node.module in _TYPING_MODULES for alias in node.names}
        self._generics = names | _BUILTIN_GENERICS

    def below(self, node: ast.AST, scope: str) -> Iterator[tuple[str, ast.AST]]:
        for name, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST) or _is_left_out(child):
                    continue
                if name in {"annotation", "returns"} or (name == "slice" and self._is_generic(node)):
                    yield from self._calls_in(child, scope)
                else:
                    yield from self._at(child, scope)

    def _at(self, node: ast.AST, scope: str) -> Iterator[tuple[str, ast.AST]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = f"{scope}.{node.name}".removeprefix(".")
        if not (isinstance(node, ast.Assign) and scope.endswith("__init__")):
            yield scope, node
        if not isinstance(node, ast.JoinedStr):  # Python 3.11 does not know where the parts of an f-string are
            yield from self.below(node, scope)

    def _calls_in(self, annotation: ast.AST, scope: str) -> Iterator[tuple[str, ast.AST]]:
        if isinstance(annotation, ast.Call):
            yield from self._at(annotation, scope)
        else:
            for child in ast.iter_child_nodes(annotation):
                yield from self._calls_in(child, scope)

    def _is_generic(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in self._generics


def _is_left_out(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Constant(value=str(text)):
            return _is_prose(text)
        case ast.JoinedStr(values=parts):
            return _is_prose("".join(str(part.value) for part in parts if isinstance(part, ast.Constant)))
        case ast.Call(func=ast.Name(id=name)):
            return name in _TYPE_MAKERS
        case (
            ast.Call(func=ast.Attribute(value=ast.Name(id=name)))
            | ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))))
        ):
            return name in _LOGGERS
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias"), value=ast.expr() as value)
        ):
            return name == "__all__" or (name[:1].isupper() and not name.isupper() and _is_union(value))
        case ast.keyword(arg="slots"):
            return True
        case _:
            return False


def _is_union(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)


def _is_prose(text: str) -> bool:
    return all(any(map(kind, text)) for kind in _BLANK_AND_LETTER)
