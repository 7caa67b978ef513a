"""The chart's policies on a real API server: what tenants may declare, and what they are told if they may not."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.chart import LEAN, rendered
from support.cluster import ROOT, Cluster
from support.waiting import until
from support.world import MERGE

Json = dict[str, Any]

VALUES = (
    LEAN,
    '--set-json=admission.outputHosts=["push.example.com","*.cdn.example"]',
    "--set=admission.tenantEndpoints=false",
    '--set-json=admission.namespaceSelector={"matchLabels":{"tenant":"yes"}}',
)
NAMESPACE = "policed"
OLDER = "older"


def mix(name: str, *outputs: Json) -> Json:
    """Return an AutoMix with outputs."""
    return {
        "apiVersion": "automix.zego.im/v1alpha1",
        "kind": "AutoMix",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"roomId": name, "mixOutput": list(outputs)},
    }


def zego_app(name: str, **spec: str) -> Json:
    """Return a ZegoApp."""
    ref = {"name": "zego", "key": "serverSecret"}
    return {
        "apiVersion": "automix.zego.im/v1alpha1",
        "kind": "ZegoApp",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"appId": 1, "serverSecretRef": ref, **spec},
    }


def pushed(address: str) -> Json:
    """Return an output that is pushed to an address."""
    return {"streamUrl": address}


def made(cluster: Cluster, document: Json) -> httpx.Response:
    """Ask for an object without keeping it."""
    plural = f"{document['kind'].lower()}{'es' if document['kind'].endswith('x') else 's'}"
    return cluster.request("POST", f"{ROOT}/namespaces/{NAMESPACE}/{plural}?dryRun=All", document)


@pytest.fixture(scope="module", autouse=True)
def policed(cluster: Cluster) -> Iterator[None]:
    """A tenant's namespace with the policies, and an object that is older than they are."""
    tenant = {"metadata": {"name": NAMESPACE, "labels": {"tenant": "yes"}}}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", **tenant})
    cluster.apply(mix(OLDER, pushed("rtmp://elsewhere.example/live/older")))
    policies = [one for one in rendered(*VALUES) if one["kind"].startswith("ValidatingAdmissionPolicy")]
    for one in policies:
        cluster.apply(one)
    elsewhere = mix("probe", pushed("rtmp://elsewhere.example/live/probe"))
    until(lambda: made(cluster, elsewhere).status_code == 403, of="the policies are in force")
    until(lambda: made(cluster, zego_app("probe", endpoint="http://x.example")).status_code == 403, of="both are")
    yield
    for one in policies:
        cluster.delete(one)
    cluster.ask("DELETE", f"{ROOT}/namespaces/{NAMESPACE}/automixes/{OLDER}")


@pytest.mark.parametrize(
    "outputs",
    [
        [{"streamId": "lobby-mix"}],
        [pushed("rtmp://push.example.com/live/lobby")],
        [pushed("rtmp://user:word@push.example.com:1935/live/lobby?key=1")],
        [pushed("rtmp://eu.cdn.example/live/lobby"), pushed("rtmp://a.b.cdn.example/live/lobby")],
    ],
    ids=["a stream within ZEGO", "a host of the list", "one with a port and a user", "hosts below one of the list"],
)
def test_an_output_may_go_to(outputs: list[Json], cluster: Cluster) -> None:
    assert made(cluster, mix("lobby", *outputs)).status_code == 201


@pytest.mark.parametrize(
    "address",
    [
        "rtmp://elsewhere.example/live/lobby",
        "rtmp://push.example.com.evil.example/live/lobby",
        "rtmp://cdn.example/live/lobby",
        "rtmp://evilcdn.example/live/lobby",
        "rtmp://push.example.com@evil.example/live/lobby",
        "rtmp://evil.example/live/push.example.com",
    ],
    ids=[
        "another host",
        "a longer name",
        "the domain itself of what is below it",
        "a name that ends alike",
        "a user that looks like a host",
        "a path that looks like a host",
    ],
)
def test_an_output_may_not_go_to(address: str, cluster: Cluster) -> None:
    refused = made(cluster, mix("lobby", {"streamId": "lobby-mix"}, pushed(address)))

    assert refused.status_code == 403
    told = refused.json()["message"]
    assert (
        "spec.mixOutput.streamUrl: only addresses at these hosts are allowed: push.example.com, *.cdn.example" in told
    )
    assert address not in told


def test_an_object_that_is_older_can_be_labelled_and_let_go_and_not_made_worse(cluster: Cluster) -> None:
    path = f"{ROOT}/namespaces/{NAMESPACE}/automixes/{OLDER}?dryRun=All"
    for harmless in ({"labels": {"a": "b"}}, {"finalizers": ["automix.zego.im/test"]}):
        assert cluster.request("PATCH", path, {"metadata": harmless}, MERGE).is_success
    assert cluster.request("PATCH", path, {"spec": {"userData": "more"}}, MERGE).status_code == 403


@pytest.mark.parametrize(
    ("spec", "status"), [({"region": "Mumbai"}, 201), ({"endpoint": "http://internal.example"}, 403)]
)
def test_a_tenants_app_names_a_region_and_no_endpoint(spec: dict[str, str], status: int, cluster: Cluster) -> None:
    assert made(cluster, zego_app("zego", **spec)).status_code == status


def test_by_default_there_are_no_policies() -> None:
    assert not [one for one in rendered(LEAN) if one["kind"].startswith("ValidatingAdmissionPolicy")]
