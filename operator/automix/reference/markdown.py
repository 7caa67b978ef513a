"""Markdown as GitHub renders it. Functions take and return Markdown; `prose` and `code` make it of plain text."""

import re
import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 120

_CODE_SPAN = re.compile(r"(`[^`]+`)")
# An underscore within a word is none of Markdown's business.
_SPECIAL = re.compile(r"([\\`*<~]|(?<!\w)_|_(?!\w))")
# What would begin a list, a quotation or a heading at the start of a line.
_MARKER = re.compile(r"^(\s*)([-+>#](?=\s)|[0-9]+(?=[.)]\s))")


def prose(text: str) -> str:
    """Return text in one line that reads as it is written; its code spans stay code."""
    parts = _CODE_SPAN.split(" ".join(text.split()))
    return "".join(part if _CODE_SPAN.fullmatch(part) else _SPECIAL.sub(r"\\\1", part) for part in parts)


def code(text: str) -> str:
    """Return text as a code span, whatever is in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence, padding = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def listed(words: Iterable[str]) -> str:
    """Return words as code spans with commas between."""
    return ", ".join(code(word) for word in words)


def link(label: str, target: str) -> str:
    """Return a link to a page or an anchor."""
    return f"[{label}]({target})"


def anchor(heading: str) -> str:
    """Return the fragment that GitHub makes of a heading."""
    return "#" + re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-")


def paragraph(text: str) -> str:
    """Return the text in lines that an editor shows whole."""
    return _wrapped(text, "")


def bullets(items: Iterable[str]) -> str:
    """Return a list."""
    return "\n".join("- " + _wrapped(item, "  ") for item in items)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell may hold anything but line breaks."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def fenced(language: str, text: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text.strip()}\n```"


def page(*blocks: str) -> str:
    """Return the blocks that are not empty as a page."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def _wrapped(text: str, indent: str) -> str:
    first, *others = textwrap.wrap(text, WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    return "\n".join([first, *(indent + _MARKER.sub(r"\1\\\2", line) for line in others)])
