"""The processes of a control plane: how each one is started, and when it is ready.

etcd listens on Unix sockets in the plane's private directory: no port to collide on, and nobody else can read it.
"""

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from automix_devkit.controlplane.process import Process

ETCD_SOCKET = "etcd.sock"
PROBE_SECONDS = 5.0
AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules: [{level: Metadata}]
"""
CONTROLLERS = (
    "garbage-collector-controller",
    "namespace-controller",
    "resourcequota-controller",
    "serviceaccount-controller",
)
"""What an operator's objects need; the other controllers are about nodes and workloads."""
SERVING = ("--bind-address=127.0.0.1", "--tls-cert-file=server.crt", "--tls-private-key-file=server.key")


@dataclass(frozen=True)
class Components:
    """Makes the processes of one plane. They run in `directory`, where the plane has put their credentials."""

    executables: Mapping[str, Path]
    directory: Path
    logs: Path

    def etcd(self) -> Process:
        """Return an etcd that is fast rather than safe against a power failure."""
        # An address of a socket has no folder: it is relative to the working directory.
        client, peer = f"unix://{ETCD_SOCKET}", "unix://etcd-peer.sock"
        arguments = [
            "--name=automix-dev",
            "--data-dir=etcd",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=automix-dev={peer}",
            "--unsafe-no-fsync",
        ]
        return self._process("etcd", arguments, partial(_etcd_is_healthy, self.directory / ETCD_SOCKET))

    def api_server(self, port: int, *, audit_log: Path | None, watch_cache: bool) -> Process:
        """Return an API server on this port of 127.0.0.1."""
        arguments = [
            *SERVING,
            f"--secure-port={port}",
            f"--etcd-servers=unix://{ETCD_SOCKET}",
            "--client-ca-file=ca.crt",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=service-accounts.crt",
            "--service-account-signing-key-file=service-accounts.key",
            "--service-cluster-ip-range=10.0.0.0/24",
            # The Service `kubernetes` would have to lead to 127.0.0.1, which endpoints must not name.
            "--endpoint-reconciler-type=none",
            "--advertise-address=127.0.0.1",
            f"--watch-cache={str(watch_cache).lower()}",
        ]
        if audit_log is not None:
            (self.directory / "audit-policy.yaml").write_text(AUDIT_POLICY)
            arguments += [
                "--audit-policy-file=audit-policy.yaml",
                f"--audit-log-path={audit_log.absolute()}",
                # A request's line is there before its answer is; and all lines are in one file, however long.
                "--audit-log-mode=blocking",
                "--audit-log-maxsize=0",
            ]
        return self._process("kube-apiserver", arguments, self._serves(f"https://127.0.0.1:{port}/readyz"))

    def controller_manager(self, port: int) -> Process:
        """Return the few controllers that matter here, with their probe on this port of 127.0.0.1."""
        arguments = [
            *SERVING,
            f"--secure-port={port}",
            "--kubeconfig=admin.kubeconfig",
            f"--controllers={','.join(CONTROLLERS)}",
            "--leader-elect=false",
            # It finds new kinds every 30 s, and counts them when it next counts everything: after 5 minutes by default.
            "--resource-quota-sync-period=5s",
        ]
        return self._process("kube-controller-manager", arguments, self._serves(f"https://127.0.0.1:{port}/healthz"))

    def _process(self, name: str, arguments: Sequence[str], ready: Callable[[], bool]) -> Process:
        command = [str(self.executables[name]), *arguments]
        return Process(name, command, directory=self.directory, log=self.logs / f"{name}.log", ready=ready)

    def _serves(self, url: str) -> Callable[[], bool]:
        # Only the plane's own authority is trusted: another plane's server on the same port is not mistaken for ours.
        authority = ssl.create_default_context(cafile=self.directory / "ca.crt")
        authority.load_cert_chain(self.directory / "admin.crt", self.directory / "admin.key")
        return partial(_answers, url, authority)


def _etcd_is_healthy(address: Path) -> bool:
    # Two lines of HTTP by hand: httpx leaves a Unix socket open when nobody listens on it yet.
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.settimeout(PROBE_SECONDS)
            connection.connect(str(address))
            connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            return b'"health":"true"' in connection.makefile("rb").read()
        except OSError:
            return False


def _answers(url: str, trusted: ssl.SSLContext) -> bool:
    try:
        return httpx.get(url, verify=trusted, trust_env=False, timeout=PROBE_SECONDS).is_success
    except httpx.TransportError:
        return False
