"""The command that says where the executables are."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from automix_devkit.binaries import HELM
from automix_devkit.binaries.command import binaries


@pytest.fixture
def cache(environment: dict[str, str]) -> Path:
    folder = Path(environment["AUTOMIX_CACHE"]) / HELM.key
    folder.mkdir(parents=True)
    return folder


def test_name_and_path_are_printed_one_executable_a_line(cache: Path, environment: dict[str, str]) -> None:
    fill(cache)
    result = CliRunner(env=environment).invoke(binaries, ["helm"])
    assert result.stdout == f"helm {cache / 'helm'}\nkubeconform {cache / 'kubeconform'}\n"
    assert result.exit_code == 0


def test_what_cannot_be_had_is_an_error_without_a_traceback(cache: Path, environment: dict[str, str]) -> None:
    result = CliRunner(env=environment).invoke(binaries, ["helm"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"Error: not found: helm, kubeconform. Tried:\n  cache: {cache} does not have all of it\n" in result.stderr


def test_a_second_process_waits_and_uses_what_the_first_one_built(cache: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", "from automix_devkit.binaries.command import binaries; binaries()", "helm"]
    with (cache / ".lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = subprocess.Popen(  # noqa: S603 -- ours
            command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        with second:
            assert second.stderr is not None
            assert second.stderr.readline() == f"Another process is filling {cache}: waiting for it.\n"
            fill(cache)
            fcntl.flock(first, fcntl.LOCK_UN)
            output, errors = second.communicate(timeout=30)
    assert output.splitlines()[0] == f"helm {cache / 'helm'}"
    assert (errors, second.returncode) == ("", 0)


def fill(cache: Path) -> None:
    for name in HELM.packages:
        (cache / name).touch(mode=0o755)
