"""The CRD deleted by mistake: its objects go with it, and no room falls silent. See `docs/draining.md`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from automix_devkit.manifests import NAMESPACE
from support.account import cluster_of_its_own, operators_kubeconfig
from support.cluster import GROUP, KINDS, REPOSITORY, ROOT, Cluster
from support.kubectl import Kubectl
from support.operator import Operator
from support.waiting import until
from support.world import MERGE, World
from support.zego import SimulatedZego, simulated_zego

USERS = {"tenants": {"kind": "ZegoApp", "name": "zego"}, "ours": {"kind": "ClusterZegoApp", "name": "default"}}
"""Mixes by name, with the apps that they use."""
CRD = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/automixes.{GROUP}"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster to break."""
    with cluster_of_its_own(tmp_path / "audit.log") as cluster:
        yield cluster


def test_a_crd_that_is_deleted_stops_no_mix_and_what_comes_back_takes_them_up(own: Cluster, tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text(operators_kubeconfig(own))
    names = [f"mix-{number}" for number in range(5)]
    with simulated_zego() as zego, Operator(tmp_path / "kubeconfig", tmp_path / "log") as operator:
        world = World(own, zego)
        tasks = [world.started(name) for name in names]
        own.ask("DELETE", CRD)
        assert operator.ends(within=60) == 1
        assert f"the CustomResourceDefinition automixes.{GROUP} is gone" in operator.last_word()
        assert all(zego.task(task) for task in tasks)
        for name in names:
            assert f"mix orphaned object={world.namespace}/{name}" in operator.text()
        until(lambda: own.request("GET", f"{ROOT}/automixes").status_code == 404, of="it is served no more")
        own.install(REPOSITORY / "crds/automixes.yaml")
        until(lambda: own.request("GET", f"{ROOT}/automixes").is_success, of="it is served")
        operator.start()
        for name in names:
            own.apply(world.manifest(name, userData="back"))
        for name, task in zip(names, tasks, strict=True):
            until(partial(is_back, zego, task), of=f"{name} is changed in place")
            until(partial(settled, world, name), of=f"{name} is settled")
            assert zego.calls(task, "StopAutoMix") == [], "without a gap"
        assert zego.breaches() == []
        assert operator.terminate() == 0


def test_an_object_that_is_deleted_by_itself_is_stopped_while_the_crd_stays(own: Cluster, tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text(operators_kubeconfig(own))
    with simulated_zego() as zego, Operator(tmp_path / "kubeconfig", tmp_path / "log") as operator:
        world = World(own, zego)
        task = world.started("lobby")
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert zego.task(task) is None
        assert operator.terminate() == 0


@pytest.fixture
def kubectl(own: Cluster, tmp_path: Path) -> Kubectl:
    """The administrator's, which waits until what it deletes is gone, and fails after a minute."""
    own.plane.write_kubeconfig(tmp_path / "kubeconfig")
    return Kubectl(tmp_path)


@pytest.fixture
def kubeconfig(own: Cluster, tmp_path: Path) -> Path:
    """The operator's."""
    path = tmp_path / "operator"
    path.write_text(operators_kubeconfig(own))
    return path


def test_kinds_deleted_together_are_gone_without_a_stop_and_what_comes_back_takes_the_mixes_up(
    own: Cluster, kubectl: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    with simulated_zego() as zego, Operator(kubeconfig, tmp_path / "log") as operator:
        world = World(own, zego)
        tasks = start_both(world)
        kubectl("delete", "crd", *(f"{kind}.{GROUP}" for kind in KINDS))
        assert all(map(zego.task, tasks.values()))
        for name in tasks:
            assert f"mix orphaned object={world.namespace}/{name}" in operator.text()
        assert operator.terminate() == 0
        restore(own, *KINDS)
        operator.start()
        start_both(world)
        assert_they_run_as_they_did(zego, tasks)
        assert operator.terminate() == 0


def test_a_kind_that_waits_while_another_is_gone_goes_when_that_one_is_installed_again(
    own: Cluster, kubectl: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    with simulated_zego() as zego, Operator(kubeconfig, tmp_path / "log") as operator:
        world = World(own, zego)
        tasks = start_both(world)
        assert operator.terminate() == 0
        app = f"{ROOT}/namespaces/{world.namespace}/zegoapps/zego"
        own.ask("PATCH", app, {"metadata": {"finalizers": None}}, MERGE)
        kubectl("delete", "crd", f"zegoapps.{GROUP}")
        own.ask("DELETE", CRD)
        until(lambda: all("deletionTimestamp" in world.get(name)["metadata"] for name in tasks), of="they are to go")
        restore(own, "zegoapps")
        operator.start()
        until(lambda: own.request("GET", CRD).status_code == 404, within=60, of="the kind is gone")
        assert_they_run_as_they_did(zego, tasks)


@pytest.mark.parametrize(("kind", "user"), [("zegoapps", "tenants"), ("clusterzegoapps", "ours")])
def test_apps_deleted_with_their_kind_are_not_waited_for_and_their_mixes_run_on(
    own: Cluster, kubectl: Kubectl, kubeconfig: Path, tmp_path: Path, kind: str, user: str
) -> None:
    with simulated_zego() as zego, Operator(kubeconfig, tmp_path / "log") as operator:
        world = World(own, zego)
        tasks = start_both(world)
        until(
            lambda: all(one["metadata"].get("finalizers") for one in own.ask("GET", f"{ROOT}/{kind}")["items"]),
            of="the app is in use",
        )
        kubectl("delete", "crd", f"{kind}.{GROUP}")
        world.wait_for(user, "AppNotFound")
        assert "app let go: its kind is being deleted" in operator.text()
        assert operator.terminate() == 0
        restore(own, kind)
        add_apps(world)
        operator.start()
        world.wait_for(user, "Running")
        assert_they_run_as_they_did(zego, tasks)
        world.delete(user)
        world.wait_until_gone(user)
        assert zego.task(tasks[user]) is None
        assert operator.terminate() == 0


def add_apps(world: World) -> None:
    """Make a ZegoApp and a ClusterZegoApp, or leave them as they are."""
    world.add_app("zego")
    meta, word = {"name": "ours", "namespace": NAMESPACE}, {"serverSecret": world.secret}
    world.cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": word})
    reference = {"name": "ours", "key": "serverSecret"}
    spec = {"appId": world.app_id, "endpoint": world.zego.url, "serverSecretRef": reference}
    kind = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "ClusterZegoApp"}
    world.cluster.apply({**kind, "metadata": {"name": "default"}, "spec": spec})


def start_both(world: World) -> dict[str, str]:
    """Declare a mix of each kind of app and wait until they run; returns their tasks by name."""
    add_apps(world)
    tasks = {name: world.declare(name, appRef=app) for name, app in USERS.items()}
    for name in tasks:
        until(partial(settled, world, name), of=f"{name} is settled")
    return tasks


def assert_they_run_as_they_did(zego: SimulatedZego, tasks: dict[str, str]) -> None:
    """Assert that no mix was ever stopped, and no rule of ZEGO's broken."""
    for task in tasks.values():
        assert zego.task(task)
        assert zego.calls(task, "StopAutoMix") == [], "without a gap"
    assert zego.breaches() == []


def restore(cluster: Cluster, *kinds: str) -> None:
    """Bring definitions back."""
    for kind in kinds:
        cluster.install(REPOSITORY / f"crds/{kind}.yaml")
    cluster.wait_for_crds()


def is_back(zego: SimulatedZego, task: str) -> bool:
    """Whether a task runs what came back with the CRD."""
    running = zego.task(task)
    return running is not None and running["UserData"] == "YmFjaw=="


def settled(world: World, name: str) -> bool:
    """Whether the operator is done with an object."""
    return world.reason(name) in ("Running", "Adopted")
