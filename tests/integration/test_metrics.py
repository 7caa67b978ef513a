"""What an operator tells of itself to who scrapes it."""

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from support.operator import Operator, free_port
from support.waiting import until
from support.world import World


def starts(world: World, port: int) -> dict[str, float]:
    """Return the figures of the budget for starts of the world's app."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    wanted = {"app_id": str(world.app_id), "action": "StartAutoMix"}
    return {sample.name: sample.value for sample in samples if wanted.items() <= sample.labels.items()}


def test_how_many_mixes_wait_for_a_turn_how_long_and_at_which_rate(world: World, kubeconfig: Path, logs: Path) -> None:
    port = free_port()
    log, settings = logs / f"{world.namespace}.log", ("--namespace", world.namespace, "--probe-port", str(port))
    with Operator(kubeconfig, log, *settings) as operator:
        world.limit(start=1)
        for number in range(5):
            world.declare(f"room-{number}")
        until(lambda: starts(world, port).get("automix_budget_waiting", 0) > 1, of="some wait")
        told = starts(world, port)
        assert told["automix_budget_rate"] == 1
        assert 0 < told["automix_budget_oldest_wait_seconds"] < 10
        for number in range(5):
            world.wait_for(f"room-{number}", "Running")
        assert starts(world, port)["automix_budget_waiting"] == 0
        assert operator.terminate() == 0
