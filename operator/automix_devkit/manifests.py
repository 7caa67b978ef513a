"""What is generated and committed: the CRDs, what the charts have of them, install.yaml, docs/reference, and more.

It must not import the operator: the CRDs and the reference pages come from processes of their own.
"""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import yaml

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
ROOMS = Path("helm/automix-rooms")
ROOMS_SCHEMA = ROOMS / "values.schema.json"
"""The schema of the values of the rooms' chart: kept by hand, but for what it says of an AutoMix's spec."""
CUSTOMIZATIONS = Path("gitops/argocd/resource_customizations")
"""What Argo CD is to know of our kinds, in the folders that it has for this itself."""
ARGOCD_CM = Path("gitops/argocd/argocd-cm.yaml")
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

ARGOCD_PREAMBLE = f"""\
# Generated from {CUSTOMIZATIONS} by `make generate`; change the scripts, not this file.
# Apply it server-side, so that what else is in the ConfigMap stays: kubectl apply --server-side -f {ARGOCD_CM}
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  namespace: argocd
  labels:
    app.kubernetes.io/name: argocd-cm
    app.kubernetes.io/part-of: argocd
data:
"""

NOT_SHARED = ("roomId", "taskId", "userId", "mixOutput")
"""Fields of an AutoMix that two rooms cannot have alike."""


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
    readme, values = (_text(repository / path) for path in (CHART_README, CHART_VALUES))
    rooms = rooms_schema(_text(repository / ROOMS_SCHEMA), made[CRDS]["automixes.yaml"])
    scripts = ARGOCD_PREAMBLE + argocd_data(repository / CUSTOMIZATIONS)
    return {
        **files,
        MANIFEST: PREAMBLE + rendered,
        CHART_README: with_table(readme, values),
        ROOMS_SCHEMA: rooms,
        ARGOCD_CM: scripts,
    }


def rooms_schema(schema: str, crd: str) -> str:
    """Return the schema of the rooms' values with the spec as the AutoMixes' CRD has it; the rest stays as it is."""
    values = json.loads(schema)
    (version,) = yaml.safe_load(crd)["spec"]["versions"]
    spec = _strict(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
    # A room's spec is merged from several places, so that no one of them has to have a field.
    spec.pop("required", None)
    shared = {
        name: {"$ref": f"#/$defs/spec/properties/{name}"} for name in spec["properties"] if name not in NOT_SHARED
    }
    values["$defs"] |= {"spec": spec, "defaults": {**spec, "properties": shared}}
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a CRD's schema as one of JSON that refuses unknown fields and has nothing that is Kubernetes' alone."""
    made = {key: value for key, value in schema.items() if key != "default" and not key.startswith("x-kubernetes-")}
    if "items" in made:
        made["items"] = _strict(made["items"])
    if "properties" in made:
        made["properties"] = {name: _strict(field) for name, field in made["properties"].items()}
        made["additionalProperties"] = False
    return made


def argocd_data(customizations: Path) -> str:
    """Return the data of argocd-cm with the health checks and actions of a folder, as `group/Kind/` has them."""
    data = []
    for kind in sorted(path for path in customizations.glob("*/*") if path.is_dir()):
        key = f"{kind.parent.name}_{kind.name}"
        data.append(_block(f"resource.customizations.health.{key}", _text(kind / "health.lua")))
        actions = sorted(kind.glob("actions/*/action.lua"))
        if actions:
            discovery = _block("discovery.lua", _text(kind / "actions/discovery.lua"))
            definitions = [
                f"- name: {path.parent.name}\n" + textwrap.indent(_block("action.lua", _text(path)), "  ")
                for path in actions
            ]
            value = "".join([discovery, "definitions:\n", *definitions])
            data.append(_block(f"resource.customizations.actions.{key}", value))
    return textwrap.indent("".join(data), "  ")


def _block(key: str, text: str) -> str:
    """Return a key with a text of several lines, as people write it in YAML."""
    return f"{key}: |\n" + textwrap.indent(text, "  ")


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
    """Generate CRDs, what the charts have of them, install.yaml, docs/reference and Argo CD's ConfigMap."""
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
    return {path.name: _text(path) for path in sorted(folder.iterdir())}


def _content(path: Path) -> str | None:
    return _text(path) if path.exists() else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
