"""A namespace that is deleted with all that is in it, by the real namespace controller."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.account import cluster_of_its_own, operators_kubeconfig
from support.cluster import Cluster
from support.operator import Operator
from support.waiting import until
from support.world import World
from support.zego import SimulatedZego, simulated_zego

MIXES = 50


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster in which controllers run, as they do in a real one."""
    audit = tmp_path_factory.mktemp("audit") / "audit.log"
    with cluster_of_its_own(audit, controller_manager=True) as cluster:
        yield cluster


@pytest.fixture
def zego() -> Iterator[SimulatedZego]:
    """A ZEGO of the test's own."""
    with simulated_zego() as zego:
        yield zego


@pytest.fixture
def operator(own: Cluster, tmp_path: Path) -> Iterator[Operator]:
    """An operator of the cluster."""
    (tmp_path / "kubeconfig").write_text(operators_kubeconfig(own))
    with Operator(tmp_path / "kubeconfig", tmp_path / "log") as operator:
        yield operator
        assert operator.terminate() == 0
        assert "Traceback" not in operator.text()


@pytest.mark.parametrize("secret_first", [False, True], ids=["in any order", "its Secret first"])
def test_a_namespace_with_50_mixes_is_deleted_and_all_of_them_are_stopped(
    own: Cluster, zego: SimulatedZego, operator: Operator, *, secret_first: bool
) -> None:
    world = World(own, zego)
    names = [f"mix-{number}" for number in range(MIXES)]
    for name in names:
        world.declare(name)
    for name in names:
        world.wait_for(name, "Running", within=60)
    if secret_first:
        own.ask("DELETE", f"/api/v1/namespaces/{world.namespace}/secrets/zego")
    own.ask("DELETE", f"/api/v1/namespaces/{world.namespace}")
    until(
        lambda: own.request("GET", f"/api/v1/namespaces/{world.namespace}").status_code == 404,
        within=90,
        of="the namespace is gone",
    )
    assert zego.state()["Tasks"] == []
    assert zego.breaches() == []
    assert "orphaned" not in operator.text()


def test_a_namespace_that_waits_for_a_stop_that_fails_goes_when_it_works(
    own: Cluster, zego: SimulatedZego, operator: Operator
) -> None:
    del operator
    world = World(own, zego)
    task = world.started("lobby")
    zego.fault(Action="StopAutoMix", TaskId=task, Status=503)
    own.ask("DELETE", f"/api/v1/namespaces/{world.namespace}")
    world.wait_for("lobby", "Stopping")
    until(
        lambda: own.request("GET", f"/api/v1/namespaces/{world.namespace}").status_code == 404,
        within=90,
        of="the namespace is gone",
    )
    assert zego.task(task) is None
