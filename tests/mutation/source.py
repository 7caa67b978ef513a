"""A module's text, and edits to it."""

import ast
import difflib
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

Located = ast.expr | ast.stmt | ast.pattern | ast.keyword


class Edit(NamedTuple):
    """Replace the bytes from `start` up to `end` by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """Hold a module's text as UTF-8, in which the offsets of Python's syntax tree count."""

    data: bytes = field(repr=False)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.data)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.data.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    def start(self, node: Located) -> int:
        """Return where a node begins; parentheses around an expression are not part of it."""
        return self._line_starts[node.lineno - 1] + node.col_offset

    def end(self, node: Located) -> int:
        """Return where a node ends."""
        assert node.end_lineno is not None, "a parsed node has an end"
        assert node.end_col_offset is not None, "a parsed node has an end"
        return self._line_starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, start: int, end: int) -> str:
        """Return the text between two offsets."""
        return self.data[start:end].decode()

    def of(self, node: Located) -> str:
        """Return the text of a node."""
        return self.text(self.start(node), self.end(node))

    def replacing(self, node: Located, text: str) -> Edit:
        """Return the edit that puts a text in a node's place."""
        return Edit(self.start(node), self.end(node), text)

    def edited(self, edit: Edit) -> bytes:
        """Return the text after an edit."""
        return self.data[: edit.start] + edit.text.encode() + self.data[edit.end :]


def difference(before: bytes, after: bytes) -> str:
    """Return the lines that an edit takes and gives, without their place and their common indent."""
    lines = difflib.unified_diff(before.decode().splitlines(), after.decode().splitlines(), n=0, lineterm="")
    changed = [(line[0], line[1:]) for line in list(lines)[2:] if not line.startswith("@@")]
    indents = [len(text) - len(text.lstrip()) for _, text in changed if text.strip()]
    indent = min(indents, default=0)
    return "\n".join(f"{sign} {text[indent:]}".rstrip() for sign, text in changed)
