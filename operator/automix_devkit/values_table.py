"""The table of a chart's values for its README, made of values.yaml and the comments in it."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

BEGIN = "<!-- values: generated from values.yaml by `make generate`; change that file -->\n"
END = "<!-- end of values -->\n"


class Value(NamedTuple):
    """One value of a chart: its path with dots between, its default as JSON, and what the comment above it says."""

    path: str
    default: str
    description: str


def with_table(page: str, values: str) -> str:
    """Return the page with the table of these values between its two markers; raise ValueError if it lacks one."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError("the page lacks the markers between which the table of values belongs")
    rows = "".join(
        f"| `{value.path}` | {_cell(f'`{value.default}`' if value.default else '')} | {_cell(value.description)} |\n"
        for value in read(values)
    )
    return f"{before}{begin}\n| value | default | what it is for |\n|---|---|---|\n{rows}\n{end}{after}"


def read(values: str) -> list[Value]:
    """Return the values of a values.yaml in its order, each group of several before what is in it."""
    node = yaml.compose(values, yaml.SafeLoader)
    if not isinstance(node, yaml.MappingNode):
        raise ValueError("values.yaml is no mapping")  # noqa: TRY004 -- it is the file's content that is wrong
    return list(_within(node, "", values.splitlines()))


def _within(mapping: yaml.MappingNode, prefix: str, lines: list[str]) -> Iterator[Value]:
    for key, value in mapping.value:
        path, description = f"{prefix}{key.value}", _comment_above(key, lines)
        if not (isinstance(value, yaml.MappingNode) and _is_group(value, lines)):
            yield Value(path, json.dumps(_plain(value)), description)
            continue
        if description:
            yield Value(path, "", description)
        yield from _within(value, f"{path}.", lines)


def _is_group(mapping: yaml.MappingNode, lines: list[str]) -> bool:
    """Tell whether a mapping holds values of the chart; one of Kubernetes' own has no comments in it: it is a value."""
    return any(
        _comment_above(key, lines) or (isinstance(value, yaml.MappingNode) and _is_group(value, lines))
        for key, value in mapping.value
    )


def _comment_above(key: yaml.Node, lines: list[str]) -> str:
    """Return the comment directly above a key and in its column, as one line."""
    start = " " * key.start_mark.column + "#"
    first = key.start_mark.line
    while first and lines[first - 1].startswith(start):
        first -= 1
    return " ".join(line.removeprefix(start).strip() for line in lines[first : key.start_mark.line])


def _plain(node: yaml.Node) -> Any:  # noqa: ANN401 -- whatever YAML can say
    return yaml.safe_load(yaml.serialize(node))


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
