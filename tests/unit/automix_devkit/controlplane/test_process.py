"""A child process from start to stop, and what becomes of it when its parent is killed."""

import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from automix_devkit.controlplane.process import Process, ProcessFailed

Shell = Callable[[str], Process]
FOREVER = "exec sleep 1000"


def test_start_returns_when_the_process_is_ready(shell: Shell, tmp_path: Path) -> None:
    process = shell(f"touch ready; {FOREVER}")
    process.start()
    assert (tmp_path / "ready").exists()
    assert process.pid is not None


def test_a_process_that_ends_early_shows_the_end_of_its_log(shell: Shell) -> None:
    process = shell("seq 1 100; exit 3")
    with pytest.raises(ProcessFailed) as caught:
        process.start()
    assert str(caught.value).splitlines() == ["script ended with status 3:", *map(str, range(86, 101))]
    assert process.pid is None


def test_only_the_log_of_the_last_start_is_shown(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "script.log").write_text("of an earlier start\n")
    with pytest.raises(ProcessFailed, match=r"^script ended with status 1:\nnow$"):
        shell("echo now; exit 1").start()


def test_a_process_that_is_not_ready_in_time_is_stopped(shell: Shell, tmp_path: Path) -> None:
    process = shell(f"echo $$ > pid; {FOREVER}")
    with pytest.raises(ProcessFailed, match="script was not ready in time"):
        process.start(within=0.2)
    assert process.pid is None
    assert not (tmp_path / "pid").exists() or is_gone(int((tmp_path / "pid").read_text()))


def test_stop_asks_first(shell: Shell, tmp_path: Path) -> None:
    process = shell("trap 'echo asked; exit' TERM; touch ready; while :; do sleep 0.01; done")
    process.start()
    process.stop()
    assert process.pid is None
    assert (tmp_path / "script.log").read_text() == "asked\n"


def test_stop_kills_what_does_not_listen(shell: Shell) -> None:
    process = shell(f"trap '' TERM; touch ready; {FOREVER}")
    process.start()
    pid = process.pid
    process.stop(within=0.1)
    assert pid is not None
    assert is_gone(pid)


def test_a_paused_process_can_be_stopped(shell: Shell) -> None:
    process = shell(f"touch ready; {FOREVER}")
    process.start()
    pid = process.pid
    process.pause()
    process.stop()
    assert pid is not None
    assert is_gone(pid)


def test_a_stopped_process_can_be_started_again(shell: Shell) -> None:
    process = shell(f"touch ready; {FOREVER}")
    process.start()
    first = process.pid
    process.stop()
    process.start()
    assert process.pid not in {None, first}


def test_a_running_process_is_not_started_twice(shell: Shell) -> None:
    process = shell(f"touch ready; {FOREVER}")
    process.start()
    with pytest.raises(RuntimeError, match="script is running already"):
        process.start()


def test_settings_of_the_parent_do_not_reach_the_process(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETCD_NAME", "from outside")
    process = shell(f"env > ready.new; mv ready.new ready; {FOREVER}")
    process.start()
    assert "ETCD_NAME" not in (tmp_path / "ready").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_process_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = f"""
import signal
from pathlib import Path
from automix_devkit.controlplane.process import Process

here = Path({str(tmp_path)!r})
process = Process("sleep", ["/bin/sleep", "1000"], directory=here, log=here / "log", ready=lambda: True)
process.start()
print(process.pid, flush=True)
signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603 -- the text above
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    ended, _, _ = select.select([child], [], [], 10)
    os.close(child)
    assert ended


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
