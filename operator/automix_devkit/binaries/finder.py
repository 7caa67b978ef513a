"""Asks each source of executables in turn, and keeps what was downloaded or built in the cache."""

import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from automix_devkit.binaries.archive import INDEX_URL, download
from automix_devkit.binaries.errors import BinariesNotFound, WayFailed
from automix_devkit.binaries.source import build
from automix_devkit.binaries.toolsets import Toolset

Way = Callable[[Collection[str], Path], Iterator[Path]]
"""Puts the executables named into a folder and gives the path of each one as soon as it is whole."""


def find(
    toolset: Toolset,
    names: Collection[str],
    *,
    environment: Mapping[str, str] | None = None,
    index_url: str = INDEX_URL,
) -> dict[str, Path]:
    """Return the path of each executable named; the first call may take minutes, as it may have to build them.

    `environment` is os.environ unless told otherwise. Raises BinariesNotFound, ChecksumMismatch, or ValueError for a
    name that the toolset does not have.
    """
    if unknown := set(names) - set(toolset.names):
        raise ValueError(f"{toolset.name} has no {sorted(unknown)}, only {sorted(toolset.names)}")
    environment = os.environ if environment is None else environment
    folder = cache_folder(environment) / toolset.key
    found = _executables(folder, names)
    reasons = [f"cache: {folder} does not have all of it"]
    if variable := toolset.assets_variable:
        if assets := environment.get(variable):
            found |= _executables(Path(assets), names)
        reasons.insert(0, f"{variable}: {f'{assets} does not have all of it' if assets else 'not set'}")
    if len(found) < len(set(names)):
        ways: dict[str, Way] = {"build": partial(build, toolset, environment=environment)}
        if toolset.archive:
            ways = {"download": partial(download, toolset.archive, index_url=index_url), **ways}
        with _locked(folder):
            found = _executables(folder, names) | found
            reasons += _obtain([name for name in names if name not in found], folder, ways)
            found = _executables(folder, names) | found
    if missing := [name for name in names if name not in found]:
        raise BinariesNotFound(missing, reasons)
    return found


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return `AUTOMIX_CACHE`, or `automix` in the user's cache folder (XDG Base Directory Specification)."""
    if own := environment.get("AUTOMIX_CACHE"):
        return Path(own).absolute()
    users = environment.get("XDG_CACHE_HOME")
    return (Path(users) if users else Path.home() / ".cache") / "automix"


def _executables(folder: Path, names: Collection[str]) -> dict[str, Path]:
    paths = {name: folder / name for name in names}
    return {name: path.absolute() for name, path in paths.items() if path.is_file() and os.access(path, os.X_OK)}


def _obtain(missing: Sequence[str], folder: Path, ways: Mapping[str, Way]) -> list[str]:
    """Bring what is missing into the folder, as far as the ways lead to it; return why some of them did not."""
    reasons = []
    staging = folder / ".staging"
    for label, way in ways.items():
        missing = [name for name in missing if not (folder / name).exists()]
        if not missing:
            break
        # What an interrupted run has left there goes; renaming makes sure that the cache holds whole files only.
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            for path in way(missing, staging):
                path.chmod(0o755)
                path.replace(folder / path.name)
        except WayFailed as error:
            reasons.append(f"{label}: {error}")
            click.echo(reasons[-1], err=True)
        finally:
            shutil.rmtree(staging)
    return reasons


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time fill the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            click.echo(f"Another process is filling {folder}: waiting for it.", err=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
