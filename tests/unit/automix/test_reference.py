"""The reference pages say everything: each field, limit, rule, condition, reason and code that is in the code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from automix import zego
from automix.api import meta
from automix.api.crdgen import KINDS, Kind, crd
from automix.core.app_status import APP_CONDITIONS, APP_STATES, AppReason
from automix.core.states import CONDITIONS, EXPLANATIONS, STATES, Reason
from automix.engine.failures import failure_of
from automix.reference.markdown import anchor, bullets, code, prose, table
from automix.reference.pages import pages, write
from automix.reference.schema import element, objects

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "manifests/samples"
PAGES = pages(SAMPLES)
CODES = PAGES["return-codes.md"]
APPS = [PAGES["zegoapp.md"], PAGES["clusterzegoapp.md"]]
BY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
BY_PAGE = pytest.mark.parametrize("name", PAGES)
# Not a comment of an example.
HEADING = r"(?<=\n\n)#+ (.+)\n"
LINK = r"\]\(([\w./#-]+)\)"
Node = dict[str, Any]


def page(kind: Kind) -> str:
    """Return the page of a kind."""
    return PAGES[f"{kind.kind.lower()}.md"]


def version(kind: Kind) -> Node:
    """Return the only version of a CRD."""
    (only,) = crd(kind)["spec"]["versions"]
    found: Node = only
    return found


def sections(text: str) -> dict[str, str]:
    """Return the text below each heading, up to the next one."""
    parts = re.split(HEADING, text)
    return {heading.strip("`"): body for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def fields(kind: Kind) -> Iterator[tuple[str, str, Node, bool]]:
    """Yield the path of the object, the name, the schema and whether it is required, of every field of a kind."""
    parts = version(kind)["schema"]["openAPIV3Schema"]["properties"]
    for name in ("spec", "status"):
        yield from within(name, parts[name])


def within(path: str, schema: Node) -> Iterator[tuple[str, str, Node, bool]]:
    """Yield the same for one object and those in it."""
    for name, child in schema["properties"].items():
        yield path, name, child, name in schema.get("required", [])
        inner = child.get("items", child)
        if "properties" in inner:
            yield from within(f"{path}.{name}" + ("[]" if "items" in child else ""), inner)


def row(text: str, first: str) -> str:
    """Return the row of a table that begins with a cell."""
    (found,) = [line for line in text.splitlines() if line.startswith(f"| {first} |")]
    return found


@BY_KIND
def test_every_field_has_a_row_below_its_object_with_its_description_and_limits(kind: Kind) -> None:
    of_page = sections(page(kind))

    for path, name, schema, required in fields(kind):
        told = row(of_page[path], code(name))
        assert prose(schema["description"]) in told
        assert ("**required**" in told) == required
        for words in schema.get("enum", []):
            assert code(words) in told
        for keyword in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"):
            assert str(schema.get(keyword, "")) in told


@BY_KIND
def test_every_stored_default_is_said_to_be_stored(kind: Kind) -> None:
    of_page = sections(page(kind))

    for path, name, schema, _ in fields(kind):
        assert (", stored |" in row(of_page[path], code(name))) == ("default" in schema)


@BY_KIND
def test_every_rule_is_there_in_its_own_words(kind: Kind) -> None:
    messages = [
        rule["message"]
        for _, _, schema, _ in fields(kind)
        for node in (schema, element(schema))
        for rule in node.get("x-kubernetes-validations", [])
    ]
    spec = version(kind)["schema"]["openAPIV3Schema"]["properties"]["spec"]
    flat = " ".join(page(kind).split())

    for message in [*messages, *(rule["message"] for rule in spec["x-kubernetes-validations"])]:
        assert prose(message) in flat


@pytest.mark.parametrize(
    ("path", "name", "cell"),
    [
        pytest.param("spec", "roomId", "immutable", id="a field that keeps its value"),
        pytest.param("spec", "alignmentType", "| `None` |", id="a default of ZEGO's, which is a word"),
        pytest.param("spec", "recvBufferLevel", "| `0` |", id="a default of ZEGO's, which is nothing"),
        pytest.param("spec", "soundLevel", "| `false` |", id="a default of ZEGO's, which is off"),
        pytest.param("spec", "driftCheckInterval", "| `10m`, stored |", id="a default of the operator's"),
        pytest.param("spec", "mixOutput", "| list of [objects](#specmixoutput) |", id="a list, with its section"),
        pytest.param("spec.mixOutput[]", "audioBitrate", "| `48000` |", id="a default within a list"),
        pytest.param("spec.extraMixInput[]", "volume", "0 to 200", id="a range"),
        pytest.param("status", "startTime", "| date-time |", id="a time"),
        pytest.param("status", "applied", "| map of strings |", id="a map"),
    ],
)
def test_a_row_says_what_a_reader_looks_for(path: str, name: str, cell: str) -> None:
    assert cell in row(sections(PAGES["automix.md"])[path], code(name))


def test_a_keyword_that_the_pages_would_leave_out_is_refused() -> None:
    schema = {"properties": {"volume": {"type": "integer", "multipleOf": 5}}}

    with pytest.raises(ValueError, match="do not know multipleOf"):
        list(objects("spec", schema, BaseModel))


def test_every_reason_of_a_mix_is_explained_and_its_conditions_are_the_tables() -> None:
    of_page = sections(PAGES["automix.md"])

    assert EXPLANATIONS.keys() == set(Reason)
    for reason, state in STATES.items():
        cells = row(of_page["Reasons"], f"[`{reason}`](#{reason.lower()})").split(" | ")
        stalled_or_reconciling = ["True" if flag else "" for flag in (state.reconciling, state.stalled)]
        assert cells[1:5] == [state.ready, state.active or "as last seen", *stalled_or_reconciling]
        told = " ".join(of_page[reason].split())
        assert prose(EXPLANATIONS[reason].meaning) in told
        assert prose(EXPLANATIONS[reason].advice) in told


@pytest.mark.parametrize(
    ("reason", "seen"),
    [
        (Reason.RUNNING, "Current | Healthy | Normal"),
        (Reason.UPDATE_PENDING, "InProgress | Suspended | Normal"),
        (Reason.MIX_KEEPS_ENDING, "InProgress | Degraded | Warning"),
        (Reason.THROTTLED, "InProgress | Progressing | Warning"),
        (Reason.CONFLICT, "Failed | Degraded | Warning"),
        (Reason.STOPPING, "Terminating | Progressing | Normal"),
    ],
)
def test_what_kstatus_argo_cd_and_events_make_of_a_state_is_told(reason: Reason, seen: str) -> None:
    assert row(PAGES["automix.md"], f"[`{reason}`]({anchor(reason)})").endswith(f" | {seen} |")


@pytest.mark.parametrize("text", APPS, ids=["ZegoApp", "ClusterZegoApp"])
def test_every_reason_of_an_app_is_explained(text: str) -> None:
    reasons = sections(text)["Reasons"]

    assert APP_STATES.keys() == set(AppReason)
    for reason, state in APP_STATES.items():
        told = f"`{reason}` | `{state.condition}={state.status}` | {prose(state.meaning)} | {prose(state.advice)}"
        assert f"| {told} |" in reasons
    for row_of_code in zego.CODES.values():
        refused = zego.ZegoRefused("GetMixTaskInfo", row_of_code, message="", request_id="", retry_after=None)
        assert f"- [`{failure_of(refused).reason}`]" in reasons
    assert f"- [`{Reason.ZEGO_UNREACHABLE}`]" in reasons


def test_every_condition_is_explained_where_it_is_found() -> None:
    assert CONDITIONS.keys() | APP_CONDITIONS.keys() == set(meta.ConditionType)
    for aspects, texts in ((CONDITIONS, [PAGES["automix.md"]]), (APP_CONDITIONS, APPS)):
        for kind, aspect in aspects.items():
            for text in texts:
                told = f"| {code(kind)} | {prose(aspect.true)} | {prose(aspect.otherwise)} |"
                assert told in sections(text)["Conditions"]


@pytest.mark.parametrize("number", zego.CODES)
def test_every_code_is_there_with_its_class_reason_and_advice(number: int) -> None:
    known = zego.CODES[number]
    told = row(CODES, str(number))

    refused = zego.ZegoRefused("StartAutoMix", known, message="", request_id="", retry_after=None)
    for part in (prose(known.meaning), code(known.failure), code(failure_of(refused).reason), prose(known.advice)):
        assert part in told


@pytest.mark.parametrize("failure", zego.Failure)
def test_every_class_of_codes_is_explained(failure: zego.Failure) -> None:
    assert row(sections(CODES)["Classes"], code(failure))


@pytest.mark.parametrize(
    ("number", "again"),
    [
        pytest.param(110200150, "yes", id="a stream that is missing may come"),
        pytest.param(110200178, "no", id="too many outputs stay too many"),
        pytest.param(110200003, "with the app", id="a wrong secret is the app's to mend"),
    ],
)
def test_a_code_says_whether_the_operator_tries_again(number: int, again: str) -> None:
    assert f" | {again} | " in row(sections(CODES)["Codes"], str(number))


def test_every_annotation_and_finalizer_is_explained() -> None:
    names = {value for name, value in vars(meta).items() if name.endswith(("_ANNOTATION", "FINALIZER"))}
    told = sections(PAGES["automix.md"])["Annotations and finalizer"]

    assert len(names) >= 5
    for name in names - {meta.APP_FINALIZER}:
        assert row(told, code(name))
    for app in APPS:
        assert row(sections(app)["Finalizer"], code(meta.APP_FINALIZER))


@BY_KIND
def test_every_column_and_selectable_field_is_there(kind: Kind) -> None:
    of_page = sections(page(kind))

    for column in kind.columns:
        shown = "with `-o wide`" if column.wide else "always"
        assert row(of_page["Columns"], column.name) == f"| {column.name} | {code(column.path)} | {shown} |"
    for path in kind.selectable:
        assert f"- `{path.removeprefix('.')}`" in of_page["Selectable fields"]


@BY_KIND
def test_the_example_is_the_least_that_a_sample_says(kind: Kind) -> None:
    example = sections(page(kind))["Example"]

    assert f"\nkind: {kind.kind}\n" in example
    assert "appRef" not in example


def test_a_kind_without_a_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no sample has a AutoMix"):
        pages(tmp_path)


@BY_PAGE
def test_every_link_leads_somewhere(name: str) -> None:
    for target in re.findall(LINK, PAGES[name]):
        file, _, fragment = target.partition("#")
        if file not in PAGES and file:
            assert (ROOT / "docs/reference" / file).resolve().exists(), target
            continue
        headings = re.findall(HEADING, PAGES[file or name])
        assert not fragment or f"#{fragment}" in map(anchor, headings), target


@BY_PAGE
def test_no_two_headings_have_one_anchor(name: str) -> None:
    anchors = [anchor(heading) for heading in re.findall(HEADING, PAGES[name])]

    assert len(anchors) == len(set(anchors))


@BY_PAGE
def test_every_row_of_a_table_has_as_many_cells_as_its_header(name: str) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", PAGES[name], flags=re.MULTILINE)

    for lines in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines.splitlines()}) == 1


@BY_PAGE
def test_what_is_committed_is_what_is_generated(name: str, tmp_path: Path) -> None:
    write(tmp_path / "new" / "folder", SAMPLES)
    generated = (tmp_path / "new" / "folder" / name).read_text(encoding="utf-8")

    assert generated.startswith("<!-- Generated ")
    assert (ROOT / "docs/reference" / name).read_text(encoding="utf-8") == generated


def test_the_index_names_every_other_page() -> None:
    assert PAGES.keys() - set(re.findall(LINK, PAGES["README.md"])) == {"README.md"}


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        pytest.param("a\n  line", "a line", id="line breaks are spaces"),
        pytest.param("zegotest-<AppId>-", r"zegotest-\<AppId>-", id="no HTML"),
        pytest.param("2 * 3 * 4", r"2 \* 3 \* 4", id="no emphasis"),
        pytest.param("'-' and '_', snake_case", r"'-' and '\_', snake_case", id="underscores in words are harmless"),
        pytest.param("`spec.a_*`, ~`.", r"`spec.a_*`, \~\`.", id="code stays code, and half of it is none"),
    ],
)
def test_text_reads_as_it_is_written(text: str, markdown: str) -> None:
    assert prose(text) == markdown


@pytest.mark.parametrize(("text", "span"), [("a", "`a`"), ("a`b", "`` a`b ``")])
def test_a_code_span_holds_anything(text: str, span: str) -> None:
    assert code(text) == span


def test_a_cell_may_hold_what_divides_cells() -> None:
    assert table(("A",), [("`x|y`",)]).splitlines()[-1] == r"| `x\|y` |"


def test_a_wrapped_line_begins_no_list() -> None:
    assert bullets([f"{'x' * 117} + y"]).splitlines() == [f"- {'x' * 117}", r"  \+ y"]
