"""Fixtures of the tiers that have a control plane. One plane and one simulator serve a whole run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from automix_devkit.controlplane import control_plane
from automix_devkit.simulator import SimulatorSettings
from automix_devkit.simulator.alternatives import ALTERNATIVES
from support.account import install_all_but_the_operator, operators_kubeconfig, refused_beyond_the_chart
from support.canaries import Needles, needles
from support.cluster import KINDS, ROOT, Cluster
from support.invariants import History
from support.judges import judged
from support.operator import Operator
from support.world import World
from support.zego import SimulatedZego, simulated_zego


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes log to."""
    return tmp_path_factory.mktemp("logs")


def pytest_configure(config: pytest.Config) -> None:
    """Register our mark."""
    config.addinivalue_line("markers", "not_under(alternative, why): the operator cannot be right; see docs/limits.md")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what cannot be right under the alternative that the simulator has."""
    alternative = config.getoption("--zego")
    for item in items:
        for mark in item.iter_markers("not_under"):
            if alternative == mark.args[0]:
                item.add_marker(pytest.mark.skip(reason=mark.args[1]))


@pytest.fixture(scope="session")
def zego(request: pytest.FixtureRequest) -> Iterator[SimulatedZego]:
    """ZEGO, simulated; at the end, as at that of each module, no rule of ZEGO's was broken."""
    alternative = request.config.getoption("--zego")
    with simulated_zego(SimulatorSettings(**ALTERNATIVES[alternative]) if alternative else None) as simulated:
        yield simulated
        assert simulated.breaches() == []


@pytest.fixture(scope="session")
def cluster(logs: Path, zego: SimulatedZego) -> Iterator[Cluster]:
    """A real API server with our CRDs and the chart's permissions; at the end no secret is in any log, event or object.

    And nothing that an operator asked for was more than the chart allows.
    """
    audit_log = logs / "audit.log"
    with control_plane(audit_log=audit_log, log_directory=logs) as plane:
        cluster = Cluster(plane, audit_log)
        install_all_but_the_operator(cluster)
        try:
            yield cluster
            assert refused_beyond_the_chart(cluster) == []
            assert_no_secret_leaked(cluster, zego, logs)
        finally:
            cluster.close()


@pytest.fixture(scope="session")
def history(cluster: Cluster, zego: SimulatedZego) -> Iterator[History]:
    """Every version of every AutoMix, which is judged at the end."""
    with judged(cluster, lambda: needles(*zego.signatures)) as history:
        yield history
    assert history.versions


@pytest.fixture(scope="session")
def kubeconfig(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The operator's kubeconfig: with its ServiceAccount, which may do what the chart allows."""
    path = tmp_path_factory.mktemp("kube") / "operator"
    path.write_text(operators_kubeconfig(cluster))
    return path


@pytest.fixture(scope="session")
def administrator(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The administrator's kubeconfig."""
    path = tmp_path_factory.mktemp("kube") / "administrator"
    cluster.plane.write_kubeconfig(path)
    return path


@pytest.fixture(scope="module")
def module_end(cluster: Cluster, zego: SimulatedZego) -> Iterator[None]:
    """At the end of a module its objects go: the operators of the next would work for them, in vain and for long.

    ZEGO forgets it as well: to read a long log of calls twenty times a second takes longer than what is waited for.
    """
    yield
    assert zego.breaches() == []
    assert_no_secret_is_stored(cluster, needles(*zego.signatures))
    cluster.forget_everything()
    zego.reset()


@pytest.fixture
def world(cluster: Cluster, zego: SimulatedZego, history: History, module_end: None) -> World:
    """A namespace with an app of its own, under the eyes of the history."""
    del history, module_end
    return World(cluster, zego)


@pytest.fixture(scope="module")
def operator(kubeconfig: Path, logs: Path, request: pytest.FixtureRequest, module_end: None) -> Iterator[Operator]:
    """An operator that serves all namespaces while a module's tests run."""
    del module_end
    with Operator(kubeconfig, logs / f"operator-{request.module.__name__}.log") as operator:
        yield operator
        assert operator.terminate() == 0
        assert "Traceback" not in operator.text()


def assert_no_secret_leaked(cluster: Cluster, zego: SimulatedZego, logs: Path) -> None:
    """Search all logs, Events and stored objects for every secret and every signature of this run."""
    sought = needles(*zego.signatures)
    for path in logs.rglob("*"):
        if path.is_file():
            assert sought.found(path.read_text(errors="replace")) == [], f"a secret is in {path.name}"
    assert_no_secret_is_stored(cluster, sought)


def assert_no_secret_is_stored(cluster: Cluster, sought: Needles) -> None:
    """Search Events and the objects of our kinds."""
    for collection in (*(f"{ROOT}/{kind}" for kind in KINDS), "/apis/events.k8s.io/v1/events"):
        assert sought.found(cluster.request("GET", collection).text) == [], f"a secret is in {collection}"
