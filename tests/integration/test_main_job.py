"""The main job against a real API server and ZEGO simulated: what runs is what is declared."""

from typing import Any

import pytest

from support.canaries import canary
from support.operator import Operator
from support.waiting import until
from support.world import MERGE, World

pytestmark = pytest.mark.usefixtures("operator")


def reasons(stored: dict[str, Any]) -> dict[str, str]:
    """Return the reason of each condition."""
    return {condition["type"]: condition["reason"] for condition in stored["status"].get("conditions", [])}


STARTS_AND_STOPS = ("StartAutoMix", "StopAutoMix")


def test_a_declared_mix_runs_and_the_status_names_it(world: World) -> None:
    task = world.declare("lobby")
    status = world.wait_for("lobby", "Running")
    running = world.zego.task(task)
    assert running is not None
    assert running["RoomId"] == world.get("lobby")["spec"]["roomId"]
    assert status["taskId"] == task
    assert status["userId"] == running["UserId"]
    assert status["sequence"] == running["Sequence"]


@pytest.mark.not_under("Data is sparse", "ZEGO does not say where to play a mix")
@pytest.mark.not_under("Data is absent", "ZEGO does not say where to play a mix")
def test_the_status_says_where_to_play_each_output(world: World) -> None:
    world.started("lobby", mixOutput=[{"streamId": "lobby-mix"}, {"streamUrl": "rtmp://push.example/live/lobby"}])
    rtc, cdn = world.status("lobby")["playInfo"]
    assert (rtc["streamId"], cdn["streamId"]) == ("lobby-mix", "lobby")
    assert cdn["rtmp"].startswith("rtmp://")


def test_creating_costs_one_call_two_patches_and_one_event(world: World) -> None:
    world.wait_for_app()
    task = world.started("lobby")
    assert world.changes(task) == ["StartAutoMix"]
    assert world.writes("lobby") == [("patch", "automixes"), ("patch", "automixes/status")]
    events = until(lambda: world.events("lobby"))
    assert [(event["type"], event["reason"]) for event in events] == [("Normal", "Started")]


def test_user_data_changes_in_place_with_a_higher_sequence(world: World) -> None:
    task = world.started("lobby")
    before, writes = world.status("lobby"), len(world.writes("lobby"))
    world.change("lobby", userData="now playing: ж")
    until(lambda: world.status("lobby")["sequence"] > before["sequence"])
    after = world.wait_for("lobby", "Running")
    assert world.zego.task(task)["UserData"] == "bm93IHBsYXlpbmc6INC2"  # type: ignore[index]
    assert after["startTime"] == before["startTime"]
    assert world.writes("lobby")[writes:] == [("patch", "automixes/status")]
    assert world.changes(task) == ["StartAutoMix", "StartAutoMix"]


def test_an_edit_while_the_call_is_on_its_way_is_not_lost(world: World) -> None:
    manifest = world.manifest("lobby", userData="first")
    task = manifest["spec"]["roomId"]
    world.zego.fault(Action="StartAutoMix", TaskId=task, DelayBefore=1)
    world.declare("lobby", userData="first")
    until(lambda: world.zego.arrived(task, "StartAutoMix"), of="the call is on its way")
    for data in ("second", "third", "last"):
        world.change("lobby", userData=data)
    until(
        lambda: (running := world.zego.task(task)) and running["UserData"] == "bGFzdA==",
        of="the last edit is in effect",
    )
    world.wait_for("lobby", "Running")
    assert len(world.zego.calls(task, "StartAutoMix")) == 2, "the edits cost one further call"


def test_cleared_user_data_is_cleared_at_zego(world: World) -> None:
    task = world.started("lobby", userData="hello", soundLevel=True)
    world.change("lobby", userData=None, soundLevel=None)
    until(lambda: (running := world.zego.task(task)) and (running["UserData"], running["SoundLevel"]) == ("", 0))
    world.wait_for("lobby", "Running")


AUDIBLE = {
    "a bitrate": ({"mixOutput": [{"streamId": "out", "audioBitrate": 64000}]}, "MixOutput"),
    "a codec": ({"mixOutput": [{"streamId": "out", "audioCodec": "OPUS"}]}, "MixOutput"),
    "an output's channels": ({"mixOutput": [{"streamId": "out", "soundChannel": "Stereo"}]}, "MixOutput"),
    "another output": ({"mixOutput": [{"streamId": "out"}, {"streamId": "second"}]}, "MixOutput"),
    "an extra input": ({"extraMixInput": [{"streamId": "guest", "volume": 50}]}, "ExtraMixInput"),
    "a removed input": ({"extraMixInput": [{"streamId": "guest", "modifyType": "Remove"}]}, "ExtraMixInput"),
    "pass-through": ({"byPass": True}, "ByPass"),
    "the mix's channels": ({"soundChannel": "Stereo"}, "SoundChannel"),
    "alignment": ({"alignmentType": "All"}, "AlignmentType"),
    "the buffer": ({"recvBufferLevel": 500}, "RecvBufferLevel"),
    "an extension parameter": ({"exPara": [{"key": "k", "value": "v"}]}, "ExPara"),
}


@pytest.mark.parametrize(
    ("change", "field"), AUDIBLE.values(), ids=[f"{what} changes by stop and start" for what in AUDIBLE]
)
def test_what_zego_cannot_change_is_replaced(world: World, change: dict[str, object], field: str) -> None:
    world.zego.room("elsewhere", "guest")
    task = world.started("lobby", mixOutput=[{"streamId": "out"}])
    before, writes = world.zego.task(task), len(world.writes("lobby"))
    assert before is not None
    world.change("lobby", **change)
    until(lambda: (running := world.zego.task(task)) and running[field] != before[field], of=f"{field} changed")
    world.wait_for("lobby", "Running")
    assert world.changes(task) == ["StartAutoMix", "StopAutoMix", "StartAutoMix"]
    assert world.writes("lobby")[writes:] == [("patch", "automixes"), ("patch", "automixes/status")]
    note = until(lambda: [event["note"] for event in world.events("lobby") if event["reason"] == "Replaced"])[0]
    assert next(iter(change)) in note


@pytest.mark.parametrize("early", [True, False], ids=["there before the claim", "set later"])
def test_annotations_of_others_stay_as_they_are(world: World, early: bool) -> None:  # noqa: FBT001 -- a table's column
    theirs = {"argocd.argoproj.io/tracking-id": "mixes:lobby", "example.com/a": "b"}
    manifest = world.manifest("lobby")
    world.zego.room(manifest["spec"]["roomId"])
    if early:
        manifest["metadata"]["annotations"] = theirs
    world.cluster.apply(manifest)
    world.wait_for("lobby", "Running")
    if not early:
        world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"annotations": theirs}}, MERGE)
    world.change("lobby", recvBufferLevel=100)
    until(lambda: len(world.changes(manifest["spec"]["roomId"])) == 3, of="it is claimed again and replaced")
    assert theirs.items() <= world.get("lobby")["metadata"]["annotations"].items()


def test_a_label_costs_no_write_and_no_call(world: World) -> None:
    task = world.started("lobby")
    writes, calls = world.writes("lobby"), world.zego.calls(task, *STARTS_AND_STOPS)
    patch = {"metadata": {"labels": {"team": "audio"}, "annotations": {"argocd.argoproj.io/tracking-id": "x"}}}
    world.cluster.ask("PATCH", world.path("lobby"), patch, MERGE)
    world.annotate("lobby", reconcile_requested_at="1")
    until(lambda: world.status("lobby").get("lastHandledReconcileAt") == "1")
    assert world.writes("lobby") == [*writes, ("patch", "automixes/status")]
    assert world.zego.calls(task, *STARTS_AND_STOPS) == calls


@pytest.mark.not_under("queries do not see auto mixes", "nobody says that a mix has ended")
def test_a_mix_that_died_is_started_again(world: World) -> None:
    task = world.started("lobby", driftCheckInterval="1s")
    before = world.status("lobby")
    until(lambda: world.zego.calls(task, "GetMixTaskInfo"), of="the query has shown the mix")
    world.zego.kill(task)
    until(lambda: world.zego.task(task), of="the mix runs again")
    after = until(lambda: (status := world.status("lobby"))["sequence"] > before["sequence"] and status)
    assert after["startTime"] > before["startTime"]


@pytest.mark.not_under("queries do not see auto mixes", "nobody says that a mix has ended")
def test_a_mix_that_died_stays_ended_when_the_policy_says_so(world: World) -> None:
    task = world.started("lobby", driftCheckInterval="1s", restartPolicy="Never")
    until(lambda: world.zego.calls(task, "GetMixTaskInfo"))
    world.zego.kill(task)
    status = world.wait_for("lobby", "Ended")
    assert "playInfo" not in status
    world.annotate("lobby", restart_requested_at="1")
    world.wait_for("lobby", "Running")
    assert world.zego.task(task)


def test_a_requested_restart_happens_once(world: World) -> None:
    task = world.started("lobby")
    world.annotate("lobby", restart_requested_at="now")
    until(lambda: world.status("lobby").get("lastHandledRestartAt") == "now")
    assert len(world.zego.calls(task, "StopAutoMix")) == 1
    assert world.zego.task(task)


def test_a_deleted_mix_is_stopped_and_gone(world: World) -> None:
    task = world.started("lobby")
    writes = len(world.writes("lobby"))
    world.delete("lobby")
    world.wait_until_gone("lobby")
    assert world.zego.task(task) is None
    assert world.changes(task) == ["StartAutoMix", "StopAutoMix"]
    assert world.writes("lobby")[writes:] == [("patch", "automixes")]


def test_an_orphaned_mix_goes_on(world: World) -> None:
    task = world.started("lobby", deletionPolicy="Orphan")
    world.delete("lobby")
    world.wait_until_gone("lobby")
    assert world.zego.task(task)
    assert world.zego.calls(task, "StopAutoMix") == []


def test_an_object_that_never_started_is_deleted_without_a_call(world: World) -> None:
    manifest = world.manifest("nobody", appRef={"kind": "ZegoApp", "name": "missing"})
    world.cluster.apply(manifest)
    status = world.wait_for("nobody", "AppNotFound")
    assert "ZegoApp missing does not exist" in status["conditions"][0]["message"]
    world.delete("nobody")
    world.wait_until_gone("nobody")
    assert world.zego.calls(manifest["spec"]["roomId"]) == []


def test_a_mix_that_comes_before_its_app_is_never_stalled(world: World) -> None:
    world.declare("lobby", appRef={"kind": "ZegoApp", "name": "late"})
    status = world.wait_for("lobby", "Starting")
    assert "ZegoApp late does not exist" in status["conditions"][0]["message"]
    world.add_app("late")
    world.wait_for("lobby", "Running")
    claim, written = ("patch", "automixes"), ("patch", "automixes/status")
    assert world.writes("lobby") == [written, claim, written]


def test_a_suspended_mix_is_left_alone(world: World) -> None:
    task = world.started("lobby")
    world.change("lobby", suspend=True, userData="not sent")
    world.wait_for("lobby", "Suspended")
    assert world.zego.task(task)["UserData"] == ""  # type: ignore[index]
    world.change("lobby", suspend=False)
    until(lambda: (running := world.zego.task(task)) and running["UserData"])
    world.wait_for("lobby", "Running")


def test_an_audible_change_waits_for_a_person_under_manual(world: World) -> None:
    task = world.started("lobby", updatePolicy="Manual")
    world.change("lobby", recvBufferLevel=300)
    status = world.wait_for("lobby", "UpdatePending")
    assert "recvBufferLevel" in status["conditions"][0]["message"]
    assert world.zego.task(task)["RecvBufferLevel"] == 0  # type: ignore[index]
    world.annotate("lobby", restart_requested_at="1")
    world.wait_for("lobby", "Running")
    assert world.zego.task(task)["RecvBufferLevel"] == 300  # type: ignore[index]


def test_the_second_object_for_a_room_sends_nothing(world: World) -> None:
    task = world.started("first")
    calls = len(world.zego.calls(task, "StartAutoMix"))
    second = world.manifest("second", roomId=world.get("first")["spec"]["roomId"])
    world.cluster.apply(second)
    status = world.wait_for("second", "Conflict")
    assert f"{world.namespace}/first" in status["conditions"][0]["message"]
    assert len(world.zego.calls(task, "StartAutoMix")) == calls
    world.delete("first")
    world.wait_until_gone("first")
    world.wait_for("second", "Running")


def test_of_two_objects_for_a_room_applied_together_one_starts(world: World) -> None:
    for pair in range(5):
        room = f"{world.namespace}-shared-{pair}"
        world.zego.room(room)
        names = (f"one-{pair}", f"other-{pair}")
        for name in names:
            world.cluster.apply(world.manifest(name, roomId=room, mixOutput=[{"streamId": name}]))
        until(lambda names=names: {world.reason(name) for name in names} == {"Running", "Conflict"})  # type: ignore[misc]
        assert len(world.zego.calls(room, "StartAutoMix")) == 1


def test_a_refused_start_is_not_announced_as_a_start(world: World) -> None:
    world.wait_for_app()
    manifest = world.manifest("nowhere")
    world.zego.room(manifest["spec"]["roomId"])
    world.zego.fault(Action="StartAutoMix", TaskId=manifest["spec"]["roomId"], Code=110200151, Times=9)
    world.cluster.apply(manifest)
    world.wait_for("nowhere", "ZegoFailed")
    events = until(lambda: world.events("nowhere"))
    assert [(event["type"], event["reason"]) for event in events] == [("Warning", "ZegoFailed")]
    assert "110200151" in events[0]["note"]


def test_wrong_credentials_are_told_and_mended(world: World) -> None:
    app = world.path("lobby").replace("automixes/lobby", "zegoapps/zego")
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "wrong", "namespace": world.namespace}}
    world.cluster.apply({**secret, "stringData": {"serverSecret": canary("wrong")}})
    world.cluster.ask("PATCH", app, {"spec": {"serverSecretRef": {"name": "wrong"}}}, MERGE)
    until(lambda: reasons(world.cluster.ask("GET", app)).get("Ready") == "CredentialsRejected")
    task = world.declare("lobby")
    status = world.wait_for("lobby", "CredentialsRejected")
    assert "ServerSecret" in status["conditions"][0]["message"]
    assert world.zego.calls(task) == []
    world.cluster.ask("PATCH", app, {"spec": {"serverSecretRef": {"name": "zego"}}}, MERGE)
    world.wait_for("lobby", "Running")
    assert reasons(world.cluster.ask("GET", app))["Ready"] == "CredentialsAccepted"


def test_a_cluster_app_serves_only_the_namespaces_that_it_selects(world: World) -> None:
    name = f"for-vip-{world.namespace}"
    stored = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "automix-system"}}
    world.cluster.apply({**stored, "stringData": {"serverSecret": world.secret}})
    app = {
        "appId": world.app_id,
        "endpoint": world.zego.url,
        "serverSecretRef": {"name": name, "key": "serverSecret"},
        "namespaceSelector": {"matchLabels": {"tier": "vip"}},
    }
    kind = {"apiVersion": "automix.zego.im/v1alpha1", "kind": "ClusterZegoApp"}
    world.cluster.apply({**kind, "metadata": {"name": name}, "spec": app})
    task = world.declare("lobby", appRef={"kind": "ClusterZegoApp", "name": name})
    status = world.wait_for("lobby", "AppNotAllowed")
    assert "namespaceSelector" in status["conditions"][0]["message"]
    assert world.zego.calls(task) == []
    world.cluster.apply({**kind, "metadata": {"name": name}, "spec": {**app, "namespaceSelector": {}}})
    world.wait_for("lobby", "Running")


def test_a_lost_answer_is_repeated_with_a_higher_sequence(world: World) -> None:
    manifest = world.manifest("lobby")
    task = manifest["spec"]["roomId"]
    world.zego.fault(Action="StartAutoMix", TaskId=task, Lost="after")
    world.declare("lobby")
    world.wait_for("lobby", "ZegoUnreachable")
    world.annotate("lobby", reconcile_requested_at="1")
    world.wait_for("lobby", "Running")
    sequences = [call["Parameters"]["Sequence"] for call in world.zego.calls(task, "StartAutoMix")]
    assert sequences == sorted(set(sequences))
    assert len(sequences) == 2


def test_a_removed_finalizer_comes_back(world: World) -> None:
    world.started("lobby")
    world.cluster.ask("PATCH", world.path("lobby"), {"metadata": {"finalizers": None}}, MERGE)
    until(lambda: "automix.zego.im/mix" in world.get("lobby")["metadata"].get("finalizers", []))


def test_a_call_that_began_before_the_signal_is_in_the_status(world: World, operator: Operator) -> None:
    task = world.started("lobby")
    before = world.status("lobby")
    world.zego.fault(Action="StartAutoMix", TaskId=task, DelayBefore=2)
    world.change("lobby", userData="said while leaving")
    until(lambda: world.zego.arrived(task, "StartAutoMix") == 2, of="the call is on its way")
    assert operator.terminate() == 0
    after = world.status("lobby")
    assert after["sequence"] > before["sequence"]
    assert "userData" in after["applied"]
    assert world.reason("lobby") == "Running"
    operator.start()
    world.annotate("lobby", reconcile_requested_at="1")
    until(lambda: world.status("lobby").get("lastHandledReconcileAt") == "1")
    assert len(world.zego.calls(task, "StartAutoMix")) == 2
