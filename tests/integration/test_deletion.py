"""Deletion: what ran is stopped, whatever went before it; nothing hangs in silence, and nothing leaks in silence."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from support.operator import Operator, free_port
from support.waiting import until
from support.world import MERGE, World

Json = dict[str, Any]

FINALIZER = "automix.zego.im/mix"


@pytest.fixture(scope="class")
def operator(kubeconfig: Path, logs: Path, request: pytest.FixtureRequest) -> Iterator[Operator]:
    """An operator with the class's settings."""
    log = logs / f"operator-{request.cls.__name__}.log"
    with Operator(kubeconfig, log, "--all-namespaces", *request.cls.ARGUMENTS, **request.cls.SETTINGS) as operator:
        yield operator
        assert operator.terminate() == 0
        assert "Traceback" not in operator.text()


def stops(world: World, task: str) -> int:
    """Return how many stops ZEGO got."""
    return world.zego.arrived(task, "StopAutoMix")


def ready(world: World, name: str) -> Json:
    """Return the Ready condition."""
    listed = world.status(name)["conditions"]
    return next(each for each in listed if each["type"] == "Ready")


def assert_rising(world: World, task: str) -> None:
    """Assert that each call had a higher Sequence than the one before."""
    calls = world.zego.calls(task, "StartAutoMix", "StopAutoMix")
    sequences = [call["Parameters"]["Sequence"] for call in calls]
    assert all(earlier < later for earlier, later in pairwise(sequences)), sequences


@pytest.mark.usefixtures("operator")
class TestDeleted:
    ARGUMENTS: ClassVar[tuple[str, ...]] = ()
    SETTINGS: ClassVar[dict[str, str]] = {}

    def test_while_zego_is_down_it_says_why_it_waits_and_when_it_tries_again(self, world: World) -> None:
        task = world.started("lobby")
        world.zego.fault(Action="StopAutoMix", TaskId=task, Status=503, Times=2)
        world.delete("lobby")
        status = world.wait_for("lobby", "Stopping")
        assert "503" in ready(world, "lobby")["message"]
        assert status["retry"]["attempts"] == 1
        assert status["retry"]["nextAttemptTime"] > ready(world, "lobby")["lastTransitionTime"]
        assert world.zego.task(task)
        world.annotate("lobby", reconcile_requested_at="1")
        until(lambda: world.zego.arrived(task, "StopAutoMix") == 2, within=2, of="who asks has it tried at once")
        world.wait_until_gone("lobby")
        assert world.zego.task(task) is None

    def test_while_a_stop_fails_the_policy_can_be_changed_to_orphan(self, world: World) -> None:
        task = world.started("lobby")
        world.zego.fault(Action="StopAutoMix", TaskId=task, Status=503, Times=9)
        world.delete("lobby")
        world.wait_for("lobby", "Stopping")
        world.change("lobby", deletionPolicy="Orphan")
        world.wait_until_gone("lobby", within=5)
        assert world.zego.task(task)

    def test_an_orphan_goes_while_zego_is_down(self, world: World) -> None:
        task = world.started("lobby", deletionPolicy="Orphan")
        world.zego.fault(TaskId=task, Status=503, Times=9)
        world.delete("lobby")
        world.wait_until_gone("lobby", within=5)
        assert stops(world, task) == 0

    def test_a_stop_whose_answer_is_lost_is_made_sure_of(self, world: World) -> None:
        task = world.started("lobby")
        world.zego.fault(Action="StopAutoMix", TaskId=task, Lost="after")
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert world.zego.task(task) is None
        assert_rising(world, task)

    @pytest.mark.not_under("queries do not see auto mixes", "nobody says that the stop was in vain")
    def test_a_stop_that_zego_only_claims_to_have_made_is_made_again(self, world: World) -> None:
        task = world.started("lobby")
        world.zego.fault(Action="StopAutoMix", TaskId=task, Code=0)
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert world.zego.task(task) is None
        assert stops(world, task) == 2

    def test_after_its_secret_it_is_stopped_with_the_last_credentials(self, world: World) -> None:
        task = world.started("lobby")
        world.cluster.ask("DELETE", f"/api/v1/namespaces/{world.namespace}/secrets/zego")
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert world.zego.task(task) is None

    def test_after_its_app_it_is_stopped_and_then_the_app_goes(self, world: World) -> None:
        app = world.path("").replace("automixes/", "zegoapps/zego")
        task = world.started("lobby")
        world.cluster.ask("DELETE", app)
        world.delete("lobby")
        world.wait_until_gone("lobby")
        until(lambda: world.cluster.request("GET", app).status_code == 404, of="the app is gone")
        assert world.zego.task(task) is None

    @pytest.mark.not_under("a missing room is created", "ZEGO starts a mix in a room that does not exist")
    def test_before_it_ever_ran_it_goes_at_once(self, world: World) -> None:
        manifest = world.manifest("lobby")
        world.cluster.apply(manifest)
        world.wait_for("lobby", "WaitingForRoom")
        world.delete("lobby")
        world.wait_until_gone("lobby", within=5)
        assert world.zego.task(manifest["spec"]["roomId"]) is None

    def test_while_its_start_is_on_its_way_it_is_stopped(self, world: World) -> None:
        task = str(world.manifest("lobby")["spec"]["roomId"])
        world.zego.fault(Action="StartAutoMix", TaskId=task, DelayBefore=2)
        world.declare("lobby")
        until(lambda: world.zego.arrived(task, "StartAutoMix"), of="the start is on its way")
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert world.zego.task(task) is None
        assert_rising(world, task)

    def test_and_made_again_at_once_it_runs_as_it_was_made_again(self, world: World) -> None:
        task = world.started("lobby", userData="before")
        for number in range(3):
            world.delete("lobby")
            world.wait_until_gone("lobby")
            world.cluster.apply(world.manifest("lobby", userData=f"after {number}"))
        world.wait_for("lobby", "Running")
        assert world.zego.task(task)["UserData"] == "YWZ0ZXIgMg=="  # type: ignore[index]
        assert_rising(world, task)


@pytest.mark.usefixtures("operator")
class TestWithoutFinalizer:
    ARGUMENTS: ClassVar[tuple[str, ...]] = ()
    SETTINGS: ClassVar[dict[str, str]] = {}

    def test_one_that_kubectl_replace_took_off_comes_back_without_a_gap(self, world: World) -> None:
        task = world.started("lobby")
        replaced = world.manifest("lobby")
        replaced["metadata"]["resourceVersion"] = world.get("lobby")["metadata"]["resourceVersion"]
        world.cluster.ask("PUT", world.path("lobby"), replaced)
        until(lambda: FINALIZER in world.get("lobby")["metadata"].get("finalizers", []), of="it is back")
        world.wait_for("lobby", "Running")
        assert stops(world, task) == 0
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert world.zego.task(task) is None

    def test_one_that_is_taken_off_while_another_still_holds_the_object_leaves_no_mix_behind(
        self, world: World
    ) -> None:
        task = world.started("lobby")
        world.zego.fault(Action="StopAutoMix", TaskId=task, Status=503, Times=3)
        others = ["example.com/backup"]
        world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": [FINALIZER, *others]}}, MERGE)
        world.delete("lobby")
        until(lambda: stops(world, task), of="a stop fails")
        world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": others}}, MERGE)
        until(lambda: world.zego.task(task) is None, of="its mix is stopped")
        world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": None}}, MERGE)
        world.wait_until_gone("lobby")

    def test_an_object_that_another_finalizer_still_holds_makes_way_once_its_mix_is_stopped(self, world: World) -> None:
        task = world.started("lobby")
        others = ["example.com/backup"]
        world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": [FINALIZER, *others]}}, MERGE)
        world.declare("studio", roomId=task)
        world.wait_for("studio", "Conflict")
        world.delete("lobby")
        until(lambda: world.get("lobby")["metadata"]["finalizers"] == others, of="we let it go")
        world.wait_for("studio", "Running")
        sent = world.changes(task)
        world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": None}}, MERGE)
        world.wait_until_gone("lobby")
        world.annotate("studio", reconcile_requested_at="1")
        until(lambda: world.status("studio").get("lastHandledReconcileAt") == "1", of="it is looked at")
        assert world.changes(task) == sent, "the end of the other is no news"

    def test_an_object_that_goes_at_once_has_its_mix_stopped_all_the_same(self, world: World) -> None:
        task = world.started("lobby")
        world.delete_at_once("lobby")
        until(lambda: world.zego.task(task) is None, of="its mix is stopped")

    def test_an_object_that_goes_at_once_while_zego_is_down_has_its_mix_stopped_later(self, world: World) -> None:
        task = world.started("lobby")
        world.zego.fault(Action="StopAutoMix", TaskId=task, Status=503)
        world.delete_at_once("lobby")
        until(lambda: stops(world, task), of="a stop fails")
        until(lambda: world.zego.task(task) is None, of="its mix is stopped")

    def test_an_object_that_goes_at_once_is_reported_where_the_operator_ends_before_a_stop_works(
        self, world: World, kubeconfig: Path, logs: Path
    ) -> None:
        log = logs / f"ended-{world.namespace}.log"
        task = world.started("lobby")
        world.zego.fault(Action="StopAutoMix", TaskId=task, Status=503, Times=999)
        with Operator(kubeconfig, log, "--namespace", world.namespace) as another:
            until(lambda: "watching" in another.text(), of="another operator watches")
            world.delete_at_once("lobby")
            until(lambda: stops(world, task) >= 2, of="stops fail")
            assert another.terminate() == 0
            lines = [line for line in another.text().splitlines() if "orphaned" in line]
        assert f"task={task}" in lines[-1]
        assert world.zego.task(task)
        world.zego.spare()
        until(lambda: world.zego.task(task) is None, of="the other one's stop works")

    def test_an_orphan_that_goes_at_once_has_its_mix_left_on(self, world: World) -> None:
        task = world.started("lobby", deletionPolicy="Orphan")
        world.delete_at_once("lobby")
        other = world.started("other")
        world.delete("other")
        world.wait_until_gone("other")
        assert world.zego.task(other) is None
        assert world.zego.task(task)
        assert stops(world, task) == 0

    def test_another_object_of_the_same_name_and_room_takes_over(self, world: World) -> None:
        task = world.started("lobby", userData="before")
        world.delete_at_once("lobby")
        world.cluster.apply(world.manifest("lobby", userData="after"))
        world.wait_for("lobby", "Running")
        until(lambda: (running := world.zego.task(task)) and running["UserData"] == "YWZ0ZXI=")
        looks = world.zego.arrived(task, "GetMixTaskInfo")
        until(lambda: world.zego.arrived(task, "GetMixTaskInfo") > looks, of="it is looked at")
        world.wait_for("lobby", "Running")
        assert world.zego.task(task), "what was left to do for the first one does not stop the second one's"
        assert_rising(world, task)

    def test_another_object_for_the_same_room_takes_over(self, world: World) -> None:
        task = world.started("lobby")
        world.cluster.apply(world.manifest("next", roomId=task, mixOutput=[{"streamId": f"{task}-next"}]))
        world.wait_for("next", "Conflict")
        world.delete_at_once("lobby")
        world.wait_for("next", "Running")
        assert world.zego.task(task)["MixOutput"][0]["StreamId"] == f"{task}-next"  # type: ignore[index]
        assert_rising(world, task)


PORT = free_port()


@pytest.mark.usefixtures("operator")
class TestGivenUp:
    """What cannot be stopped for as long as the operator is told to try, here for three seconds."""

    ARGUMENTS: ClassVar[tuple[str, ...]] = ("--probe-port", str(PORT))
    SETTINGS: ClassVar[dict[str, str]] = {"AUTOMIX_DELETION_TIMEOUT_SECONDS": "3"}

    def test_an_object_is_let_go_and_its_mix_is_reported(self, world: World, operator: Operator) -> None:
        task, orphaned = world.started("lobby"), orphans()
        world.zego.fault(Action="StopAutoMix", TaskId=task, Status=503, Times=99)
        world.delete("lobby")
        world.wait_until_gone("lobby", within=30)
        assert world.zego.task(task)
        assert stops(world, task) >= 2, "it was tried again before"
        assert orphans() == orphaned + 1
        lines = [line for line in operator.text().splitlines() if "orphaned" in line]
        assert f"object={world.namespace}/lobby" in lines[-1]
        assert f"task={task}" in lines[-1]
        event = until(lambda: world.events("zego"), of="an Event on the app")[-1]
        assert (event["type"], event["reason"], event["regarding"]["kind"]) == ("Warning", "Orphaned", "ZegoApp")
        assert f"{world.namespace}/lobby" in event["note"]

    def test_an_object_whose_app_is_gone_is_let_go_and_its_mix_is_reported(
        self, world: World, operator: Operator
    ) -> None:
        app = world.path("").replace("automixes/", "zegoapps/zego")
        task = world.started("lobby")
        operator.kill()
        world.cluster.ask("PATCH", app, {"metadata": {"finalizers": None}}, MERGE)
        world.cluster.ask("DELETE", app)
        world.delete("lobby")
        operator.start()
        world.wait_for("lobby", "Stopping")
        assert "ZegoApp zego does not exist" in ready(world, "lobby")["message"]
        world.wait_until_gone("lobby", within=30)
        assert world.zego.task(task)
        assert orphans() == 1, "the count began anew with the process"

    @pytest.mark.not_under("queries do not see auto mixes", "nobody says that the stop was in vain")
    def test_a_stop_that_zego_only_claims_to_have_made_is_given_up_as_well(self, world: World) -> None:
        task, orphaned = world.started("lobby"), orphans()
        world.zego.fault(Action="StopAutoMix", TaskId=task, Code=0, Times=99)
        world.delete("lobby")
        world.wait_until_gone("lobby", within=15)
        assert world.zego.task(task)
        assert orphans() == orphaned + 1

    def test_a_stop_that_works_in_time_is_no_orphan(self, world: World) -> None:
        task, orphaned = world.started("lobby"), orphans()
        world.zego.fault(Action="StopAutoMix", TaskId=task, Status=503)
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert world.zego.task(task) is None
        assert orphans() == orphaned


def orphans() -> float:
    """Return how many mixes the operator says it has left to themselves."""
    text = httpx.get(f"http://127.0.0.1:{PORT}/metrics").text
    line = next(line for line in text.splitlines() if line.startswith("automix_orphaned_mixes_total"))
    return float(line.split()[1])
