"""Credentials that the API server stops to take are loaded again from where they came from."""

import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from kubernetes.aio.config import incluster_config
from yarl import URL

from automix.kube.client import KubeClient
from automix.kube.errors import Unauthorized
from support.cluster import Cluster
from support.waiting import until

ACCOUNT = "/api/v1/namespaces/automix-system/serviceaccounts/rotated"
"""Its tokens last as long as a Secret of their name."""

ANYBODYS = "/api"
"""What everybody may read who has credentials."""


@pytest.fixture(scope="module", autouse=True)
def _account(cluster: Cluster) -> None:
    meta = {"name": "rotated", "namespace": "automix-system"}
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})


@pytest.fixture
def service_account(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a pod has of its service account, in another folder; returns the file of the token, the first one."""
    (tmp_path / "ca.crt").write_text(cluster.plane.ca_certificate)
    address = URL(cluster.plane.url)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(address.host))
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(address.port))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    (tmp_path / "token").write_text(token(cluster, "first"))
    return tmp_path / "token"


@pytest.fixture
def kubeconfig_with_token(cluster: Cluster, tmp_path: Path) -> Path:
    """A kubeconfig with the first token."""
    (tmp_path / "kubeconfig").write_text(cluster.plane.kubeconfig_for_token(token(cluster, "first")))
    return tmp_path / "kubeconfig"


async def test_the_token_of_a_service_account(cluster: Cluster, service_account: Path) -> None:
    await replaced(cluster, None, service_account.write_text)


async def test_the_token_of_a_kubeconfig(cluster: Cluster, kubeconfig_with_token: Path) -> None:
    kubeconfig = kubeconfig_with_token
    await replaced(cluster, str(kubeconfig), lambda new: kubeconfig.write_text(cluster.plane.kubeconfig_for_token(new)))


async def test_without_others_the_refusal_is_told(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text(cluster.plane.kubeconfig_for_token("nonsense"))
    client = await KubeClient.connect(str(tmp_path / "kubeconfig"))
    with pytest.raises(Unauthorized):
        await client.get(ANYBODYS)
    await client.close()


async def test_a_kubeconfig_that_is_gone_does_not_hide_the_refusal(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text(cluster.plane.kubeconfig_for_token("nonsense"))
    client = await KubeClient.connect(str(tmp_path / "kubeconfig"))
    (tmp_path / "kubeconfig").unlink()
    with pytest.raises(Unauthorized):
        await client.get(ANYBODYS)
    await client.close()


async def replaced(cluster: Cluster, kubeconfig: str | None, store: Callable[[str], object]) -> None:
    """Have a client's token refused when another one is there already: nobody notices."""
    client = await KubeClient.connect(kubeconfig)
    await client.get(ANYBODYS)
    old = token(cluster, "first")
    store(token(cluster, "second"))
    cluster.ask("DELETE", "/api/v1/namespaces/automix-system/secrets/first")
    # The API server keeps its opinion of a token for ten seconds.
    until(lambda: status(cluster, old) == 401, within=30, of="the old token is refused")
    await client.get(ANYBODYS)
    await client.close()


def status(cluster: Cluster, bearer: str) -> int:
    """Return how the API server answers the owner of a token."""
    trusted = ssl.create_default_context(cadata=cluster.plane.ca_certificate)
    url = cluster.plane.url + ANYBODYS
    return httpx.get(url, verify=trusted, headers={"Authorization": f"Bearer {bearer}"}).status_code


def token(cluster: Cluster, name: str) -> str:
    """Return a token that lasts as long as a Secret of this name."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "automix-system"}}
    uid = cluster.apply(secret)["metadata"]["uid"]
    bound = {"apiVersion": "v1", "kind": "Secret", "name": name, "uid": uid}
    return str(cluster.ask("POST", f"{ACCOUNT}/token", {"spec": {"boundObjectRef": bound}})["status"]["token"])
