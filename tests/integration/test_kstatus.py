"""What the real kstatus makes of each state, and when `kubectl wait` ends."""

import subprocess
from pathlib import Path

import pytest

from automix.api.automix import AutoMix
from automix.core.actions import Nothing
from automix.core.states import STATES, Reason
from automix.core.status import status_after
from automix_devkit.demo.terminal import find_kubectl
from support.kstatus import SEEN_BY_KSTATUS, kstatus_of
from support.operator import Operator
from support.waiting import until
from support.world import MERGE, World

NOW = 1_760_000_000.0


def store(world: World, name: str, reason: Reason) -> None:
    """Write the state as the operator would, into an object that no operator looks after."""
    stored = AutoMix.model_validate(world.get(name))
    status = status_after(stored, Nothing(reason, "As a test wants it."), NOW)
    document = status.model_dump(by_alias=True, mode="json", exclude_none=True)
    world.cluster.ask("PATCH", f"{world.path(name)}/status", {"status": document}, MERGE)


@pytest.mark.parametrize("reason", STATES)
def test_kstatus_makes_of_a_state_what_the_table_says(world: World, reason: Reason) -> None:
    manifest = world.manifest("lobby")
    if reason is Reason.STOPPING:
        manifest["metadata"]["finalizers"] = ["automix.zego.im/mix"]
    world.cluster.apply(manifest)
    if reason is Reason.STOPPING:
        world.delete("lobby")
    store(world, "lobby", reason)
    assert kstatus_of([world.get("lobby")]) == [SEEN_BY_KSTATUS[reason]]
    world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": None}}, MERGE)


def test_an_object_that_nobody_has_seen_yet_is_in_progress(world: World) -> None:
    world.cluster.apply(world.manifest("lobby"))
    assert kstatus_of([world.get("lobby")]) == ["InProgress"]


def test_a_change_that_nobody_has_seen_yet_is_in_progress(world: World) -> None:
    world.cluster.apply(world.manifest("lobby"))
    store(world, "lobby", Reason.RUNNING)
    world.change("lobby", userData="changed")
    assert kstatus_of([world.get("lobby")]) == ["InProgress"]


def wait(world: World, administrator: Path, condition: str, *, seconds: int) -> "subprocess.Popen[str]":
    """Begin `kubectl wait` for a condition of the mix `lobby`."""
    options = [f"--for=condition={condition}", f"--timeout={seconds}s", "--namespace", world.namespace]
    command = [find_kubectl(), "--kubeconfig", str(administrator), "wait", "automix/lobby", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 -- ours


def ended(waiting: "subprocess.Popen[str]") -> tuple[int, str]:
    """Return how it ended, and what it said."""
    said, _ = waiting.communicate(timeout=60)
    return waiting.returncode, said


@pytest.mark.usefixtures("operator")
def test_kubectl_wait_for_active_ends_when_the_mix_runs_and_no_sooner(world: World, administrator: Path) -> None:
    task = world.manifest("lobby")["spec"]["roomId"]
    world.zego.fault(Action="StartAutoMix", TaskId=task, Code=110200001, Times=50)
    world.declare("lobby")
    world.wait_for("lobby", "ZegoFailed")
    assert ended(wait(world, administrator, "Active", seconds=1))[0] == 1
    with wait(world, administrator, "Active", seconds=60) as waiting:
        world.zego.spare()
        world.annotate("lobby", reconcile_requested_at="1")
        assert ended(waiting) == (0, "automix.automix.zego.im/lobby condition met\n")
    assert world.zego.task(task)


@pytest.mark.usefixtures("operator")
def test_kubectl_wait_for_stalled_ends_when_only_a_person_can_help_and_no_sooner(
    world: World, administrator: Path
) -> None:
    task = world.started("lobby")
    assert ended(wait(world, administrator, "Stalled", seconds=1))[0] == 1
    world.zego.fault(Action="StartAutoMix", TaskId=task, Code=110200002)
    with wait(world, administrator, "Stalled", seconds=60) as waiting:
        world.change("lobby", userData="refused")
        assert ended(waiting) == (0, "automix.automix.zego.im/lobby condition met\n")
    assert world.reason("lobby") == "InvalidSpec"


@pytest.mark.usefixtures("operator")
def test_kubectl_wait_for_active_does_not_take_the_word_of_an_earlier_generation(
    world: World, administrator: Path, operator: Operator
) -> None:
    world.started("lobby")
    assert operator.terminate() == 0
    world.change("lobby", userData="changed")
    assert ended(wait(world, administrator, "Active", seconds=1))[0] == 1
    with wait(world, administrator, "Active", seconds=60) as waiting:
        operator.start()
        assert ended(waiting)[0] == 0
    until(lambda: world.reason("lobby") == "Running")
