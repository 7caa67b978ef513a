"""What ZEGO's return codes mean: too many calls are no fault of an object's, and an unknown code is tried seldom."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.invariants import History
from support.operator import Operator, free_port
from support.waiting import until
from support.world import World

Json = dict[str, Any]

BUSY = 110200194
UNDOCUMENTED = 110299999
REFUSALS = 3


@pytest.fixture
def port(world: World, kubeconfig: Path, logs: Path) -> Iterator[int]:
    """The port at which an operator of the world's own tells of itself."""
    port, log = free_port(), logs / f"codes-{world.namespace}.log"
    with Operator(kubeconfig, log, "--namespace", world.namespace, "--probe-port", str(port)) as operator:
        world.wait_for_app()
        yield port
        assert operator.terminate() == 0
        assert "Traceback" not in operator.text()


def unknown_codes(port: int) -> float:
    """Return how many answers the operator counted whose code no page explains."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return next(sample.value for sample in samples if sample.name == "automix_unknown_codes_total")


def refused(world: World, name: str, code: int, times: int) -> str:
    """Declare an AutoMix whose first starts are refused with a code; returns the task id."""
    task = str(world.manifest(name)["spec"]["roomId"])
    world.zego.fault(Action="StartAutoMix", TaskId=task, Code=code, Times=times)
    return world.declare(name)


def recorded(history: History, world: World) -> list[Json]:
    """Return every status that was ever stored of the lobby."""
    return [mix["status"] for mix in history.of("lobby") if mix["metadata"]["namespace"] == world.namespace]


def test_an_app_with_too_many_calls_throttles_a_mix_and_counts_no_failed_attempt(
    world: World, history: History, port: int
) -> None:
    task = refused(world, "lobby", BUSY, REFUSALS)
    world.wait_for("lobby", "Running")
    until(lambda: any("playInfo" in status for status in recorded(history, world)), of="that it runs was watched")
    waits = [status["retry"] for status in recorded(history, world) if "retry" in status]
    assert {(wait["reason"], wait["code"], wait["attempts"]) for wait in waits} == {("Throttled", BUSY, 0)}
    assert world.changes(task) == ["StartAutoMix"] * (REFUSALS + 1)
    assert world.zego.task(task)
    assert unknown_codes(port) == 0


def test_a_code_that_no_page_documents_is_counted_and_tried_again_slowly(world: World, port: int) -> None:
    assert unknown_codes(port) == 0
    task = refused(world, "lobby", UNDOCUMENTED, 1)
    status = world.wait_for("lobby", "ZegoFailed")
    assert unknown_codes(port) == 1
    assert (status["retry"]["attempts"], status["retry"]["code"]) == (1, UNDOCUMENTED)
    refused_at = world.zego.calls(task, "StartAutoMix")[0]["Time"]
    next_try = datetime.fromisoformat(status["retry"]["nextAttemptTime"]).timestamp()
    assert next_try - refused_at > 40, "others are tried again after seconds"
    world.started("other")
    assert world.changes(task) == ["StartAutoMix"]
    world.annotate("lobby", reconcile_requested_at="1")
    world.wait_for("lobby", "Running")
