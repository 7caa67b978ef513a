"""What nodes and controllers do with Deployments: run their pods, here as processes, and say that they are there."""

import os
import sysconfig
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from automix_devkit.manifests import NAMESPACE
from support.cluster import Cluster
from support.detour import Detour
from support.operator import OperatorProcess
from support.release import Pod
from support.world import MERGE

Json = dict[str, Any]

_DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"


class SimulatorPod(OperatorProcess):
    """The simulator's container as a process: its command and arguments, but for a place of its own to listen at."""

    def __init__(self, container: Json, apps: Path, url: str) -> None:
        program, *command = container["command"]
        assert program == "automix-dev"
        host, port = url.removeprefix("http://").split(":")
        # Of an option that is there twice the last one counts.
        instead = [f"--host={host}", f"--port={port}", f"--apps={apps}"]
        script = str(Path(sysconfig.get_path("scripts"), program))
        super().__init__([script, *command, *container["args"], *instead], os.environ, apps.with_suffix(".log"))
        self._url = url

    def ready(self) -> bool:
        """Whether it listens."""
        assert not self.ended, self.text()
        return self._url in self.text()


class Nodes:
    """Runs the pods of each Deployment in the operator's namespace, once apps lead to a simulator."""

    def __init__(self, cluster: Cluster, folder: Path, detour: Detour) -> None:
        self._cluster = cluster
        self._folder = folder
        self._detour = detour
        self._pods: dict[str, list[Pod] | list[SimulatorPod]] = {}
        self._available: set[str] = set()

    def turn(self) -> None:
        """Do what is to be done now."""
        for deployment in self._cluster.ask("GET", _DEPLOYMENTS)["items"]:
            name = deployment["metadata"]["name"]
            if name not in self._pods:
                if self._detour.works():
                    self._pods[name] = self._launched(deployment)
            elif name not in self._available and all(pod.ready() for pod in self._pods[name]):
                say_available(self._cluster, deployment)
                self._available.add(name)

    def _launched(self, deployment: Json) -> list[Pod] | list[SimulatorPod]:
        name, template = deployment["metadata"]["name"], deployment["spec"]["template"]["spec"]
        pods: list[Pod] | list[SimulatorPod]
        if "serviceAccountName" in template:
            numbers = range(deployment["spec"]["replicas"])
            pods = [Pod(f"{name}-{number}", template, self._kubeconfig(template, number)) for number in numbers]
        else:
            (container,), (volume,) = template["containers"], template["volumes"]
            pods = [SimulatorPod(container, self._mounted(volume), self._detour.url)]
        for pod in pods:
            pod.launch()
        return pods

    def _kubeconfig(self, template: Json, number: int) -> Path:
        path = self._folder / f"pod-{number}.kubeconfig"
        token = self._cluster.token(template["serviceAccountName"], NAMESPACE)
        path.write_text(self._cluster.plane.kubeconfig_for_token(token))
        return path

    def _mounted(self, volume: Json) -> Path:
        """Write the one file of a volume that a Secret is mounted as."""
        secret, (item,) = volume["secret"]["secretName"], volume["secret"]["items"]
        data = self._cluster.ask("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets/{secret}")["data"]
        path = self._folder / str(item["path"])
        path.write_bytes(b64decode(data[item["key"]]))
        return path

    def stop(self) -> None:
        """End all pods, which must end well."""
        for pod in self._running():
            assert pod.terminate() == 0, pod.text()
            assert "Traceback" not in pod.text()

    def kill(self) -> None:
        """Kill what still runs."""
        for pod in self._running():
            pod.kill()

    def logs(self) -> str:
        """Return what all pods have logged."""
        return "\n".join(f"{pod.log.name}:\n{pod.text()}" for pod in self._running())

    def _running(self) -> list[Pod | SimulatorPod]:
        return [pod for pods in self._pods.values() for pod in pods]


@contextmanager
def nodes(cluster: Cluster, folder: Path, detour: Detour) -> Iterator[Nodes]:
    """Have nodes, whose pods end well with the body."""
    made = Nodes(cluster, folder, detour)
    try:
        yield made
        made.stop()
    except AssertionError as error:
        error.add_note(made.logs())
        raise
    finally:
        made.kill()


def say_available(cluster: Cluster, deployment: Json) -> None:
    """Say of a Deployment that all of its pods are there."""
    path, replicas = f"{_DEPLOYMENTS}/{deployment['metadata']['name']}", deployment["spec"]["replicas"]
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
    reasons = {"Available": "MinimumReplicasAvailable", "Progressing": "NewReplicaSetAvailable"}
    conditions = [{"type": kind, "status": "True", "reason": reason} for kind, reason in reasons.items()]
    status = {**counts, "observedGeneration": deployment["metadata"]["generation"], "conditions": conditions}
    cluster.ask("PATCH", f"{path}/status", {"status": status}, MERGE)
