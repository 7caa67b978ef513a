"""A page of the docs as somebody reads who does what it says: its fenced blocks, by section."""

import re
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$|^#+ (.+?)$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: under which heading, in which language, what."""

    section: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in their order."""
    section, found = "", []
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        language, text, heading = match.groups()
        if heading is None:
            found.append(Block(section, language, text))
        else:
            section = heading
    return found


def links(page: Path) -> list[str]:
    """Return where the links of a page lead to."""
    return re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return what a link can name behind its # to lead to a heading of the page."""
    headings = re.findall(r"^#+ (.+?)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
