"""The chart as a release in a cluster, by the real helm, and its pods, as a kubelet would make them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from automix_devkit.binaries import HELM, find
from automix_devkit.manifests import CHART, NAME, NAMESPACE
from support.account import ROLES
from support.cluster import REPOSITORY, Cluster
from support.operator import OperatorProcess, free_port
from support.proxy import Proxy
from support.waiting import until
from support.world import World

Json = dict[str, Any]
SOON = "--set=settings.firstLookSeconds=1,settings.shortestDriftCheckSeconds=1"
"""With it ZEGO is asked again within seconds."""
LIGHT = f"{SOON},replicas=1"
"""The same for one pod."""
APP = {"kind": "ClusterZegoApp", "name": "default"}
"""What `app_values` makes."""

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{NAME}"
_SELECTOR = f"labelSelector=app.kubernetes.io/instance={NAME}"


@contextmanager
def helm(folder: Path, *command: str) -> Iterator[list[str]]:
    """Run helm beside the body, with the kubeconfig in this folder; it has succeeded when the context ends.

    Yields where its output will be then.
    """
    settings = {"KUBECONFIG": str(folder / "kubeconfig"), "HELM_CACHE_HOME": str(folder / "cache")}
    process = subprocess.Popen(  # noqa: S603 -- ours
        [find(HELM, ["helm"])["helm"], *command],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output: list[str] = []
    with process:
        yield output
        output.append(process.communicate(timeout=60)[0])
    assert process.returncode == 0, output


class Release:
    """The release in automix-system, with a folder for the administrator's kubeconfig, those of pods, and logs."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self.folder = folder
        cluster.plane.write_kubeconfig(folder / "kubeconfig")

    def install(self, *values: str, chart: Path = REPOSITORY / CHART) -> str:
        """Install the chart, or upgrade to these values and no others; returns what helm says."""
        return self.helm("upgrade", "--install", NAME, str(chart), "--reset-values", *values)

    def uninstall(self) -> str:
        """Uninstall it; returns what helm says."""
        return self.helm("uninstall", NAME)

    def helm(self, *command: str) -> str:
        """Run any other command about the release; returns what helm says."""
        with helm(self.folder, *command, f"--namespace={NAMESPACE}") as output:
            pass
        return output[0]

    @property
    def deployed(self) -> bool:
        """Whether there is a Deployment, and so are to be pods."""
        return self._cluster.request("GET", _DEPLOYMENT).is_success

    def roles(self, kind: str = "") -> list[Json]:
        """Return the roles of one kind or both, as stored."""
        collections = [f"{_RBAC}/{each.lower()}s?{_SELECTOR}" for each in ([kind] if kind else ROLES)]
        return [role for each in collections for role in self._cluster.ask("GET", each)["items"]]

    @contextmanager
    def pods(self, proxy: Proxy | None = None) -> Iterator[list["Pod"]]:
        """Run what the Deployment asks for, ready when the body begins; all of it ends well after the body.

        With a proxy, which has their token, all that they ask of the API server goes through it.
        """
        deployment = self._cluster.ask("GET", _DEPLOYMENT)
        pods = [self._pod(deployment, number, proxy) for number in range(deployment["spec"]["replicas"])]
        with ExitStack() as stack:
            for pod in pods:
                stack.callback(pod.kill)
                pod.launch()
            for pod in pods:
                until(pod.ready, of=f"{pod.name} is ready")
            try:
                yield pods
            except AssertionError as error:
                for pod in pods:
                    error.add_note(f"{pod.name}:\n{pod.text()}")
                raise
            for pod in pods:
                pod.interrupt()
            for pod in pods:
                assert pod.ends(within=40) == 0, pod.text()
                assert "Traceback" not in pod.text()

    def _pod(self, deployment: Json, number: int, proxy: Proxy | None) -> "Pod":
        spec, name = deployment["spec"]["template"]["spec"], f"{NAME}-{number}"
        kubeconfig = self.folder / f"{name}.kubeconfig"
        if proxy is None:
            token = self._cluster.token(spec["serviceAccountName"], NAMESPACE)
            kubeconfig.write_text(self._cluster.plane.kubeconfig_for_token(token))
        else:
            proxy.write_kubeconfig(kubeconfig)
        return Pod(name, spec, kubeconfig)


class Pod(OperatorProcess):
    """The operator's container as a process: its command, arguments and variables, and not one more but for two.

    The API server and the token are in a kubeconfig, as the kubelet's files would be at a place that is not ours to
    write to; and each pod has an address of its own in a cluster, so that here each has another port.
    """

    def __init__(self, name: str, spec: Json, kubeconfig: Path) -> None:
        (container,) = spec["containers"]
        assert container["command"][0] == "automix"
        self.name = name
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        """Where it serves probes and metrics."""
        self._probe = container["readinessProbe"]["httpGet"]["path"]
        variables = {one["name"]: self._value(one) for one in container["env"]}
        instead = {"AUTOMIX_KUBECONFIG": str(kubeconfig), "AUTOMIX_PROBE_PORT": str(port)}
        image = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
        strict = {"PYTHONWARNINGS": "error,default::ResourceWarning"}
        super().__init__(
            [sys.executable, "-m", *container["command"], *container["args"]],
            {**image, **strict, **variables, **instead},
            kubeconfig.with_suffix(".log"),
        )

    def ready(self) -> bool:
        """Whether the readiness probe succeeds."""
        assert not self.ended, self.text()
        with suppress(httpx.TransportError):
            return httpx.get(self.address + self._probe, trust_env=False).is_success
        return False

    def _value(self, variable: Json) -> str:
        if "valueFrom" in variable:
            known = {"metadata.name": self.name, "metadata.namespace": NAMESPACE}
            return known[variable["valueFrom"]["fieldRef"]["fieldPath"]]
        assert "$(" not in variable["value"], "nothing is put into it here"
        return str(variable["value"])


def app_values(world: World) -> str:
    """Have the Secret of a world's app where the operator is; returns values that make the ClusterZegoApp of it."""
    meta = {"name": "ours", "namespace": NAMESPACE}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"word": world.secret}}
    world.cluster.apply(secret)
    made = "zegoApp.create=true,zegoApp.existingSecret.name=ours,zegoApp.existingSecret.key=word"
    return f"--set={made},zegoApp.appId={world.app_id},zegoApp.endpoint={world.zego.url}"
