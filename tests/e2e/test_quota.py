"""How many mixes a namespace may have, as `docs/threat-model.md` says, counted by the real quota controller."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.account import cluster_of_its_own, operators_kubeconfig
from support.cluster import GROUP, REPOSITORY, Cluster
from support.operator import Operator
from support.waiting import until
from support.world import World
from support.zego import simulated_zego

COUNT = f"count/automixes.{GROUP}"
DISCOVERY_SECONDS = 90
"""The controller looks for new kinds every half minute."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster in which controllers run, as they do in a real one."""
    with cluster_of_its_own(tmp_path / "audit.log", controller_manager=True) as cluster:
        yield cluster


def test_one_mix_more_than_the_quota_is_refused_until_another_one_is_gone(own: Cluster, tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text(operators_kubeconfig(own))
    with simulated_zego() as zego, Operator(tmp_path / "kubeconfig", tmp_path / "log") as operator:
        world = World(own, zego)
        quota = f"/api/v1/namespaces/{world.namespace}/resourcequotas/mixes"

        def counted(used: int) -> bool:
            return bool(own.ask("GET", quota).get("status", {}).get("used") == {COUNT: str(used)})

        assert f'`{COUNT}: "20"`' in (REPOSITORY / "docs/threat-model.md").read_text(encoding="utf-8")
        meta = {"name": "mixes", "namespace": world.namespace}
        own.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta, "spec": {"hard": {COUNT: "2"}}})
        until(lambda: counted(0), within=DISCOVERY_SECONDS, of="the controller counts")
        tasks = [world.started(name) for name in ("one", "two")]
        refusal = own.request("POST", world.path("three").rpartition("/")[0], world.manifest("three"))
        assert refusal.status_code == 403
        assert f"exceeded quota: mixes, requested: {COUNT}=1, used: {COUNT}=2" in refusal.json()["message"]
        assert {task["TaskId"] for task in zego.state()["Tasks"]} == set(tasks)
        world.change("one", userData="a change is no mix more")
        world.delete("two")
        world.wait_until_gone("two")
        until(lambda: counted(1), within=DISCOVERY_SECONDS, of="one is there")
        world.started("three")
        assert operator.terminate() == 0
