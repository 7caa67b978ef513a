"""An API server that is busy says when to ask again, and is asked then; and its answers may be lost."""

import time
from pathlib import Path

import pytest

from automix.kube.client import KubeClient
from automix.kube.errors import Unavailable
from support.calls import Call, Lost, Moment
from support.cluster import Cluster
from support.operator import Operator
from support.proxy import proxied_api_server
from support.waiting import until
from support.world import World


async def test_a_request_that_was_one_too_many_is_made_once_more_when_it_may(cluster: Cluster, tmp_path: Path) -> None:
    with proxied_api_server(cluster) as proxy:
        client = await KubeClient.connect(str(proxy.write_kubeconfig(tmp_path / "kubeconfig")))
        proxy.too_many(retry_after=2)
        began = time.monotonic()
        with pytest.raises(Unavailable, match="HTTP 429"):
            await client.get("/api")
        assert time.monotonic() - began >= 2
        assert len(proxy.calls) == 2
        await client.close()


def test_an_orphan_is_told_of_once_though_the_answer_to_its_release_is_lost(
    cluster: Cluster, world: World, logs: Path, tmp_path: Path
) -> None:
    def lose_the_release(call: Call, moment: Moment) -> Lost | None:
        lost = call.kind == "PATCH automixes" and b"finalizers" in call.body and moment is Moment.EFFECT
        return Lost() if lost and releasing else None

    releasing: list[bool] = []
    log = logs / f"lost-release-{world.namespace}.log"
    with proxied_api_server(cluster) as proxy:
        proxy.hook = lose_the_release
        kubeconfig, options = proxy.write_kubeconfig(tmp_path / "kubeconfig"), ("--namespace", world.namespace)
        with Operator(kubeconfig, log, *options, AUTOMIX_DELETION_TIMEOUT_SECONDS="3") as operator:
            task = world.started("lobby")
            world.zego.fault(Action="StopAutoMix", TaskId=task, Status=503, Times=99)
            releasing.append(True)
            world.delete("lobby")
            world.wait_until_gone("lobby", within=30)
            until(lambda: "pass failed at the API server" in operator.text(), of="the answer was missed")
            assert operator.terminate() == 0
            assert operator.text().count("mix orphaned") == 1
    assert world.zego.task(task)
