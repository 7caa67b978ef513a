"""Puts a control plane together, and takes it apart again whatever happens in between."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from automix_devkit.binaries import CONTROL_PLANE, find
from automix_devkit.controlplane import kubeconfig
from automix_devkit.controlplane.certificates import CertificateAuthority, KeyPair, signing_keys
from automix_devkit.controlplane.components import Components
from automix_devkit.controlplane.ports import start_on_port
from automix_devkit.controlplane.process import Process


@dataclass(frozen=True)
class ControlPlane:
    """A running control plane, and the credentials of its administrator."""

    url: str
    ca_certificate: str = field(repr=False)
    administrator: KeyPair = field(repr=False)
    api_server: Process = field(repr=False)

    @property
    def kubeconfig(self) -> str:
        """A kubeconfig for the administrator, YAML."""
        return kubeconfig.for_certificate(self.url, self.ca_certificate, self.administrator)

    def kubeconfig_for_token(self, token: str) -> str:
        """Return a kubeconfig, YAML, for whoever this bearer token stands for."""
        return kubeconfig.for_token(self.url, self.ca_certificate, token)

    def write_kubeconfig(self, path: Path) -> None:
        """Write the administrator's kubeconfig, whole or not at all, readable by its owner only."""
        kubeconfig.write(path, self.kubeconfig)

    def restart_api_server(self) -> None:
        """Stop the API server and start it again at the same address with the same data."""
        self.api_server.stop()
        self.api_server.start()


@contextmanager
def control_plane(
    *,
    port: int | None = None,
    audit_log: Path | None = None,
    controller_manager: bool = False,
    log_directory: Path | None = None,
    watch_cache: bool = True,
) -> Iterator[ControlPlane]:
    """Run etcd and kube-apiserver, ready when the body begins, and leave neither process nor file when it ends.

    `port` of 127.0.0.1 for the API server, any free one by default; `audit_log` gets a JSON line per answered request;
    `log_directory` keeps the processes' logs; without `watch_cache` each list comes from etcd, at once: one that comes
    from the cache waits tens of milliseconds for the writes before it. Raises ProcessFailed, or what
    `automix_devkit.binaries.find` raises.
    """
    names = ["etcd", "kube-apiserver", *(["kube-controller-manager"] if controller_manager else [])]
    executables = find(CONTROL_PLANE, names)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="automix-")))
        logs = log_directory.absolute() if log_directory else directory
        logs.mkdir(parents=True, exist_ok=True)
        authority = CertificateAuthority(datetime.fromtimestamp(time.time(), UTC))
        administrator = authority.client("automix-dev", "system:masters")
        _write_credentials(directory, authority, administrator)

        make = Components(executables, directory, logs)
        etcd = make.etcd()
        stack.callback(etcd.stop)
        etcd.start()
        make_api_server = partial(make.api_server, audit_log=audit_log, watch_cache=watch_cache)
        api_server, port = start_on_port(port, make_api_server, stack)
        plane = ControlPlane(f"https://127.0.0.1:{port}", authority.certificate, administrator, api_server)
        if controller_manager:
            plane.write_kubeconfig(directory / "admin.kubeconfig")
            start_on_port(None, make.controller_manager, stack)
        yield plane


def _write_credentials(directory: Path, authority: CertificateAuthority, administrator: KeyPair) -> None:
    (directory / "ca.crt").write_text(authority.certificate)
    pairs = {"server": authority.server(), "admin": administrator, "service-accounts": signing_keys()}
    for name, pair in pairs.items():
        (directory / f"{name}.crt").write_text(pair.public)
        (directory / f"{name}.key").write_text(pair.private)
