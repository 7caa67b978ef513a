"""The command serves, stops cleanly and shows no secret."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest
from click.testing import CliRunner

from automix_devkit.simulator.command import simulator
from unit.automix_devkit.simulator.caller import APP_ID, SECRET, signed, start_body

PROGRAM = "from automix_devkit.simulator.command import simulator; simulator()"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    apps = tmp_path / "apps.json"
    apps.write_text(json.dumps({str(APP_ID): SECRET}))
    command = [sys.executable, "-c", PROGRAM, "--apps", str(apps), "--room", "room123", "--set", "play_status=7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603 -- our own program
        yield running
        running.kill()


def read(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(process: subprocess.Popen[str], number: signal.Signals) -> None:
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    answer = httpx.post(url, params=signed("StartAutoMix", time.time()), json=start_body(), trust_env=False)
    assert answer.json()["Code"] == 0
    assert answer.json()["Data"]["PlayInfo"][0]["Status"] == 7
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    assert read(process.stdout) + read(process.stderr) == ""


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("{", id="no JSON"),
        pytest.param(json.dumps({SECRET: 1}), id="secret and AppId the wrong way round"),
        pytest.param(json.dumps({"0": SECRET}), id="an AppId of zero"),
        pytest.param(json.dumps({"1": [SECRET]}), id="a secret in a list"),
    ],
)
def test_a_bad_apps_file_is_refused_without_being_shown(tmp_path: Path, content: str) -> None:
    apps = tmp_path / "apps.json"
    apps.write_text(content)
    result = CliRunner().invoke(simulator, ["--apps", str(apps)])
    assert result.exit_code == 2
    assert "the file must hold" in result.output
    assert SECRET not in result.output


@pytest.mark.parametrize(
    ("assignment", "why"),
    [("refuse=true", "refuse: there is no such switch"), ("second_mix=x", "second_mix: "), ("x", "must be name=value")],
)
def test_a_bad_switch_is_refused_by_name(assignment: str, why: str) -> None:
    result = CliRunner().invoke(simulator, ["--set", assignment])
    assert result.exit_code == 2
    assert why in result.output
