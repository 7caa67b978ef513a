"""The page of one kind."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from automix.api.crdgen import Kind, crd
from automix.api.meta import (
    API_VERSION,
    APP_FINALIZER,
    CLAIM_ANNOTATION,
    FINALIZER,
    RECONCILE_ANNOTATION,
    RESTART_ANNOTATION,
)
from automix.reference.fields import field_sections
from automix.reference.markdown import bullets, code, fenced, link, listed, page, paragraph, prose, table
from automix.reference.states import app_states, mix_states


class Mark(NamedTuple):
    """A name in an object's metadata that means something to the operator."""

    name: str
    kind: str
    by: str
    meaning: str


MARKS = (
    Mark(
        RECONCILE_ANNOTATION,
        "annotation",
        "you",
        "Look now, whatever is waited for. Any new value counts, such as the time; `status.lastHandledReconcileAt` has "
        "the last one that was obeyed.",
    ),
    Mark(
        RESTART_ANNOTATION,
        "annotation",
        "you",
        "Stop the mix and start it again, once: a short audible gap. It also applies a change that waits for it. Any "
        "new value counts; `status.lastHandledRestartAt` has the last one that was obeyed.",
    ),
    Mark(
        CLAIM_ANNOTATION,
        "annotation",
        "the operator",
        "What is about to be sent, so that a crash between a call and its record is repaired. Leave it alone.",
    ),
    Mark(
        FINALIZER,
        "finalizer",
        "the operator",
        "Holds a deleted object until its mix has stopped. Put back if it is taken off while a mix may run.",
    ),
)
APP_MARKS = (
    Mark(
        APP_FINALIZER,
        "finalizer",
        "the operator",
        "There while AutoMixes that may run use the app: it holds a deleted object until they have stopped, and "
        "`Ready` names them.",
    ),
)

_SPEC = """A default that is *stored* is written into the object by the API server. Any other holds for a field that is
absent, and the object does not show it."""
_STATUS = "A field that is empty or unset is absent."
_SELECTORS = """Objects can be selected by these fields on the server, as with `kubectl get {plural} --field-selector`,
from Kubernetes 1.31 on:"""


def kind_page(kind: Kind, samples: Path) -> str:
    """Return the page of a kind; raises ValueError if no sample has one of its objects."""
    body = crd(kind)["spec"]
    (version,) = body["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    spec, status = (schema["properties"][name] for name in ("spec", "status"))
    return page(
        f"# {kind.kind}",
        paragraph(prose(schema["description"])),
        bullets(_names(body)),
        "## Example",
        *_example(kind.kind, samples),
        "## Fields of the spec",
        paragraph(_SPEC),
        *field_sections("spec", spec, kind.spec, defaults=True),
        "## Fields of the status",
        paragraph(_STATUS),
        *field_sections("status", status, kind.status, defaults=False),
        *(_mix_sections() if kind.kind == "AutoMix" else _app_sections()),
        *_kubectl(body["names"]["plural"], version),
    )


def _names(body: dict[str, Any]) -> Iterator[str]:
    names = body["names"]
    yield f"API version: {code(API_VERSION)}"
    yield f"Scope: {'one namespace' if body['scope'] == 'Namespaced' else 'the cluster'}"
    yield f"Names for `kubectl`: {listed([names['plural'], names['singular'], *names['shortNames']])}"
    yield f"Categories: {listed(names['categories'])}"


def _example(kind: str, samples: Path) -> Iterator[str]:
    """Yield the object of a kind that says least, of those that the samples have, and where it is from."""
    documents = [
        (text, sample.name)
        for sample in sorted(samples.glob("*.yaml"))
        for text in sample.read_text(encoding="utf-8").split("\n---\n")
    ]
    of_kind = [document for document in documents if yaml.safe_load(document[0])["kind"] == kind]
    if not of_kind:
        raise ValueError(f"{samples}: no sample has a {kind}")
    text, name = min(of_kind, key=lambda document: len(str(yaml.safe_load(document[0]))))
    yield fenced("yaml", text)
    yield f"Out of {link(code(f'manifests/samples/{name}'), f'../../manifests/samples/{name}')}."


def _mix_sections() -> Iterator[str]:
    yield from mix_states()
    yield "## Annotations and finalizer"
    yield _marks(MARKS)


def _app_sections() -> Iterator[str]:
    yield from app_states()
    yield "## Finalizer"
    yield _marks(APP_MARKS)


def _marks(marks: Iterable[Mark]) -> str:
    return table(
        ("Name", "Kind", "Set by", "Meaning"),
        [(code(mark.name), mark.kind, mark.by, prose(mark.meaning)) for mark in marks],
    )


def _kubectl(plural: str, version: dict[str, Any]) -> Iterator[str]:
    yield "## Columns"
    yield f"What `kubectl get {plural}` shows:"
    yield table(
        ("Column", "Field", "Shown"),
        [
            (column["name"], code(column["jsonPath"]), "with `-o wide`" if column.get("priority") else "always")
            for column in version["additionalPrinterColumns"]
        ],
    )
    selectable = version.get("selectableFields")
    if selectable:
        yield "## Selectable fields"
        yield paragraph(_SELECTORS.format(plural=plural))
        yield bullets(code(field["jsonPath"].removeprefix(".")) for field in selectable)
