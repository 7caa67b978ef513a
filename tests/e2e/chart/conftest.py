"""A cluster with nothing in it but what helm brings, for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from automix.kube.lease import lease_path
from automix_devkit.controlplane import control_plane
from automix_devkit.manifests import NAME, NAMESPACE
from support.cluster import Cluster
from support.judges import judged
from support.release import Release
from support.world import World
from support.zego import SimulatedZego, simulated_zego


@pytest.fixture(scope="package")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster, in which the chart was installed as it is."""
    audit_log = tmp_path_factory.mktemp("audit") / "audit.log"
    with control_plane(audit_log=audit_log) as plane:
        cluster = Cluster(plane, audit_log)
        cluster.namespace(NAMESPACE)
        # A ClusterZegoApp of the values is no hook once its kind is served, and nobody has to wait for pods.
        Release(cluster, tmp_path_factory.mktemp("first")).install()
        cluster.wait_for_crds()
        with judged(cluster):
            yield cluster
        cluster.close()


@pytest.fixture
def zego() -> Iterator[SimulatedZego]:
    """A ZEGO of the test's own; no rule of ZEGO's was broken."""
    with simulated_zego() as zego:
        yield zego
        assert zego.breaches() == []


@pytest.fixture
def release(own: Cluster, tmp_path: Path) -> Iterator[Release]:
    """The release, and nothing from before: no Lease, and nothing in the API server's log. Afterwards, no objects."""
    own.request("DELETE", lease_path(NAMESPACE, NAME))
    own.forget_audit()
    yield Release(own, tmp_path)
    own.forget_everything()


@pytest.fixture
def world(own: Cluster, zego: SimulatedZego, release: Release) -> World:
    """A namespace with an app of its own."""
    del release
    return World(own, zego)
