"""The base and its overlays, built by kubectl's own kustomize, as `kubectl apply -k` does."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from automix.settings import Settings
from automix_devkit.manifests import CRDS_MANIFEST, MANIFEST
from support.cluster import REPOSITORY, Cluster

Json = dict[str, Any]

KUBECTL = Path(sys.executable).with_name("kubectl")

OVERLAYS = sorted(path.parent.name for path in (REPOSITORY / "overlays").glob("*/kustomization.yaml"))


def built(folder: str) -> list[Json]:
    """Return the objects of a base or an overlay."""
    done = subprocess.run([KUBECTL, "kustomize", REPOSITORY / folder], capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def stored(path: Path) -> list[Json]:
    """Return the objects of a file."""
    return list(yaml.safe_load_all((REPOSITORY / path).read_text(encoding="utf-8")))


def names(objects: list[Json]) -> set[tuple[str, str]]:
    """Return kind and name of each object."""
    return {(one["kind"], one["metadata"]["name"]) for one in objects}


def deployment(objects: list[Json]) -> Json:
    """Return the operator's Deployment."""
    (found,) = (one for one in objects if one["kind"] == "Deployment")
    return found


def test_the_base_is_install_yaml() -> None:
    assert names(built("manifests")) == names(stored(MANIFEST))


def test_the_crds_by_themselves_are_those_of_install_yaml() -> None:
    ours = stored(CRDS_MANIFEST)

    assert {one["kind"] for one in ours} == {"CustomResourceDefinition"}
    assert [one["spec"] for one in ours] == [
        one["spec"] for one in stored(MANIFEST) if one["kind"] == "CustomResourceDefinition"
    ]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_api_server_takes_an_overlay(overlay: str, cluster: Cluster) -> None:
    for one in built(f"overlays/{overlay}"):
        cluster.apply(one, dry_run=True)


def test_for_trying_out_there_is_one_pod_that_tells_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = built("overlays/development")
    (container,) = deployment(objects)["spec"]["template"]["spec"]["containers"]
    for variable in container["env"]:
        monkeypatch.setenv(variable["name"], variable.get("value", "from the pod"))

    assert deployment(objects)["spec"]["replicas"] == 1
    assert (Settings().log_level, Settings().log_format) == ("DEBUG", "text")
    assert names(stored(MANIFEST)) - names(objects) == {("PodDisruptionBudget", "automix-operator")}


def test_for_paying_rooms_the_image_cannot_change_under_its_name() -> None:
    pod = deployment(built("overlays/production"))["spec"]["template"]["spec"]

    assert "@sha256:" in pod["containers"][0]["image"]
    assert pod["priorityClassName"] == "system-cluster-critical"
