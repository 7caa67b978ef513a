"""A restart with everything in place is silent."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from support.operator import Operator
from support.waiting import until
from support.world import MERGE, World

MIXES = [f"room-{number}" for number in range(50)]
CHANGING = {"StartAutoMix", "StopAutoMix"}
MARKS = {
    "labels": {
        "app.kubernetes.io/instance": "rooms",
        "argocd.argoproj.io/instance": "rooms",
        "kustomize.toolkit.fluxcd.io/name": "rooms",
        "helm.toolkit.fluxcd.io/namespace": "flux-system",
    },
    "annotations": {
        "argocd.argoproj.io/tracking-id": "rooms:automix.zego.im/AutoMix:team/room",
        "argocd.argoproj.io/refresh": "hard",
        "kustomize.toolkit.fluxcd.io/reconcile": "enabled",
        "meta.helm.sh/release-name": "rooms",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    },
}
"""What Argo CD, Flux, Helm and kubectl put on objects."""

SOME_TRIES = 7
"""After so many starts that failed the wait is longer than a restart takes."""
ENDS: dict[str, Callable[[Operator], object]] = {"told to end": Operator.terminate, "killed": Operator.kill}


def mark(world: World, value: str) -> None:
    """Put the marks of all tools on all objects, the last of each with a value of its own."""
    for name in MIXES:
        marks = {kind: {**known, "example.com/revision": value} for kind, known in MARKS.items()}
        world.cluster.ask("PATCH", world.path(name), {"metadata": marks}, MERGE)


def test_a_restart_with_fifty_mixes_writes_nothing_and_calls_nothing_whatever_gitops_tools_put_on_them(
    world: World, kubeconfig: Path, logs: Path
) -> None:
    with Operator(kubeconfig, logs / "fifty.log", "--namespace", world.namespace) as operator:
        tasks = {name: world.declare(name) for name in MIXES}
        for name in MIXES:
            world.wait_for(name, "Running", within=60)
        until(lambda: all(world.zego.calls(task, "GetMixTaskInfo") for task in tasks.values()), of="first looks")
        before = world.all_writes()
        mark(world, "one")
        assert operator.terminate() == 0
        assert world.all_writes() == before
        mark(world, "two")
        calls = [call for call in world.zego.all_calls() if call["Action"] in CHANGING]
        lists = world.lists()
        operator.start()
        mark(world, "three")
        world.annotate(MIXES[0], reconcile_requested_at="1")
        until(lambda: world.status(MIXES[0]).get("lastHandledReconcileAt") == "1")
        assert operator.terminate() == 0
        # At the start, when a watch begins, and after that: however many they are.
        assert world.lists() - lists <= 3
        # The one write is the acknowledgement that shows that the restarted operator is at work.
        assert world.all_writes() == [*before, ("patch", "automixes/status")]
        assert [call for call in world.zego.all_calls() if call["Action"] in CHANGING] == calls
        assert all(world.zego.task(task) for task in tasks.values())


def test_an_operator_that_zego_never_answered_sends_nothing_and_says_so(
    world: World, kubeconfig: Path, logs: Path
) -> None:
    with Operator(kubeconfig, logs / "unheard.log", "--namespace", world.namespace) as operator:
        world.started("lobby")
        world.wait_until_drift_is_verified()
        assert operator.terminate() == 0
        before = world.status("lobby")
        world.zego.fault(Action="GetMixTaskInfo", TaskId="automix-operator-credentials-check", Lost="before", Times=3)
        operator.start()
        task = world.declare("studio")
        status = world.wait_for("studio", "ZegoUnreachable")
        assert "GetMixTaskInfo" in next(told["message"] for told in status["conditions"] if told["type"] == "Ready")
        assert world.zego.calls(task) == []
        assert world.status("lobby") == before
        world.wait_for("studio", "Running")
        assert operator.terminate() == 0
        assert world.status("lobby") == before


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_operator_that_is_restarted_while_a_failed_start_waits_waits_it_out_and_counts_on(
    world: World, kubeconfig: Path, logs: Path, end: Callable[[Operator], object]
) -> None:
    task = str(world.manifest("lobby")["spec"]["roomId"])
    world.zego.fault(Action="StartAutoMix", TaskId=task, Code=110200001, Times=100)

    def attempts() -> int:
        return int(world.status("lobby").get("retry", {}).get("attempts", 0))

    with Operator(kubeconfig, logs / f"waits-{world.namespace}.log", "--namespace", world.namespace) as operator:
        world.declare("lobby")
        until(lambda: attempts() == SOME_TRIES, within=60, of="some starts have failed")
        end(operator)
        due = datetime.fromisoformat(world.status("lobby")["retry"]["nextAttemptTime"]).timestamp()
        sent = world.changes(task)
        operator.start()
        assert time.time() < due, "it was restarted within the wait"
        until(lambda: world.changes(task) != sent, within=40, of="it is tried again")
        tried = world.zego.calls(task, "StartAutoMix", "StopAutoMix")[len(sent)]
        assert tried["Action"] == "StartAutoMix"
        assert tried["Time"] > due - 1, "not before its time, by clocks that are known to half a second"
        until(lambda: attempts() > SOME_TRIES, of="it is recorded that it failed again")
        assert attempts() == SOME_TRIES + 1
        assert operator.terminate() == 0


def test_an_operator_that_is_told_to_end_stops_the_mixes_of_vanished_objects_that_wait_for_their_turn(
    world: World, kubeconfig: Path, logs: Path
) -> None:
    names = MIXES[:6]
    with Operator(kubeconfig, logs / f"ghosts-{world.namespace}.log", "--namespace", world.namespace) as operator:
        tasks = [world.started(name) for name in names]
        world.limit(stop=2)
        for name in names:
            world.delete_at_once(name)
        assert operator.terminate() == 0
        assert not any(world.zego.task(task) for task in tasks)
        assert "the operator ended before" not in operator.text()


def test_an_object_without_our_finalizer_that_is_deleted_before_its_app_was_heard_has_its_mix_stopped(
    world: World, kubeconfig: Path, logs: Path
) -> None:
    with Operator(kubeconfig, logs / f"unheld-{world.namespace}.log", "--namespace", world.namespace) as operator:
        task = world.started("lobby")
        assert operator.terminate() == 0
        world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": ["example.com/backup"]}}, MERGE)
        world.zego.fault(Action="GetMixTaskInfo", TaskId="automix-operator-credentials-check", DelayBefore=4)
        operator.start()
        world.delete("lobby")
        until(lambda: world.zego.task(task) is None, within=40, of="its mix is stopped")
        world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": None}}, MERGE)
        world.wait_until_gone("lobby")
        assert operator.terminate() == 0
