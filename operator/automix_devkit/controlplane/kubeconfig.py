"""Kubeconfig files, complete in themselves: they refer to no other file that could be missing."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

import yaml

from automix_devkit.controlplane.certificates import KeyPair

MARK = "# Made by automix-dev for a local control plane, and of no use when that has stopped.\n"


def for_certificate(url: str, ca_certificate: str, client: KeyPair) -> str:
    """Return a kubeconfig that authenticates with a client certificate."""
    user = {"client-certificate-data": _base64(client.public), "client-key-data": _base64(client.private)}
    return _render(url, ca_certificate, user)


def for_token(url: str, ca_certificate: str, token: str) -> str:
    """Return a kubeconfig that authenticates with a bearer token."""
    return _render(url, ca_certificate, {"token": token})


def is_free(path: Path) -> bool:
    """Tell whether writing to this path destroys nothing: it is absent or empty, or an earlier run left it."""
    if not path.exists():
        return True
    content = path.read_text()
    return not content or content.startswith(MARK)


def write(path: Path, content: str) -> None:
    """Write a file that only its owner can read; nobody ever sees half of it."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as target:
        try:
            target.write(content)
            target.flush()
            Path(target.name).replace(path)
        except BaseException:
            Path(target.name).unlink()
            raise


def _render(url: str, ca_certificate: str, user: Mapping[str, str]) -> str:
    name = "automix-dev"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": url, "certificate-authority-data": _base64(ca_certificate)}},
        ],
        "users": [{"name": name, "user": dict(user)}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "default"}}],
        "current-context": name,
    }
    return MARK + yaml.safe_dump(content, sort_keys=False)


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
