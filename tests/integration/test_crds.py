"""Whether a CustomResourceDefinition is being deleted, asked of a real API server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from automix.kube.client import KubeClient
from automix.kube.crds import Crds
from automix.kube.errors import Unavailable
from automix_devkit.controlplane import control_plane
from support.cluster import GROUP, REPOSITORY, ROOT, Cluster
from support.waiting import until

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
NOBODY = "/api/v1/namespaces/default/serviceaccounts/nobody"


class Clock:
    """Moves on by a second whenever it is looked at."""

    now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster whose CRDs may go."""
    audit = tmp_path_factory.mktemp("audit") / "audit.log"
    with control_plane(audit_log=audit) as plane:
        cluster = Cluster(plane, audit)
        for crd in (REPOSITORY / "crds").glob("*.yaml"):
            cluster.install(crd)
        cluster.wait_for_crds()
        yield cluster
        cluster.close()


@pytest.fixture
async def client(own: Cluster, tmp_path: Path) -> AsyncIterator[KubeClient]:
    own.plane.write_kubeconfig(tmp_path / "kubeconfig")
    client = await KubeClient.connect(str(tmp_path / "kubeconfig"))
    yield client
    await client.close()


async def test_one_that_is_there_to_stay_is_not_terminating(client: KubeClient) -> None:
    assert not await Crds(client, Clock()).terminating("automixes", since=0)


async def test_any_number_of_questions_costs_one_read(own: Cluster, client: KubeClient) -> None:
    crds, before = Crds(client, Clock()), reads(own)
    await asyncio.gather(*(crds.terminating("automixes", since=1000) for _ in range(200)))
    assert reads(own) == before + 1


async def test_an_answer_is_never_older_than_the_question_allows(own: Cluster, client: KubeClient) -> None:
    clock = Clock()
    crds, before = Crds(client, clock), reads(own)
    await crds.terminating("automixes", since=clock.now)
    await crds.terminating("automixes", since=clock.now)
    assert reads(own) == before + 2


async def test_each_kind_has_its_own_answer(own: Cluster, client: KubeClient) -> None:
    crds, before = Crds(client, Clock()), reads(own)
    for plural in ("automixes", "zegoapps", "automixes"):
        assert not await crds.terminating(plural, since=1000)
    assert reads(own) == before + 2


async def test_one_that_is_being_deleted_is_terminating_until_it_is_gone_and_then_as_well(
    own: Cluster, client: KubeClient
) -> None:
    crds, clock = Crds(client, Clock()), Clock()
    held = {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "ZegoApp",
        "metadata": {"name": "held", "namespace": "default", "finalizers": ["example.com/held"]},
        "spec": {"appId": 1, "serverSecretRef": {"name": "zego", "key": "serverSecret"}},
    }
    own.apply(held)
    own.ask("DELETE", f"{CRDS}/zegoapps.{GROUP}")
    assert await crds.terminating("zegoapps", since=clock())
    assert not await crds.terminating("automixes", since=clock())
    path = f"{ROOT}/namespaces/default/zegoapps/held"
    own.ask("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    until(lambda: own.request("GET", f"{CRDS}/zegoapps.{GROUP}").status_code == 404, within=60, of="the CRD is gone")
    assert await Crds(client, Clock()).terminating("zegoapps", since=0)


async def test_without_permission_it_is_not_terminating_and_that_is_said_once(
    own: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody", "namespace": "default"}})
    token = own.ask("POST", f"{NOBODY}/token", {"spec": {"expirationSeconds": 3600}})["status"]["token"]
    (tmp_path / "kubeconfig").write_text(own.plane.kubeconfig_for_token(token))
    client = await KubeClient.connect(str(tmp_path / "kubeconfig"))
    crds, clock = Crds(client, Clock()), Clock()
    for _ in range(3):
        assert not await crds.terminating("automixes", since=clock.now + 100)
    assert [record.getMessage() for record in caplog.records] == ["a CRD that is being deleted will not be noticed"]
    await client.close()


async def test_without_an_answer_it_is_not_known(own: Cluster, tmp_path: Path) -> None:
    config = own.plane.kubeconfig.replace(own.plane.url, "https://127.0.0.1:1")
    (tmp_path / "kubeconfig").write_text(config)
    client = await KubeClient.connect(str(tmp_path / "kubeconfig"))
    with pytest.raises(Unavailable):
        await Crds(client, Clock()).terminating("automixes", since=0)
    await client.close()


def reads(cluster: Cluster) -> int:
    """Return how often the operator's client has read a CRD."""
    return sum(
        entry["verb"] == "get" and entry["userAgent"] == "automix-operator" and entry["requestURI"].startswith(CRDS)
        for entry in cluster.audit()
    )
