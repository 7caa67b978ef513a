"""What is measured: the operator, and the baseline that a competent engineer writes in an afternoon."""

import base64
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from benchmarks.cluster import Cluster
from benchmarks.machine import free_port

Json = dict[str, Any]

_HERE = Path(__file__).parent
REPOSITORY = _HERE.parent
ANOTHER_APP = "another"
USUAL_RATE = 90
_GRACE_SECONDS = 60
_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""What is installed is compiled; so is a checkout, from the second start on."""
_APP_ID, _SECRET = 12345, "0" * 32
"""As they are in the baseline."""


def _read(crd: Path) -> Json:
    document: Json = yaml.safe_load(crd.read_text(encoding="utf-8"))
    return document


class Subject(ABC):
    """An operator, run as a process, and the objects that it takes."""

    name: str
    collection: str
    """The path of its objects, but for the namespace."""
    crds: tuple[Json, ...]
    starts_anew = False
    """Whether a new process starts every mix once more."""
    may_hang = False
    """Whether it is killed that does not end when it is asked to, and not an error."""

    def __init__(self, folder: Path, kubeconfig: Path, zego: str) -> None:
        self._log = folder / f"{self.name}.log"
        self._kubeconfig = kubeconfig
        self._zego = zego
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether its process was started and not stopped."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The running process."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"{self.name} does not run: see {self._log}")
        return self._process.pid

    def start(self) -> None:
        """Start the process."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- ours
                self._command(),
                stdout=log,
                stderr=log,
                cwd=_HERE,
                env={**os.environ, **_COMPILED, **self._environment()},
            )

    def stop(self) -> None:
        """End the process as Kubernetes does. Raises subprocess.TimeoutExpired if it hangs that should not."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            if not self.may_hang:
                raise

    def path(self, namespace: str, name: str = "") -> str:
        """Return the path of an object, or of a namespace's collection."""
        group, _, plural = self.collection.rpartition("/")
        return f"/apis/{group}/namespaces/{namespace}/{plural}" + (f"/{name}" if name else "")

    async def ready(self) -> bool:
        """Return whether it says that it is ready; of one that says nothing that is not known."""
        return True

    @abstractmethod
    async def prepare(self, cluster: Cluster) -> None:
        """Make what the objects need."""

    @abstractmethod
    def manifest(self, name: str) -> Json:
        """Return an object whose task has its name."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return how it is run."""

    @abstractmethod
    def _environment(self) -> dict[str, str]:
        """Return the variables that it needs."""


class Operator(Subject):
    """This project's."""

    name = "operator"
    collection = "automix.zego.im/v1alpha1/automixes"
    crds = tuple(map(_read, sorted((REPOSITORY / "crds").glob("*.yaml"))))

    def __init__(
        self, folder: Path, kubeconfig: Path, zego: str, *, rate: int = USUAL_RATE, known_as: str = "operator"
    ) -> None:
        super().__init__(folder, kubeconfig, zego)
        self.rate = rate
        """Calls a second that it may make of each action."""
        self.name = known_as
        self._probes = free_port()

    async def ready(self) -> bool:
        """Return what it says at /readyz."""
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(f"http://127.0.0.1:{self._probes}/readyz") as answer:
                    return answer.ok
            except aiohttp.ClientConnectionError:
                return False

    async def prepare(self, cluster: Cluster) -> None:
        """Make two apps; the second is for who should feel nothing of what the first is at."""
        secret = {"serverSecret": base64.b64encode(_SECRET.encode()).decode()}
        await cluster.create(
            "/api/v1/namespaces/automix-system/secrets", {"metadata": {"name": "zego"}, "data": secret}
        )
        for name, app_id in (("zego", _APP_ID), (ANOTHER_APP, _APP_ID + 1)):
            spec = {
                "appId": app_id,
                "endpoint": self._zego,
                "serverSecretRef": {"name": "zego", "key": "serverSecret"},
                "limits": {"start": self.rate, "stop": self.rate, "query": self.rate},
            }
            app = {"apiVersion": "automix.zego.im/v1alpha1", "kind": "ClusterZegoApp", "metadata": {"name": name}}
            await cluster.create("/apis/automix.zego.im/v1alpha1/clusterzegoapps", {**app, "spec": spec})

    def manifest(self, name: str, app: str = "zego") -> Json:
        """Return an object that is looked at every ten minutes."""
        return {
            "apiVersion": "automix.zego.im/v1alpha1",
            "kind": "AutoMix",
            "metadata": {"name": name},
            "spec": {"roomId": name, "appRef": {"name": app}, "mixOutput": [{"streamId": f"{name}-mix"}]},
        }

    def _command(self) -> list[str]:
        options = ["--kubeconfig", str(self._kubeconfig), "--probe-port", str(self._probes), "--all-namespaces"]
        return [sys.executable, "-m", "automix", "run", *options]

    def _environment(self) -> dict[str, str]:
        # By a Lease, as the chart runs it.
        return {
            "AUTOMIX_POD_NAMESPACE": "automix-system",
            "AUTOMIX_LEASE_NAME": "automix-operator",
            "AUTOMIX_LOG_LEVEL": "WARNING",
        }


class Baseline(Subject):
    """Plain kopf."""

    name = "baseline"
    collection = "bench.example.com/v1/automixes"
    crds = (_read(_HERE / "naive_crd.yaml"),)
    starts_anew = True
    may_hang = True
    """With ten thousand objects it is still busy when Kubernetes would have lost patience."""

    async def prepare(self, cluster: Cluster) -> None:
        """Need nothing."""

    def manifest(self, name: str) -> Json:
        """Return an object, which is looked at every minute."""
        return {
            "apiVersion": "bench.example.com/v1",
            "kind": "AutoMix",
            "metadata": {"name": name},
            "spec": {
                "taskId": name,
                "userId": f"{name}-user",
                "roomId": name,
                "outputs": [{"streamId": f"{name}-mix"}],
            },
        }

    def _command(self) -> list[str]:
        return [str(Path(sys.executable).with_name("kopf")), "run", "--quiet", "naive_kopf.py", "--all-namespaces"]

    def _environment(self) -> dict[str, str]:
        return {"MOCK_URL": self._zego, "KUBECONFIG": str(self._kubeconfig)}
