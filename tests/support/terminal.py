"""A terminal in a checkout of this repository, with kubectl and helm, and with a home and a kubeconfig of its own."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from automix_devkit.binaries import HELM, find
from automix_devkit.demo.terminal import find_kubectl
from support.cluster import REPOSITORY
from support.waiting import until


class Command:
    """A command that runs, or has run."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str], output: Path) -> None:
        self._output = output
        with output.open("wb") as file:
            self._process = subprocess.Popen(  # noqa: S603 -- ours, and those of our page
                arguments,
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """What it has said so far."""
        return self._output.read_text(encoding="utf-8")

    @property
    def code(self) -> int | None:
        """The code that it has ended with; None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """Kill it, if it still runs."""
        self._process.kill()
        self._process.wait(10)


class Terminal:
    """Runs commands, with its home, the kubeconfig and what they say in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._commands: list[Command] = []
        tools = (Path(find_kubectl()).parent, find(HELM, ["helm"])["helm"].parent)
        self._environment = {
            "PATH": os.pathsep.join((*map(str, tools), os.defpath)),
            "HOME": str(folder),
            "KUBECONFIG": str(folder / "kubeconfig"),
        }

    def start(self, *arguments: str) -> Command:
        """Start a command and do not wait."""
        output = self.folder / f"command-{len(self._commands)}.log"
        command = Command(arguments, self._environment, output)
        self._commands.append(command)
        return command

    def run(self, script: str, *others: Callable[[], None]) -> str:
        """Run lines of shell, none of which may fail, while others take turns; returns what they say."""
        command = self.start("/bin/sh", "-euc", script)

        def ended() -> bool:
            for turn in others:
                turn()
            return command.code is not None

        until(ended, within=60, of=lambda: f"it ends:\n{script}\n{command.said}")
        assert command.code == 0, f"it ended with {command.code}:\n{script}\n{command.said}"
        return command.said

    def close(self) -> None:
        """Kill what still runs."""
        for command in self._commands:
            command.kill()
