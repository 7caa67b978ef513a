"""The operator as its users run it: a process."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from support.waiting import until

_OWN_LINE = re.compile(r"automix: |\d\d:\d\d:\d\d [A-Z]+ ")


def environment() -> dict[str, str]:
    """Return the variables of an operator under test."""
    return {
        **os.environ,
        "AUTOMIX_FIRST_LOOK_SECONDS": "1",
        "AUTOMIX_SHORTEST_DRIFT_CHECK_SECONDS": "1",
        "AUTOMIX_POD_NAMESPACE": "automix-system",
        "AUTOMIX_INSTANCE": "operator-under-test",
        "PYTHONWARNINGS": "error,default::ResourceWarning",
    }


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class OperatorProcess:
    """A process of the operator, with its log in a file."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._command = command
        self._environment = environment
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait until it watches."""
        before = self.text().count("watching")
        self.launch()
        until(lambda: self.text().count("watching") > before or self.ended, within=30, of="the operator watches")
        assert not self.ended, self.text()

    def launch(self) -> None:
        """Start it and do not wait."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stderr=log, stdout=log, env=self._environment)  # noqa: S603 -- ours

    def terminate(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.interrupt()
        return self.ends(within=40)

    def interrupt(self) -> None:
        """Send SIGTERM and do not wait."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def pause(self) -> None:
        """Stop it where it is, as a machine does that is overloaded or suspended."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def ends(self, *, within: float) -> int:
        """Wait until it ends by itself and return the exit code."""
        assert self._process is not None
        return self._process.wait(within)

    def kill(self) -> None:
        """Kill it, if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def text(self) -> str:
        """Return everything it ever logged."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def last_word(self) -> str:
        """Return the last line of its own.

        After that, Python may warn of connections that a busy API server has not yet agreed to close.
        """
        return [line for line in self.text().splitlines() if _OWN_LINE.match(line)][-1]

    @property
    def ended(self) -> bool:
        """Whether it was started, and runs no more."""
        return self._process is not None and self._process.poll() is not None


class Operator(OperatorProcess):
    """One `automix run` with a kubeconfig."""

    def __init__(self, kubeconfig: Path, log: Path, *arguments: str, **settings: str) -> None:
        command = [sys.executable, "-m", "automix", "run", "--kubeconfig", str(kubeconfig), "--probe-port", "0"]
        super().__init__([*command, *(arguments or ("--all-namespaces",))], {**environment(), **settings}, log)
