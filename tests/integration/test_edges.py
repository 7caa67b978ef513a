"""What goes wrong at the edges: between a call and its answer, between two objects, between a wait and its turn."""

import time

import pytest

from support.canaries import canary
from support.cluster import GROUP, ROOT
from support.operator import Operator
from support.waiting import until
from support.world import MERGE, World

CHECK = "automix-operator-credentials-check"
"""The task that an app's check asks about."""

pytestmark = pytest.mark.usefixtures("operator")


def test_objects_deleted_while_they_wait_for_their_turn_leave_no_gap_in_the_budget(world: World) -> None:
    world.limit(start=2)
    names = [f"waiting-{number}" for number in range(20)]
    for name in names:
        world.declare(name)
    for name in names:
        world.delete(name)
    for name in names:
        world.wait_until_gone(name, within=60)
    world.started("later")


def test_a_turn_is_waited_for_without_a_write(world: World) -> None:
    world.limit(start=1)
    for name in ("first", "second", "third"):
        world.declare(name)
    for name in ("first", "second", "third"):
        world.wait_for(name, "Running")
        assert world.writes(name) == [("patch", "automixes"), ("patch", "automixes/status")]


@pytest.mark.parametrize(("status", "reason"), [(429, "Throttled"), (503, "ZegoUnreachable")], ids=["429", "503"])
def test_an_app_that_is_too_busy_for_one_mix_is_asked_for_no_other_before_it_wants_to_be(
    world: World, status: int, reason: str
) -> None:
    world.wait_for_app()
    task = str(world.manifest("refused")["spec"]["roomId"])
    world.zego.fault(Action="StartAutoMix", TaskId=task, Status=status, RetryAfter=4)
    world.declare("refused")
    world.wait_for("refused", reason)
    throttled = time.monotonic()
    other = world.declare("other")
    until(lambda: world.zego.task(other), of="the other is started")
    assert time.monotonic() - throttled > 3
    world.wait_for("refused", "Running")


@pytest.mark.not_under("queries do not see auto mixes", "nobody says that a mix has ended")
def test_what_a_look_found_is_not_forgotten_while_its_turn_is_waited_for(world: World) -> None:
    task = world.started("ended", driftCheckInterval="2s")
    until(lambda: world.zego.calls(task, "GetMixTaskInfo"))
    world.limit(start=1)
    for number in range(5):
        world.declare(f"crowd-{number}")
    world.zego.kill(task)
    until(lambda: world.zego.task(task), within=20, of="the mix that ended runs again")


@pytest.mark.not_under("queries do not see auto mixes", "nobody says that a mix has ended")
def test_a_mix_that_ended_is_found_soon_though_the_answers_that_tell_are_lost(world: World) -> None:
    task = world.started("ended", driftCheckInterval="1h")
    until(lambda: world.zego.calls(task, "GetMixTaskInfo"), of="the first look is over")
    world.zego.kill(task)
    world.zego.fault(Action="GetMixTaskInfo", TaskId=task, Lost="after", Times=2)
    world.annotate("ended", reconcile_requested_at="now")
    until(lambda: world.zego.task(task), within=20, of="the mix that ended runs again")


def test_a_rotated_secret_reaches_the_mixes_that_were_refused(world: World) -> None:
    task = world.started("lobby")
    rotated = canary("rotated")
    world.zego.app(world.app_id, rotated)
    world.store_secret(rotated)
    world.change("lobby", userData="after the rotation")
    until(lambda: (running := world.zego.task(task)) and running["UserData"], within=30, of="the change is in effect")
    world.wait_for("lobby", "Running")


def test_an_account_that_was_refused_is_tried_again(world: World) -> None:
    task = world.manifest("lobby")["spec"]["roomId"]
    world.zego.fault(Action="StartAutoMix", TaskId=task, Code=110200157, Times=2)
    world.declare("lobby")
    world.wait_for("lobby", "ServiceNotEnabled")
    world.wait_for("lobby", "Running")


@pytest.mark.not_under("there is no test environment", "an app with isTest is a mistake that ZEGO does not tell of")
def test_nothing_is_stopped_for_a_spec_that_cannot_be_started(world: World) -> None:
    app = world.test_environment()
    outputs = [{"streamId": f"zegotest-{world.app_id}-mix"}]
    task = world.started("lobby", appRef=app, mixOutput=outputs)
    world.change("lobby", mixOutput=[*outputs, {"streamId": "raw"}])
    status = world.wait_for("lobby", "InvalidSpec")
    assert f"must begin with zegotest-{world.app_id}-: mixOutput[1].streamId" in status["conditions"][0]["message"]
    assert world.zego.task(task)
    assert world.zego.calls(task, "StopAutoMix") == []


def test_an_object_that_is_older_than_a_rule_says_what_is_wrong_and_can_be_deleted(world: World) -> None:
    twice = [{"streamId": "twice"}, {"streamId": "twice"}]
    with world.cluster.without_rules("automixes", lambda: world.taken("older", mixOutput=twice)):
        task = world.declare("older", mixOutput=twice)
    status = world.wait_for("older", "InvalidSpec")
    assert "mixOutput: must not name the same StreamId" in status["conditions"][0]["message"]
    world.delete("older")
    world.wait_until_gone("older")
    assert world.zego.calls(task, "StartAutoMix") == []


def test_an_endpoint_that_is_none_is_said_of_the_app_and_of_its_mixes(world: World) -> None:
    task = world.declare("lobby", appRef={"kind": "ZegoApp", "name": "older"})
    with world.cluster.without_rules("zegoapps", lambda: world.app_taken(endpoint="https://zego.example?key=1")):
        world.add_app("older", endpoint="https://zego.example?key=1")
    status = world.wait_for("lobby", "CredentialsRejected")
    assert "endpoint: must be an http or https URL" in status["conditions"][0]["message"]
    world.add_app("older")
    until(lambda: world.zego.task(task), of="the mix runs with the endpoint that was mended")


def test_a_room_that_is_too_full_is_tried_again_and_is_no_fault_of_the_spec(world: World) -> None:
    manifest = world.manifest("lobby")
    room = manifest["spec"]["roomId"]
    world.zego.room(room, *(f"{room}-{number}" for number in range(10)))
    world.cluster.apply(manifest)
    assert world.wait_for("lobby", "ZegoFailed")["retry"]["code"] == 110200158
    world.zego.room(room)
    until(lambda: world.zego.task(room), of="the mix runs once the room has emptied")
    world.wait_for("lobby", "Running")


def test_a_mix_whose_last_start_was_lost_is_stopped_all_the_same(world: World) -> None:
    task = world.started("lobby")
    until(lambda: world.zego.calls(task, "GetMixTaskInfo"))
    world.zego.fault(Action="StartAutoMix", TaskId=task, Lost="after")
    world.change("lobby", recvBufferLevel=100)
    until(lambda: world.status("lobby").get("retry"), of="the answer was lost")
    assert world.zego.task(task)
    world.delete("lobby")
    world.wait_until_gone("lobby")
    assert world.zego.task(task) is None


def test_a_change_whose_answer_was_lost_and_that_is_undone_is_undone_at_zego(world: World) -> None:
    task = world.started("lobby", userData="before")
    world.zego.fault(Action="StartAutoMix", TaskId=task, Lost="after")
    world.change("lobby", userData="regretted")
    until(lambda: world.status("lobby").get("retry"), of="the answer was lost")
    world.change("lobby", userData="before")
    until(lambda: world.zego.task(task)["UserData"] == "YmVmb3Jl", of="it is undone")  # type: ignore[index]
    world.wait_for("lobby", "Running")


def test_one_app_behind_two_objects_has_one_mix_in_a_room(world: World) -> None:
    other = World(world.cluster, world.zego)
    other.store_secret(world.secret)
    app = {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "ZegoApp",
        "metadata": {"name": "twin", "namespace": other.namespace},
    }
    secret = {"name": "zego", "key": "serverSecret"}
    world.cluster.apply({**app, "spec": {"appId": world.app_id, "endpoint": world.zego.url, "serverSecretRef": secret}})
    task = world.started("mine")
    other.cluster.apply(other.manifest("theirs", roomId=task, appRef={"kind": "ZegoApp", "name": "twin"}))
    other.wait_for("theirs", "Conflict")
    other.delete("theirs")
    other.wait_until_gone("theirs")
    assert world.zego.task(task)
    assert world.zego.calls(task, "StopAutoMix") == []


def test_a_restart_that_is_asked_for_ends_a_refusal_that_waits_for_people(world: World) -> None:
    task = world.started("lobby")
    until(lambda: world.zego.age(task) > 1)
    world.zego.fault(Action="StartAutoMix", TaskId=task, Code=110200160)
    world.change("lobby", userData="refused")
    world.wait_for("lobby", "ManagedElsewhere")
    world.annotate("lobby", restart_requested_at="now")
    world.wait_for("lobby", "Running")
    assert world.status("lobby")["lastHandledRestartAt"] == "now"
    assert len(world.zego.calls(task, "StopAutoMix")) == 1


def test_an_object_that_cannot_act_does_not_hold_a_room(world: World) -> None:
    intruder = World(world.cluster, world.zego)
    app = f"{ROOT}/namespaces/{intruder.namespace}/zegoapps"
    stored = {"name": "zego", "key": "serverSecret"}
    foreign = {"appId": world.app_id, "endpoint": world.zego.url, "serverSecretRef": stored}
    kind = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "ZegoApp"}
    world.cluster.apply({**kind, "metadata": {"name": "foreign", "namespace": intruder.namespace}, "spec": foreign})
    until(lambda: world.cluster.ask("GET", f"{app}/foreign")["status"].get("conditions"))
    task = world.manifest("lobby")["spec"]["roomId"]
    world.cluster.apply(intruder.manifest("first", roomId=task, appRef={"kind": "ZegoApp", "name": "foreign"}))
    intruder.wait_for("first", "CredentialsRejected")
    world.started("lobby")


def test_an_app_that_goes_leaves_no_gap_in_the_budget_of_its_account(world: World) -> None:
    world.limit(start=2)
    for number in range(12):
        world.declare(f"parked-{number}")
    app = f"{ROOT}/namespaces/{world.namespace}/zegoapps/zego"
    twin = world.cluster.ask("GET", app)
    world.cluster.ask("DELETE", app)
    until(lambda: world.reason("parked-11") == "AppNotFound", of="the app is missed")
    spec = {**twin["spec"], "limits": {"start": 2, "stop": 90, "query": 90}}
    kind = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "ZegoApp"}
    world.cluster.apply({**kind, "metadata": {"name": "twin", "namespace": world.namespace}, "spec": spec})
    world.started("later", appRef={"kind": "ZegoApp", "name": "twin"})


def test_an_app_that_is_checked_keeps_no_turn_of_its_accounts_from_those_who_use_another_object(world: World) -> None:
    world.add_app("twin")
    twin = {"appRef": {"kind": "ZegoApp", "name": "twin"}}
    world.started("first", **twin)
    world.limit(start=1)
    for number in range(3):
        world.declare(f"parked-{number}")
    world.zego.fault(Action="GetMixTaskInfo", TaskId=CHECK, DelayBefore=8)
    checks = world.zego.arrived(CHECK, "GetMixTaskInfo")
    app = f"{ROOT}/namespaces/{world.namespace}/zegoapps/zego"
    world.cluster.ask("PATCH", app, {"spec": {"limits": {"query": 80}}}, MERGE)
    until(lambda: world.zego.arrived(CHECK, "GetMixTaskInfo") > checks, of="the check is on its way")
    later = world.declare("later", **twin)
    until(lambda: world.zego.task(later), within=6, of="it is started, before the check is over")


def test_rooms_of_objects_that_are_gone_are_free(world: World) -> None:
    names = [f"room-{number}" for number in range(60)]
    rooms = {name: world.declare(name) for name in names}
    for name in names:
        world.wait_for(name, "Running", within=60)
    world.cluster.ask("DELETE", f"{ROOT}/namespaces/{world.namespace}/automixes")
    for name in names:
        world.wait_until_gone(name, within=60)
    for name, room in rooms.items():
        world.cluster.apply(world.manifest(f"again-{name}", roomId=room))
    for name in names:
        world.wait_for(f"again-{name}", "Running", within=60)


def test_the_finalizer_of_a_suspended_mix_comes_back(world: World) -> None:
    world.started("lobby")
    world.change("lobby", suspend=True)
    world.wait_for("lobby", "Suspended")
    world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": None}}, MERGE)
    until(lambda: "automix.zego.im/mix" in world.get("lobby")["metadata"].get("finalizers", []))


def test_slow_calls_are_waited_for_on_the_way_out(world: World, operator: Operator) -> None:
    task = world.started("lobby")
    before = world.status("lobby")
    for action in ("StopAutoMix", "StartAutoMix"):
        world.zego.fault(Action=action, TaskId=task, DelayAfter=4)
    world.change("lobby", recvBufferLevel=100)
    until(lambda: world.zego.busy(task), of="the replace is on its way")
    assert operator.terminate() == 0
    after = world.status("lobby")
    assert after["sequence"] > before["sequence"]
    assert world.reason("lobby") == "Running"
    operator.start()
