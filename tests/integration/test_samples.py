"""Each sample does what its comment says: applied as it is, but for the address of ZEGO, its mixes run."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from support.cluster import REPOSITORY, ROOT, Cluster
from support.invariants import History
from support.operator import Operator
from support.waiting import until
from support.wording import in_zegos_words
from support.zego import SimulatedZego

Json = Any

SAMPLES = REPOSITORY / "manifests/samples"
APP_ID, SECRET = 1234567890, "put-your-server-secret-here"
MIXES = [
    (path.name, document["metadata"]["namespace"], document["metadata"]["name"])
    for path in sorted(SAMPLES.glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    if document["kind"] == "AutoMix"
]


@pytest.fixture(scope="module")
def applied(operator: Operator, cluster: Cluster, zego: SimulatedZego, history: History) -> Iterator[Cluster]:
    """The cluster with all samples; their app is the simulator's, and their rooms have people."""
    del operator, history
    zego.app(APP_ID, SECRET)
    # The app first, as the comments of the other samples say.
    paths = sorted(SAMPLES.glob("*.yaml"), key=lambda path: (path.name != "app.yaml", path.name))
    documents = [document for path in paths for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    zego.room("elsewhere", *(stream for document in documents for stream in streams(document, "Add")))
    for document in documents:
        if document["kind"].endswith("ZegoApp"):
            document["spec"]["endpoint"] = zego.url
        if document["kind"] == "AutoMix":
            zego.room(document["spec"]["roomId"], "somebody", *streams(document, "Remove"))
        cluster.apply(document)
    yield cluster
    for _, namespace, name in MIXES:
        cluster.ask("DELETE", path_of(namespace, name))
    until(
        lambda: not any(cluster.request("GET", path_of(*mix[1:])).is_success for mix in MIXES), of="the mixes are gone"
    )
    cluster.ask("DELETE", f"{ROOT}/clusterzegoapps/default")


@pytest.mark.parametrize(("sample", "namespace", "name"), MIXES, ids=[sample for sample, _, _ in MIXES])
def test_the_mix_of_a_sample_runs(
    applied: Cluster, zego: SimulatedZego, sample: str, namespace: str, name: str
) -> None:
    del sample
    until(lambda: condition(applied.ask("GET", path_of(namespace, name)), "Active") == "True", within=20)
    mix = applied.ask("GET", path_of(namespace, name))
    assert condition(mix, "Ready") == "True"
    running = zego.task(mix["status"]["taskId"])
    assert running is not None
    assert running["RoomId"] == mix["spec"]["roomId"]
    declared = in_zegos_words(mix["spec"])
    for field in declared.keys() - {"TaskId", "UserId"}:
        assert with_defaults_left_out(running[field], declared[field]) == declared[field]
    inputs = zego.inputs(mix["status"]["taskId"])
    assert set(streams(mix, "Add")) <= inputs
    assert not set(streams(mix, "Remove")) & inputs
    assert "somebody" in inputs


def test_every_purpose_has_a_sample() -> None:
    assert {path.name for path in SAMPLES.glob("*.yaml")} == {
        "app.yaml",
        "smallest.yaml",
        "full.yaml",
        "outputs.yaml",
        "across-rooms.yaml",
        "karaoke.yaml",
        "sound-levels.yaml",
        "tenant.yaml",
    }


def streams(mix: Json, modify_type: str) -> list[str]:
    """Return the ids of the streams that a mix adds or removes."""
    extras = mix.get("spec", {}).get("extraMixInput", ())
    return [
        extra["streamId"] for extra in extras if extra.get("modifyType", "Add") == modify_type and "streamId" in extra
    ]


def with_defaults_left_out(running: Json, declared: Json) -> Json:
    """Return what runs, of each item only what was declared."""
    if not isinstance(declared, list):
        return running
    return [{name: item[name] for name in said} for item, said in zip(running, declared, strict=True)]


def path_of(namespace: str, name: str) -> str:
    """Return an AutoMix's path."""
    return f"{ROOT}/namespaces/{namespace}/automixes/{name}"


def condition(mix: Json, kind: str) -> str:
    """Return the status of a condition."""
    found: str = next((c["status"] for c in mix["status"].get("conditions", []) if c["type"] == kind), "")
    return found
