"""The demo as people start it: a process whose output is the story."""

import os
import re
import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

DEMO = (str(Path(sysconfig.get_path("scripts")) / "automix-dev"), "demo")
KEY_LINES = (
    "serviceaccount/automix-operator serverside-applied",
    "clusterzegoapp.automix.zego.im/default condition met",
    "automix.automix.zego.im/lobby condition met",
    "rtmp://play.example/live/lobby",
    "Now: the jury",
    "Stopped the mix and started it again, a short audible gap: ZEGO cannot change mixOutput on a running mix.",
    "spec.mixOutput[0].audioBitrate in body should be less than or equal to 192000",
    "Started the mix: it had ended at ZEGO.",
    'automix.automix.zego.im "lobby" deleted',
    "Breaches of ZEGO's rules: 0.",
)


@contextmanager
def demo(folder: Path, *options: str, path: str = "") -> Iterator[subprocess.Popen[str]]:
    """Start the demo with its temporary files in `folder`, and with `path` before all others."""
    search = os.pathsep.join(filter(None, (path, os.environ["PATH"])))
    with subprocess.Popen(  # noqa: S603 -- our own command
        [*DEMO, *options],
        env={**os.environ, "TMPDIR": str(folder), "PATH": search},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read(process: subprocess.Popen[str], *, until: str = "") -> str:
    """Return the output up to the line that has the text, or all of it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if until and until in line:
            break
    return "".join(lines)


def test_the_whole_story_is_told(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        story = read(process)
        assert process.wait(10) == 0, story
    positions = [story.find(line) for line in KEY_LINES]
    assert -1 not in positions, KEY_LINES[positions.index(-1)]
    assert positions == sorted(positions)
    assert "\x1b[" not in story
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_runs_until_ctrl_c(tmp_path: Path) -> None:
    with demo(tmp_path, "--keep") as process:
        story = read(process, until="The manifests and logs are in")
        [kubeconfig] = re.findall(r"export KUBECONFIG=(.+)", story)
        [zego] = set(re.findall(r"(http://\S+)/admin/state", story))
        assert Path(kubeconfig).is_file()
        tasks = httpx.get(f"{zego}/admin/state").json()["Tasks"]
        assert [task["TaskId"] for task in tasks] == ["lobby"]
        hidden = [(Path(kubeconfig).parent / name).read_text().strip() for name in ("server-secret", "token")]
        process.send_signal(signal.SIGINT)
        story += read(process)
        assert process.wait(20) == 0, story
    assert [secret for secret in hidden if not secret or secret in story] == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{zego}/admin/state")
    assert list(tmp_path.iterdir()) == []


def test_a_story_that_does_not_hold_fails_and_says_where(tmp_path: Path) -> None:
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text("#!/bin/sh\necho out of order\nexit 3\n")
    kubectl.chmod(0o755)
    folder = tmp_path / "files"
    folder.mkdir()
    with demo(folder, path=str(kubectl.parent)) as process:
        story = read(process)
        assert process.wait(10) == 1
    assert "`kubectl apply --server-side -f install.yaml` ended with status 3:\nout of order" in story
    assert "--- kube-apiserver ---" in story
    assert list(folder.iterdir()) == []
