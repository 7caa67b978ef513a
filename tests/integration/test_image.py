"""The Dockerfile, as far as that can be tried without an engine: its own steps, in folders in place of its layers."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support.cluster import REPOSITORY

pytestmark = pytest.mark.timeout(600)  # packages are fetched

FOLDERS = ("/build", "/wheel", "/opt/automix")
"""Absolute paths in the steps."""


class Step(NamedTuple):
    """An instruction and its arguments, with lines that go on put together."""

    instruction: str
    arguments: str


def steps() -> Iterator[Step]:
    """Yield the Dockerfile's steps."""
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    for line in filter(None, lines.splitlines()):
        instruction, _, arguments = line.partition(" ")
        yield Step(instruction, re.sub(" +", " ", arguments))


def of(instruction: str) -> list[str]:
    """Return the arguments of all steps with an instruction."""
    return [step.arguments for step in steps() if step.instruction == instruction]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the steps were run that run something, and what they put at the root is under it."""
    root = tmp_path_factory.mktemp("image")
    for command in of("RUN"):
        for folder in FOLDERS:
            command = re.sub(rf"(?<![\w/]){folder}\b", f"{root}{folder}", command)  # noqa: PLW2901 -- one after another
        done = subprocess.run(command, shell=True, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S602 -- our own steps
        assert done.returncode == 0, done.stderr
    return root / "opt/automix/bin"


@pytest.mark.parametrize("command", ["automix run --help", "automix-dev simulator --help"])
def test_what_the_chart_runs_is_there_with_nothing_but_the_locked_dependencies(installed: Path, command: str) -> None:
    program, *arguments = shlex.split(command)
    done = subprocess.run([installed / program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 -- just installed

    assert done.returncode == 0, done.stderr
    assert "Usage: " in done.stdout


def test_every_dependency_is_locked_and_none_is_missing(installed: Path) -> None:
    subprocess.run([installed / "pip", "check"], check=True, capture_output=True)  # noqa: S603 -- just installed


@pytest.mark.parametrize("lock", ["build", "run"])
def test_every_locked_dependency_can_be_installed_on_arm64_where_nothing_is_compiled(lock: str, tmp_path: Path) -> None:
    where = ("--platform=manylinux2014_aarch64", "--python-version=3.11", f"--target={tmp_path}")
    locked = REPOSITORY / f"requirements/{lock}.txt"
    what = ("--only-binary=:all:", "--require-hashes", f"--requirement={locked}")
    pip = (sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--report=-")
    done = subprocess.run([*pip, *where, *what], capture_output=True, text=True, check=False)  # noqa: S603 -- pip

    assert done.returncode == 0, done.stderr
    chosen = [one["download_info"]["url"].rpartition("/")[2] for one in json.loads(done.stdout)["install"]]
    assert len(chosen) == len(re.findall("^[^# ]+==", locked.read_text(encoding="utf-8"), re.MULTILINE))
    assert all(wheel.endswith(("-any.whl", "_aarch64.whl")) for wheel in chosen)


def test_its_linter_has_nothing_to_say() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, REPOSITORY / "Dockerfile"], capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    assert (done.returncode, done.stdout) == (0, "")


def test_it_does_not_run_as_root() -> None:
    assert of("USER") == ["65532:65532"]


def test_every_stage_has_the_base_that_can_be_pinned() -> None:
    assert {arguments.split()[0] for arguments in of("FROM")} == {"${PYTHON}"}
    assert of("ARG") == ["PYTHON=python:3.11-slim-bookworm"]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    kept = [line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [arguments.split()[:-1] for arguments in of("COPY") if not arguments.startswith("--from")]
    for source in (source for sources in copied for source in sources):
        assert (REPOSITORY / source).exists()
        assert source.split("/")[0] in kept
