"""How often everything is listed: a list of ten thousand objects costs the API server more than it costs us."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from automix.clock import steady_clock
from automix.core.schedule import Timing
from automix.engine.runtime import Engine, EngineSettings
from automix.kube.client import KubeClient
from automix.telemetry.metrics import Metrics
from support.cluster import Cluster

WITHIN = 10
_NUMBERS = count()


@pytest.fixture
def namespace() -> str:
    """One that nobody else lists; it need not exist for that."""
    return f"sweep-{next(_NUMBERS)}"


@pytest.fixture
async def engine(cluster: Cluster, namespace: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """One that has listed what there is and waits for the Lease."""
    settings = EngineSettings((namespace,), namespace, "test", Timing(), workers=1, drain_seconds=1)
    cluster.plane.write_kubeconfig(tmp_path / "kubeconfig")
    client = await KubeClient.connect(str(tmp_path / "kubeconfig"))
    engine = Engine(client, settings, Metrics(), steady_clock())
    await engine.start()
    yield engine
    await engine.stop()
    await client.close()


@pytest.fixture
def lists(cluster: Cluster, namespace: str) -> Callable[[], int]:
    """Tells how often AutoMixes were listed."""
    return lambda: sum(entry["verb"] == "list" for entry in cluster.audit(f"{namespace}/automixes?limit="))


async def act(engine: Engine) -> None:
    """Begin to act where another process may have done so until now."""
    await asyncio.wait_for(engine.act(anew=True), WITHIN)


async def test_who_begins_to_act_lists_everything_once_more(engine: Engine, lists: Callable[[], int]) -> None:
    assert lists() == 1
    await act(engine)
    assert lists() == 2


async def test_who_begins_to_act_as_its_watches_begin_lists_once_for_both(
    engine: Engine, lists: Callable[[], int]
) -> None:
    acting = asyncio.create_task(act(engine))
    await asyncio.sleep(0)
    engine.see_listing()
    await acting
    await act(engine)
    assert lists() == 3, "one for both, and that of now"


async def test_who_gave_up_to_wait_for_a_list_keeps_it_from_nobody(engine: Engine, lists: Callable[[], int]) -> None:
    acting = asyncio.create_task(act(engine))
    await asyncio.sleep(0)
    acting.cancel()
    await act(engine)
    assert lists() == 2
    await act(engine)
    assert lists() == 3
