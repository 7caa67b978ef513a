"""Operators that start at once: one process imports everything and forks for each. Run as `python -m support.zygote`.

What runs in the fork is `automix run` itself; only the second that its imports take is saved.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from automix.cli import main as automix
from support.operator import environment
from support.waiting import until


class Zygote:
    """The process that forks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._one_at_a_time = threading.Lock()

    def fork(self, arguments: Sequence[str], settings: Mapping[str, str], log: Path) -> int:
        """Start `automix` with these arguments, its output appended to the log; returns its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps([list(arguments), dict(settings), str(log)]) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())


@contextmanager
def zygote() -> Iterator[Zygote]:
    """Run the process that forks; all that it forked is killed at the end, or when this process dies."""
    with subprocess.Popen(
        [sys.executable, "-m", "support.zygote"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**environment(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
        text=True,
    ) as process:
        yield Zygote(process)


class ForkedOperator:
    """One operator for one namespace. Not told to stop: it is killed, as the kernel does when memory is short."""

    def __init__(self, parent: Zygote, kubeconfig: Path, log: Path, namespace: str, **settings: str) -> None:
        self._parent = parent
        self._arguments = ["run", "--kubeconfig", str(kubeconfig), "--probe-port", "0", "--namespace", namespace]
        self._settings = settings
        self._process = 0
        self._read = 0
        self.log = log

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        with suppress(ProcessLookupError):
            if self._process:
                os.kill(self._process, 0)
                return True
        return False

    @property
    def watches(self) -> bool:
        """Whether it has come so far since it was last started."""
        return " watching" in self.text()[self._read :]

    def start(self) -> None:
        """Start it, and do not wait for anything."""
        self._read = len(self.text())
        self._process = self._parent.fork(self._arguments, self._settings, self.log)

    def kill(self) -> None:
        """Kill it, if it still runs."""
        if self.alive:
            os.kill(self._process, signal.SIGKILL)
            until(lambda: not self.alive, of="the operator is dead")

    def text(self) -> str:
        """Return everything it ever logged."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


def _fork(order: str) -> int:
    arguments, settings, log = json.loads(order)
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(settings)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    automix(arguments)
    return 0  # click has exited


def _serve() -> None:
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that the dead are gone at once
    while order := sys.stdin.readline():
        sys.stdout.write(f"{_fork(order)}\n")
        sys.stdout.flush()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    _serve()
