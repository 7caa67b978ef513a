"""Which source answers for which executable, and what is said when none does."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from automix_devkit.binaries import BinariesNotFound, Toolset, find
from automix_devkit.binaries.finder import cache_folder

NOWHERE = "http://127.0.0.1:9/index.yaml"


@pytest.fixture
def cache(tmp_path: Path, toolset: Toolset) -> Path:
    return tmp_path / "cache" / toolset.key


def test_the_assets_folder_comes_before_the_cache(
    toolset: Toolset, cache: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    executable(cache / "one")
    assets = executable(tmp_path / "assets/one").parent
    assert find(toolset, ["one"], environment={**environment, "TINY_ASSETS": str(assets)}) == {"one": assets / "one"}


def test_each_executable_is_looked_for_on_its_own(
    toolset: Toolset, cache: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    assets = executable(tmp_path / "assets/one").parent
    executable(cache / "two")
    found = find(toolset, ["one", "two"], environment={**environment, "TINY_ASSETS": str(assets)})
    assert found == {"one": assets / "one", "two": cache / "two"}


def test_what_the_cache_has_is_used(toolset: Toolset, cache: Path, environment: dict[str, str]) -> None:
    executable(cache / "one")
    assert find(toolset, ["one"], environment=environment) == {"one": cache / "one"}


def test_the_cache_does_not_answer_for_other_versions(
    toolset: Toolset, cache: Path, environment: dict[str, str]
) -> None:
    executable(cache / "one")
    (toolset.module / "go.sum").write_text("changed")
    with pytest.raises(BinariesNotFound):
        find(toolset, ["one"], environment=environment, index_url=NOWHERE)


def test_a_file_that_cannot_be_executed_is_not_an_executable(
    toolset: Toolset, environment: dict[str, str], tmp_path: Path
) -> None:
    executable(tmp_path / "assets/one").chmod(0o644)
    with pytest.raises(BinariesNotFound):
        find(
            toolset,
            ["one"],
            environment={**environment, "TINY_ASSETS": str(tmp_path / "assets")},
            index_url=NOWHERE,
        )


def test_the_error_names_what_is_missing_and_every_way_that_was_tried(
    toolset: Toolset, cache: Path, environment: dict[str, str]
) -> None:
    with pytest.raises(BinariesNotFound) as caught:
        find(toolset, ["one"], environment=environment, index_url=NOWHERE)
    assert str(caught.value).splitlines() == [
        "not found: one. Tried:",
        "  TINY_ASSETS: not set",
        f"  cache: {cache} does not have all of it",
        f"  download: {NOWHERE} could not be read (ConnectError)",
        "  build: building one failed with exit status 1:",
        "no such module",
    ]


def test_a_failed_build_leaves_nothing_in_the_cache(
    toolset: Toolset, cache: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    executable(tmp_path / "path/go", 'while [ "$1" != -o ]; do shift; done; echo half > "$2"; exit 1')
    with pytest.raises(BinariesNotFound):
        find(toolset, ["two"], environment=environment, index_url=NOWHERE)
    assert [path.name for path in cache.iterdir()] == [".lock"]


def test_what_an_interrupted_build_left_is_cleared_away(
    toolset: Toolset, cache: Path, environment: dict[str, str]
) -> None:
    executable(cache / ".staging/one")
    with pytest.raises(BinariesNotFound):
        find(toolset, ["one"], environment=environment, index_url=NOWHERE)
    assert [path.name for path in cache.iterdir()] == [".lock"]


def test_an_unknown_name_is_refused(toolset: Toolset) -> None:
    with pytest.raises(ValueError, match=r"tiny has no \['three'\], only \['one', 'two'\]"):
        find(toolset, ["one", "three"])


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        pytest.param({"AUTOMIX_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a"), id="the project's own variable wins"),
        pytest.param({"XDG_CACHE_HOME": "/b"}, Path("/b/automix"), id="the user's cache folder as the system says"),
        pytest.param({}, Path.home() / ".cache/automix", id="else the usual one"),
    ],
)
def test_where_the_cache_is(environment: dict[str, str], folder: Path) -> None:
    assert cache_folder(environment) == folder


def test_a_document_is_taken_from_the_module_as_it_is(
    toolset: Toolset, cache: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    downloaded = tmp_path / "downloaded"
    (downloaded / "api").mkdir(parents=True)
    (downloaded / "api/all.json").write_text("{}")
    asked = tmp_path / "asked"
    executable(tmp_path / "path/go", f'echo "$@" > {asked}; echo progress >&2; echo \'{{"Dir": "{downloaded}"}}\'')
    with_document = replace(toolset, documents={"api.json": "api/all.json"})
    found = find(with_document, ["api.json"], environment=environment, index_url=NOWHERE)
    assert found == {"api.json": cache / "api.json"}
    assert found["api.json"].read_text() == "{}"
    assert asked.read_text() == "mod download -json tiny.test/lib@v1.2.3\n"


@pytest.mark.skipif(shutil.which("go") is None, reason="there is no Go on the PATH")
def test_go_builds_what_is_missing_and_the_cache_keeps_it(
    toolset: Toolset, cache: Path, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    with_go = {**os.environ, "AUTOMIX_CACHE": environment["AUTOMIX_CACHE"]}
    found = find(toolset, ["two"], environment=with_go, index_url=NOWHERE)
    assert found == {"two": cache / "two"}
    run = subprocess.run([found["two"]], check=True, capture_output=True, text=True)  # noqa: S603 -- just built
    assert run.stderr == "v1.2.3"
    assert "Building two v1.2.3 from source, once: about 1 min on" in capfd.readouterr().err
    assert find(toolset, ["two"], environment=environment, index_url=NOWHERE) == found


def executable(path: Path, script: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
