"""A module's mutants: each is the module with one fault."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mutation.operators import OPERATORS
from mutation.source import Source, difference
from mutation.walk import places


@dataclass(frozen=True)
class Module:
    """Name a module and the file it is in."""

    name: str
    path: Path


@dataclass(frozen=True)
class Mutant:
    """Hold one faulty module; `function` is the innermost function or class with the fault, empty for the module's own.

    Two equal faults in equal lines of one function look the same, and a reason holds for both.
    """

    module: Module
    function: str
    diff: str
    source: bytes = field(repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the fault as long as its lines stay as they are, wherever they go in their function."""
        return self.module.name, self.function, self.diff


def mutants(module: Module) -> Iterator[Mutant]:
    """Yield a module's mutants from top to bottom; those that mean the same as the module are none."""
    source = Source(module.path.read_bytes())
    seen = {ast.dump(source.tree)}
    found = [
        (edit, function)
        for function, node in places(source.tree)
        if type(node) in OPERATORS
        for edit in OPERATORS[type(node)](node, source)
    ]
    for edit, function in sorted(found):
        mutated = source.edited(edit)
        meaning = ast.dump(ast.parse(mutated))
        if meaning not in seen:
            seen.add(meaning)
            yield Mutant(module, function, difference(source.data, mutated), mutated)
