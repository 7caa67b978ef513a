"""Everything that is installed is valid for the oldest and the newest Kubernetes that is supported."""

from pathlib import Path

import pytest
import yaml

from automix_devkit.binaries import OLDEST_API
from automix_devkit.manifests import CHART, CHARTS, CRDS_MANIFEST, MANIFEST, ROOMS, SAMPLES, render
from support.chart import LEAN, OPTIONS, ROOM_EXAMPLES
from support.cluster import REPOSITORY, Cluster
from support.kubeconform import Kubernetes, judged, newest, oldest

FILES = [MANIFEST, CRDS_MANIFEST, *(SAMPLES / path.name for path in sorted((REPOSITORY / SAMPLES).glob("*.yaml")))]
WITH = {"nothing": ("--set=replicas=2",), **{name: (LEAN, *options) for name, options in OPTIONS.items()}}


@pytest.fixture(scope="module", params=["the oldest", "the newest"])
def kubernetes(
    request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Kubernetes:
    folder = tmp_path_factory.mktemp("schemas")
    return oldest(folder) if request.param == "the oldest" else newest(cluster, folder)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_the_oldest_is_the_one_that_a_chart_lets_in(chart: Path) -> None:
    metadata = yaml.safe_load((REPOSITORY / chart / "Chart.yaml").read_text(encoding="utf-8"))
    assert metadata["kubeVersion"] == f">={OLDEST_API.version.removeprefix('v')}-0"


@pytest.mark.parametrize("options", WITH.values(), ids=WITH)
def test_what_the_chart_renders_is_valid_with(kubernetes: Kubernetes, options: tuple[str, ...]) -> None:
    assert_valid(kubernetes, rendered(kubernetes, CHART, *options, tests=True))


@pytest.mark.parametrize("example", ROOM_EXAMPLES, ids=[path.stem for path in ROOM_EXAMPLES])
def test_the_rooms_are_valid_of(kubernetes: Kubernetes, example: Path) -> None:
    assert_valid(kubernetes, rendered(kubernetes, ROOMS, "-f", str(example)))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_is_valid(kubernetes: Kubernetes, path: Path) -> None:
    assert_valid(kubernetes, (REPOSITORY / path).read_text(encoding="utf-8"))


MISSPELT = {
    "a field of a Deployment": ("Deployment automix-operator", "replicas: 2", "replica: 2"),
    "a field deep in it": ("Deployment automix-operator", "readOnlyRootFilesystem:", "readonlyRootFilesystem:"),
    "a word for a number": ("Deployment automix-operator", "replicas: 2", "replicas: two"),
    "a field of a CRD": ("CustomResourceDefinition automixes.automix.zego.im", "selectableFields:", "selectable:"),
    "a field of our own kind": ("ClusterZegoApp default", "appId: 1", "appID: 1"),
    "metadata of our own kind": ("ClusterZegoApp default", "    helm.sh/hook:", "    helm.sh/hook:\n  label:\n    a:"),
}


@pytest.mark.parametrize(("about", "right", "wrong"), MISSPELT.values(), ids=MISSPELT)
def test_what_is_misspelt_is_found(kubernetes: Kubernetes, about: str, right: str, wrong: str) -> None:
    manifest = rendered(kubernetes, CHART, *OPTIONS["app"])
    assert right in manifest
    found = judged(kubernetes, manifest.replace(right, wrong))
    assert [what for what, complaint in found.items() if complaint] == [about]


def test_a_kind_that_does_not_exist_is_found(kubernetes: Kubernetes) -> None:
    wrong = "apiVersion: admissionregistration.k8s.io/v0\nkind: ValidatingAdmissionPolicy\nmetadata:\n  name: any\n"
    assert "could not find schema" in judged(kubernetes, wrong)["ValidatingAdmissionPolicy any"]


def rendered(kubernetes: Kubernetes, chart: Path, *options: str, tests: bool = False) -> str:
    """Return what helm makes of a chart for a cluster of that version."""
    return render(REPOSITORY / chart, f"--kube-version={kubernetes.version}", *options, tests=tests)


def assert_valid(kubernetes: Kubernetes, manifest: str) -> None:
    """Assert that nothing is wrong with any object of a manifest, of which there are some."""
    found = judged(kubernetes, manifest)
    assert found
    assert {what: complaint for what, complaint in found.items() if complaint} == {}
