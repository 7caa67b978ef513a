"""What is generated and committed: CRDs, the copies and the table of values in the chart, install.yaml, docs/reference.

It must not import the operator: the CRDs and the reference pages come from processes of their own.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from automix_devkit.binaries import HELM, BinariesError, find
from automix_devkit.values_table import with_table

Files = Mapping[Path, str]
"""Content by path, relative to the repository."""

NAME = "automix-operator"
NAMESPACE = "automix-system"
CRDS = Path("crds")
CHART = Path("helm", NAME)
CHART_CRDS = CHART / "files/crds"
CHART_README = CHART / "README.md"
CHART_VALUES = CHART / "values.yaml"
MANIFEST = Path("manifests/install.yaml")
SAMPLES = Path("manifests/samples")
REFERENCE = Path("docs/reference")
FOLDERS = {CRDS: "*.yaml", CHART_CRDS: "*.yaml", REFERENCE: "*.md"}
"""Folders in which every file of a pattern is generated."""

# The label makes the cluster itself check that the operator needs no privilege.
PREAMBLE = f"""\
# Generated from {CHART} by `make generate`; change the chart, not this file.
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels:
    pod-security.kubernetes.io/enforce: restricted
"""


def generate(repository: Path) -> Files:
    """Return every generated file as it should be.

    Raise CalledProcessError, BinariesError without a helm, ValueError if the chart's README has no place for its table.
    """
    with TemporaryDirectory() as directory:
        crds, pages, chart = Path(directory, "crds"), Path(directory, "reference"), Path(directory, "chart")
        _run([sys.executable, "-m", "automix.api.crdgen", str(crds)])
        _run([sys.executable, "-m", "automix.reference", str(pages), str(repository / SAMPLES)])
        made = {CRDS: _contents(crds), CHART_CRDS: _contents(crds), REFERENCE: _contents(pages)}
        shutil.copytree(repository / CHART, chart, ignore=shutil.ignore_patterns(CHART_CRDS.name))
        shutil.copytree(crds, chart / CHART_CRDS.relative_to(CHART))
        rendered = render(chart)
    files = {folder / name: content for folder, contents in made.items() for name, content in contents.items()}
    readme, values = ((repository / path).read_text(encoding="utf-8") for path in (CHART_README, CHART_VALUES))
    return {**files, MANIFEST: PREAMBLE + rendered, CHART_README: with_table(readme, values)}


def render(chart: Path, *options: str, tests: bool = False) -> str:
    """Return the chart's objects as YAML documents, as `helm template` renders them with these options of its own.

    What `helm test` would run is left out, unless asked for: it is no part of an installation.
    """
    helm = str(find(HELM, ["helm"])["helm"])
    skipped = [] if tests else ["--skip-tests"]
    return _run([helm, "template", NAME, str(chart), "--namespace", NAMESPACE, *skipped, *options])


def outdated(repository: Path, files: Files) -> list[Path]:
    """Return the paths whose files are missing, differ, or have no source any more."""
    found = (path for folder, pattern in FOLDERS.items() for path in (repository / folder).glob(pattern))
    present = {path.relative_to(repository) for path in found}
    differing = {path for path, content in files.items() if _content(repository / path) != content}
    return sorted(differing | (present - files.keys()))


def write(repository: Path, files: Files, paths: Iterable[Path]) -> None:
    """Bring these paths up to date: write those that have content and remove the others."""
    for path in paths:
        target = repository / path
        if path in files:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[path], encoding="utf-8")
        else:
            target.unlink()


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is not up to date, and name it.")
@click.option(
    "--repository",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="A checkout of this project. Default: the working directory.",
)
def manifests(repository: Path, *, check: bool) -> None:
    """Generate CRDs, the chart's copies and its table of values, manifests/install.yaml and docs/reference."""
    if not (repository / CHART).is_dir():
        raise click.BadParameter(f"{repository.absolute()} has no {CHART}", param_hint="--repository")
    try:
        files = generate(repository)
    except subprocess.CalledProcessError as error:
        raise click.ClickException(error.stderr) from error
    except (BinariesError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    paths = outdated(repository, files)
    if not check:
        write(repository, files, paths)
    for path in paths:
        click.echo(f"{path}: not up to date, run `make generate`" if check else f"{path}: brought up to date")
    if check and paths:
        sys.exit(1)


def _run(command: list[str]) -> str:
    """Return what a command prints; nothing of the user's own Helm settings changes it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HELM_")}
    return subprocess.run(  # noqa: S603 -- commands of this module
        command, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True
    ).stdout


def _contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
