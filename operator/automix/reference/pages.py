"""All pages, by file name."""

from collections.abc import Mapping
from pathlib import Path

from automix.api.crdgen import KINDS, Kind
from automix.reference.codes import codes_page
from automix.reference.kinds import kind_page
from automix.reference.markdown import link, page, paragraph, prose, table

HEADER = "<!-- Generated from operator/automix by `make generate`; change the models and tables, not this page. -->\n\n"
CODES = "return-codes.md"

_INTRODUCTION = """Every field, condition, reason and code, generated from the operator's own models and tables.
`kubectl explain automix.spec` says the same of the fields in a terminal."""


def pages(samples: Path) -> Mapping[str, str]:
    """Return the content of every page; `samples` is the folder that the examples come from."""
    bodies = {_name(kind): kind_page(kind, samples) for kind in KINDS}
    bodies |= {CODES: codes_page(), "README.md": _index()}
    return {name: HEADER + body for name, body in bodies.items()}


def write(folder: Path, samples: Path) -> None:
    """Write the pages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(samples).items():
        (folder / name).write_text(text, encoding="utf-8")


def _index() -> str:
    kinds = [(link(kind.kind, _name(kind)), prose(kind.spec.__doc__ or "")) for kind in KINDS]
    codes = (link("Return codes", CODES), "ZEGO's return codes: what each means, and what to do.")
    return page("# Reference", paragraph(_INTRODUCTION), table(("Page", "What is on it"), [*kinds, codes]))


def _name(kind: Kind) -> str:
    return f"{kind.kind.lower()}.md"
