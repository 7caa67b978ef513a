"""One child process: started, waited for until it answers, stopped; it must not outlive its parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LIFELINE = Path(__file__).with_name("lifeline.py")
START_SECONDS = 60.0
STOP_SECONDS = 3.0
"""Short, as an API server with watches open would take its time, and none of these loses data by being killed."""
POLL_SECONDS = 0.05
TAIL_LINES = 15


class ProcessFailed(Exception):
    """A process ended, or did not answer in time; the text has the last lines of its log."""


class Process:
    """A program with a log file and a question, `ready`, that is true once it can be used.

    On Linux the kernel kills it when the *thread* that started it ends, so start it from one that lives long enough.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, directory: Path, log: Path, ready: Callable[[], bool]
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._directory = directory
        self._ready = ready
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def start(self, *, within: float = START_SECONDS) -> None:
        """Start it and return when it is ready; raise ProcessFailed, with nothing left running, if that fails."""
        if self._child is not None:
            raise RuntimeError(f"{self.name} is running already")
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._child = subprocess.Popen(  # noqa: S603 -- commands of this package
                [sys.executable, "-IS", str(LIFELINE), str(os.getpid()), *self._command],
                cwd=self._directory,
                # Not the parent's environment: etcd and Kubernetes take settings from it.
                env={"PATH": os.defpath, "HOME": str(self._directory)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal must reach the parent only, which stops its children in order.
                start_new_session=True,
            )
        try:
            self._wait_until_ready(self._child, time.monotonic() + within)
        except BaseException:
            self.stop()
            raise

    def stop(self, *, within: float = STOP_SECONDS) -> None:
        """Ask it to end, and kill it when it has not in time; nothing happens if it is not running."""
        if self._child is None:
            return
        self._child.terminate()
        self.resume()
        try:
            self._child.wait(within)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None

    def pause(self) -> None:
        """Freeze it: connections stay open and nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal(signal.SIGCONT)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return None if self._child is None else self._child.pid

    def tail(self) -> str:
        """Return the last lines it logged since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-TAIL_LINES:])

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            self._child.send_signal(number)

    def _wait_until_ready(self, child: subprocess.Popen[bytes], deadline: float) -> None:
        while not self._ready():
            if child.poll() is not None:
                raise ProcessFailed(f"{self.name} ended with status {child.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name} was not ready in time:\n{self.tail()}")
            time.sleep(POLL_SECONDS)
