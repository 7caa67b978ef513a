"""What is seen, and in which order: events come late, and lists are older than they look. And when nothing moves."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from kubernetes.aio.client import Configuration

from automix.api.automix import AutoMix
from automix.api.zegoapp import ZegoApp
from automix.core.schedule import Timing
from automix.engine.runtime import Engine, EngineSettings
from automix.kube.client import Json, KubeClient
from automix.telemetry.metrics import Metrics
from builders import NOW, a_spec, a_zego_app, an_automix, running_status

pytestmark = pytest.mark.looptime


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    settings = EngineSettings((), "automix-system", "test", Timing(), workers=1, drain_seconds=0)
    client = KubeClient(Configuration(host="http://127.0.0.1:1"))
    yield Engine(client, settings, Metrics(), lambda: NOW)
    await client.close()


def body(mix: AutoMix | ZegoApp, version: int, **meta: Any) -> Json:  # noqa: ANN401 -- JSON
    """Return an object as the API server sends it."""
    stored: Json = mix.model_dump(mode="json", by_alias=True, exclude_unset=True)
    stored["kind"] = mix.kind if isinstance(mix, ZegoApp) else "AutoMix"
    stored["metadata"] |= {"resourceVersion": str(version), **meta}
    return stored


async def test_what_the_watch_tells_late_of_an_object_that_is_gone_does_not_bring_it_back(engine: Engine) -> None:
    mix = an_automix()
    engine.see("ADDED", body(mix, 1))
    engine.lose(mix)
    engine.see("MODIFIED", body(mix, 2))

    assert engine.known == 0
    engine.see("ADDED", body(mix, 3, uid="another"))
    assert engine.known == 1


async def test_whoever_waits_for_the_lease_queues_nothing_and_looks_at_all_there_is_when_it_acts(
    engine: Engine,
) -> None:
    queues = engine._mixes, engine._due_apps  # noqa: SLF001 -- what piles up in there shows nowhere else
    for number in range(10):
        mix = an_automix(name=f"mix-{number}", uid=str(number))
        engine.see("ADDED", body(mix, 1))
        engine.see("DELETED", body(mix, 2))
    engine.see("ADDED", body(an_automix(name="at rest", status=running_status(a_spec())), 1))
    engine.see("ADDED", body(an_automix(name="new", uid="new"), 1))
    engine.see("ADDED", body(a_zego_app(), 1))
    assert [len(queue) for queue in queues] == [0, 0]

    await engine.act(anew=False)
    assert [len(queue) for queue in queues] == [2, 1]
    assert await queues[0].get() == ("default", "new")


class TestStuck:
    async def test_whoever_does_not_act_is_not_stuck(self, engine: Engine) -> None:
        for _ in range(2):
            assert engine.stuck() == ""
            await asyncio.sleep(3600)

    async def test_whoever_acts_and_takes_no_key_is_stuck_after_five_minutes(self, engine: Engine) -> None:
        await engine.act(anew=False)
        said = []
        for _ in range(3):
            said.append(engine.stuck())
            await asyncio.sleep(200)

        assert [line.split("; ") for line in said] == [
            [""],
            [""],
            [
                "for 400 s no worker has taken up any of the AutoMixes that are due",
                "for 400 s no worker has taken up any of the apps that are due",
            ],
        ]

    async def test_whoever_drains_is_not_stuck(self, engine: Engine) -> None:
        await engine.act(anew=False)
        assert engine.stuck() == ""
        await engine.stop()
        await asyncio.sleep(3600)

        assert engine.stuck() == ""
