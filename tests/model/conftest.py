"""A control plane of the model's own: hundreds of thousands of requests would drown the audit log of the other's."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes.aio import client as kubernetes
from kubernetes.aio import config

from automix_devkit.controlplane import control_plane
from model.api import Api
from model.loop import VirtualLoop
from model.operator import owned
from model.process import RUNNING_IN
from model.world import FIRST, SECOND
from model.zego import APP_ID, SECRET
from support.cluster import GROUP, REPOSITORY, Cluster


@pytest.fixture(scope="module")
def loop() -> Iterator[VirtualLoop]:
    """The loop that everything of the model runs in."""
    loop = VirtualLoop()
    loop.set_task_factory(owned)
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def api(loop: VirtualLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The way to a real API server with our CRDs, a namespace and an app."""
    folder = tmp_path_factory.mktemp("model")
    with control_plane(log_directory=folder, watch_cache=False) as plane:
        cluster = Cluster(plane, folder / "no-audit.log")
        for crd in sorted((REPOSITORY / "crds").glob("*.yaml")):
            cluster.install(crd)
        cluster.wait_for_crds()
        for namespace in (FIRST, SECOND):
            _furnish(cluster, namespace)
        cluster.close()
        plane.write_kubeconfig(folder / "kubeconfig")
        api = loop.finish(_connect(folder / "kubeconfig"))
        yield api
        loop.finish(api.close())


def _furnish(cluster: Cluster, namespace: str) -> None:
    cluster.namespace(namespace)
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "zego", "namespace": namespace},
            "stringData": {"serverSecret": SECRET},
        }
    )
    cluster.apply(
        {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": "ZegoApp",
            "metadata": {"name": "zego", "namespace": namespace},
            "spec": {"appId": APP_ID, "serverSecretRef": {"name": "zego", "key": "serverSecret"}},
        }
    )


async def _connect(kubeconfig: Path) -> Api:
    configuration = kubernetes.Configuration()
    await config.load_kube_config(config_file=str(kubeconfig), client_configuration=configuration)
    return Api(configuration)


@pytest.fixture(scope="module")
def bugs() -> Iterator[list[str]]:
    """What the operator logged as an error or with a traceback; less is not even formatted."""
    heard: list[str] = []
    handler = _Ear(heard)
    logger = logging.getLogger("automix")
    propagates, level = logger.propagate, logger.level
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.ERROR)
    yield heard
    logger.setLevel(level)
    logger.propagate = propagates
    logger.removeHandler(handler)


class _Ear(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        process = RUNNING_IN.get()
        if process is None or not process.dead:  # what a dead one says to itself until it is buried, nobody hears
            about = f" {vars(record)['object']}" if "object" in vars(record) else ""
            self._heard.append(self.format(record) + about)
