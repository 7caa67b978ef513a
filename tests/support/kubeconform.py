"""kubeconform, with schemas of a Kubernetes' own definitions and of our CRDs: what is not declared is misspelt."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from automix_devkit.binaries import HELM, OLDEST_API, find
from automix_devkit.manifests import CRDS
from automix_devkit.schemas import Kind, of_api, of_crd, strict_definitions
from support.cluster import REPOSITORY, Cluster

Json = dict[str, Any]

_LOCATION = "{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json"
_NOT_OURS = "monitoring.coreos.com/v1/ServiceMonitor"
"""Who has this kind has its CRD as well, in a version that nobody here knows."""


class Kubernetes(NamedTuple):
    """One version of Kubernetes, and the folder with a schema for each kind."""

    version: str
    schemas: Path


def oldest(folder: Path) -> Kubernetes:
    """Return the oldest version that the charts let in."""
    (openapi,) = find(OLDEST_API, OLDEST_API.names).values()
    return Kubernetes(OLDEST_API.version, _written(json.loads(openapi.read_bytes()), folder))


def newest(cluster: Cluster, folder: Path) -> Kubernetes:
    """Return the version of the API server that everything is tested with."""
    version = cluster.ask("GET", "/version")["gitVersion"]
    return Kubernetes(version, _written(cluster.ask("GET", "/openapi/v2"), folder))


def judged(kubernetes: Kubernetes, manifest: str) -> dict[str, str]:
    """Return what is wrong with each object of a manifest by its kind and name, nothing with a valid one."""
    return {f"{one['kind']} {one['name']}": one["msg"] for one in _verdicts(kubernetes, manifest=manifest)}


def invalid(kubernetes: Kubernetes, folder: Path) -> list[tuple[str, str, str]]:
    """Return of each object that is wrong: the name of its file in a folder, its kind, and what is wrong with it."""
    verdicts = list(_verdicts(kubernetes, str(folder)))
    assert {Path(one["filename"]) for one in verdicts} == set(folder.iterdir())
    return [(Path(one["filename"]).stem, one["kind"], one["msg"]) for one in verdicts if one["msg"]]


def _verdicts(kubernetes: Kubernetes, *files: str, manifest: str | None = None) -> Iterator[Json]:
    """Yield what kubeconform says of each object."""
    kubeconform = str(find(HELM, ["kubeconform"])["kubeconform"])
    command = [kubeconform, "-strict", "-verbose", "-output=json", f"-skip={_NOT_OURS}"]
    command += [f"-schema-location={kubernetes.schemas}/{_LOCATION}", *files]
    done = subprocess.run(command, input=manifest, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    assert done.stdout, done.stderr
    yield from (one for one in json.loads(done.stdout)["resources"] if one["status"] != "statusSkipped")


def _written(openapi: Json, folder: Path) -> Path:
    """Write the schemas of an API and of our kinds into a folder, each where kubeconform looks for it."""
    schemas = dict(of_api(openapi))
    definitions = strict_definitions(openapi)
    for path in (REPOSITORY / CRDS).glob("*.yaml"):
        schemas.update(of_crd(yaml.safe_load(path.read_text(encoding="utf-8")), definitions))
    for kind, schema in schemas.items():
        (folder / _file_name(kind)).write_text(json.dumps(schema), encoding="utf-8")
    return folder


def _file_name(kind: Kind) -> str:
    # kubeconform takes the version for the group of what has none.
    return f"{kind.group or kind.version}_{kind.version}_{kind.name.lower()}.json"
