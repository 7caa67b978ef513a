"""What `kubectl apply` and `kubectl diff` see of objects that the operator works on: nothing that they did not say."""

from pathlib import Path

import pytest
import yaml

from support.cluster import KINDS, REPOSITORY, ROOT, Cluster, Json
from support.kubectl import Kubectl
from support.release import LIGHT, Release
from support.waiting import until
from support.zego import SimulatedZego

SAMPLES = REPOSITORY / "manifests/samples"


@pytest.fixture
def samples(zego: SimulatedZego, tmp_path: Path) -> Path:
    """A folder with the samples, for an app at the simulator, and the rooms that they are about."""
    app_id, secret = zego.new_app()
    folder = tmp_path / "samples"
    folder.mkdir()
    for sample in SAMPLES.glob("*.yaml"):
        text = sample.read_text(encoding="utf-8").replace("put-your-server-secret-here", secret)
        text = text.replace("appId: 1234567890", f"appId: {app_id}\n  endpoint: {zego.url}")
        (folder / sample.name).write_text(text)
    for room in rooms(folder):
        zego.room(room)
    return folder


def rooms(samples: Path) -> set[str]:
    """Return the rooms of all mixes; their tasks are called so as well."""
    documents = [one for sample in samples.iterdir() for one in yaml.safe_load_all(sample.read_text(encoding="utf-8"))]
    return {one["spec"]["roomId"] for one in documents if one["kind"] == "AutoMix"}


def test_there_is_nothing_to_diff_or_to_apply_after_the_operator_has_worked(
    release: Release, own: Cluster, zego: SimulatedZego, samples: Path
) -> None:
    kubectl = Kubectl(release.folder)
    release.install(LIGHT)
    with release.pods():
        kubectl("apply", "--server-side", f"--filename={samples}")
        until(lambda: all_run(own), within=30, of="all samples run")
        assert {task["TaskId"] for task in zego.state()["Tasks"]} == rooms(samples)
        made = len(zego.all_calls())
        assert kubectl("diff", "--server-side", f"--filename={samples}") == ""
        assert kubectl("diff", f"--filename={samples}") == ""
        # The operator may write what its first look has shown meanwhile.
        until(lambda: applied_in_vain(kubectl, samples, own), of="to apply it again changes nothing")
        kubectl("apply", f"--filename={samples}")
        assert kubectl("diff", f"--filename={samples}") == ""
        writes = [call["Action"] for call in zego.all_calls()[made:] if call["Action"] != "GetMixTaskInfo"]
        assert writes == []


def all_run(cluster: Cluster) -> bool:
    """Whether all mixes run, and their apps are ready."""
    conditions = [each for one in stored(cluster) for each in one["status"].get("conditions", [])]
    ready = [each["status"] for each in conditions if each["type"] == "Ready"]
    return ready == ["True"] * len(stored(cluster))


def applied_in_vain(kubectl: Kubectl, samples: Path, cluster: Cluster) -> bool:
    """Apply the samples; return whether no object is another one afterwards."""
    before = versions(cluster)
    kubectl("apply", "--server-side", f"--filename={samples}")
    return versions(cluster) == before


def versions(cluster: Cluster) -> dict[str, str]:
    """Return what changes of an object when anything of it does."""
    return {one["metadata"]["uid"]: one["metadata"]["resourceVersion"] for one in stored(cluster)}


def stored(cluster: Cluster) -> list[Json]:
    """Return all objects of our kinds."""
    return [one for kind in KINDS for one in cluster.ask("GET", f"{ROOT}/{kind}")["items"]]
