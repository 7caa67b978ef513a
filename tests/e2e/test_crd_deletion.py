"""The CRD deleted by mistake: its objects go with it, and no room falls silent. See `docs/draining.md`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from automix_devkit.controlplane import control_plane
from automix_devkit.manifests import NAMESPACE
from support.account import install_account, operators_kubeconfig, refused
from support.cluster import GROUP, REPOSITORY, ROOT, Cluster
from support.operator import Operator
from support.waiting import until
from support.world import World
from support.zego import SimulatedZego, simulated_zego

CRD = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/automixes.{GROUP}"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster to break."""
    with control_plane(audit_log=tmp_path / "audit.log") as plane:
        cluster = Cluster(plane, tmp_path / "audit.log")
        for crd in sorted((REPOSITORY / "crds").glob("*.yaml")):
            cluster.install(crd)
        cluster.wait_for_crds()
        cluster.namespace(NAMESPACE)
        install_account(cluster)
        yield cluster
        assert refused(cluster) == []
        cluster.close()


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


def is_back(zego: SimulatedZego, task: str) -> bool:
    """Whether a task runs what came back with the CRD."""
    running = zego.task(task)
    return running is not None and running["UserData"] == "YmFjaw=="


def settled(world: World, name: str) -> bool:
    """Whether the operator is done with an object."""
    return world.reason(name) in ("Running", "Adopted")
