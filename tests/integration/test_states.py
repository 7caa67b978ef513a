"""The table of states: one way into each of them, with the real operator, and what a user sees there."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from automix.core.states import STATES, Reason
from support.calls import Call, Hold, Moment, Verdict
from support.canaries import canary
from support.cluster import GROUP
from support.operator import Operator
from support.proxy import Proxy, proxied_api_server
from support.waiting import until
from support.world import MERGE, World

QUICK = {"driftCheckInterval": "1s"}
OLD_ENOUGH = 8
"""Seconds after which the age of a mix tells it from one that was just started."""
USER = "someone"


def running(world: World) -> None:
    world.declare("lobby")


def updating(world: World) -> None:
    until(lambda: time.time() > world.status("lobby")["sequence"] + 2, of="its next call may follow at once")
    without = {"metadata": {"finalizers": None}, "spec": {"userData": "changed"}}
    world.cluster.ask("PATCH", world.path("lobby"), without, MERGE)


def replacing(world: World) -> None:
    world.change("lobby", recvBufferLevel=200)


def update_pending(world: World) -> None:
    world.started("lobby", updatePolicy="Manual")
    world.change("lobby", recvBufferLevel=200)


def adopted(world: World) -> None:
    foreign_start(world, int(time.time()) - 100)
    world.zego.make_older(room(world), OLD_ENOUGH)
    world.declare("lobby", userId=USER, **QUICK)


def waiting_for_room(world: World) -> None:
    world.cluster.apply(world.manifest("lobby"))


def ended(world: World) -> None:
    seen_to_run(world, restartPolicy="Never")
    world.zego.kill(room(world))


def keeps_ending(world: World) -> None:
    seen_to_run(world)
    for _ in range(2):
        sequence = world.status("lobby")["sequence"]
        until(lambda: world.zego.task(room(world)), of="it runs")
        world.zego.kill(room(world))
        until(
            lambda before=sequence: (  # type: ignore[misc]
                world.reason("lobby") == "MixKeepsEnding" or world.status("lobby")["sequence"] > before
            ),
            of="that it ended is known",
        )


def suspended(world: World) -> None:
    world.started("lobby")
    world.change("lobby", suspend=True)


def conflict(world: World) -> None:
    world.started("first")
    world.declare("lobby", roomId=world.get("first")["spec"]["roomId"], mixOutput=[{"streamId": "another"}])


def conflict_over_an_output(world: World) -> None:
    world.started("first", mixOutput=[{"streamId": f"{world.namespace}-wanted"}])
    world.started("lobby")
    world.change("lobby", mixOutput=[{"streamId": f"{world.namespace}-wanted"}])


def invalid_spec(world: World) -> None:
    world.zego.fault(Action="StartAutoMix", TaskId=room(world), Code=110200002)
    world.declare("lobby")


def already_running(world: World) -> None:
    foreign_start(world, int(time.time()) - 100)
    world.declare("lobby", userId=USER, adoptionPolicy="Refuse")


def managed_elsewhere(world: World) -> None:
    seen_to_run(world, userId=USER)
    for _ in range(2):
        until(lambda: world.zego.age(room(world)) > OLD_ENOUGH, of="its age tells it from another")
        world.zego.kill(room(world))
        foreign_start(world, int(time.time()) - 1)
        until(lambda: world.reason("lobby") in {"Adopted", "ManagedElsewhere"}, of="it is seen to be another's")


def app_not_found(world: World) -> None:
    world.declare("lobby", appRef={"kind": "ZegoApp", "name": "missing"})


def app_not_allowed(world: World) -> None:
    name = f"for-vip-{world.namespace}"
    metadata = {"name": name, "namespace": "automix-system"}
    world.cluster.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"serverSecret": world.secret}}
    )
    spec = {
        "appId": world.app_id,
        "endpoint": world.zego.url,
        "serverSecretRef": {"name": name, "key": "serverSecret"},
        "namespaceSelector": {"matchLabels": {"tier": "vip"}},
    }
    kind = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "ClusterZegoApp"}
    world.cluster.apply({**kind, "metadata": {"name": name}, "spec": spec})
    world.declare("lobby", appRef={"kind": "ClusterZegoApp", "name": name})


def credentials_rejected(world: World) -> None:
    # An app of its own: what worked once is used until ZEGO refuses it.
    metadata = {"name": "wrong", "namespace": world.namespace}
    secret = {"serverSecret": canary("wrong")}
    world.cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": secret})
    world.add_app("wrong", serverSecretRef={"name": "wrong", "key": "serverSecret"})
    world.declare("lobby", appRef={"kind": "ZegoApp", "name": "wrong"})


def service_not_enabled(world: World) -> None:
    world.zego.fault(Action="StartAutoMix", TaskId=room(world), Code=110200157, Times=100)
    world.declare("lobby")


def unreachable(world: World) -> None:
    world.zego.fault(Action="StartAutoMix", TaskId=room(world), Lost="before", Times=100)
    world.declare("lobby")


def failed(world: World) -> None:
    world.zego.fault(Action="StartAutoMix", TaskId=room(world), Code=110200001, Times=100)
    world.declare("lobby")


def throttled(world: World) -> None:
    world.zego.fault(Action="StartAutoMix", TaskId=room(world), Code=110200005, Times=100)
    world.declare("lobby")


def stopping(world: World) -> None:
    world.started("lobby")
    world.zego.fault(Action="StopAutoMix", TaskId=room(world), Code=110200001, Times=100)
    world.delete("lobby")


WAYS: dict[str, tuple[Reason, Callable[[World], None], str]] = {
    # What is in the spec, at ZEGO and in the room: the reason, the way there, and whether a mix is Active.
    "what was declared runs": (Reason.RUNNING, running, "True"),
    "an audible change waits for a person": (Reason.UPDATE_PENDING, update_pending, "True"),
    "somebody else had started the mix": (Reason.ADOPTED, adopted, "True"),
    "nobody is in the room": (Reason.WAITING_FOR_ROOM, waiting_for_room, "False"),
    "the mix ended and is not to be started again": (Reason.ENDED, ended, "False"),
    "the mix ends again and again": (Reason.MIX_KEEPS_ENDING, keeps_ending, "False"),
    "a running mix is suspended": (Reason.SUSPENDED, suspended, "True"),
    "the room is another object's": (Reason.CONFLICT, conflict, "False"),
    "an output is another object's, and the old mix runs on": (Reason.CONFLICT, conflict_over_an_output, "True"),
    "ZEGO refuses the spec": (Reason.INVALID_SPEC, invalid_spec, "False"),
    "adoption is refused": (Reason.ALREADY_RUNNING, already_running, "False"),
    "somebody else takes the mix over twice": (Reason.MANAGED_ELSEWHERE, managed_elsewhere, "True"),
    "the app does not exist": (Reason.APP_NOT_FOUND, app_not_found, "Unknown"),
    "the app is not for the namespace": (Reason.APP_NOT_ALLOWED, app_not_allowed, "Unknown"),
    "the ServerSecret is wrong": (Reason.CREDENTIALS_REJECTED, credentials_rejected, "Unknown"),
    "mixing is not enabled": (Reason.SERVICE_NOT_ENABLED, service_not_enabled, "Unknown"),
    "ZEGO does not answer": (Reason.ZEGO_UNREACHABLE, unreachable, "False"),
    "ZEGO has trouble": (Reason.ZEGO_FAILED, failed, "False"),
    "ZEGO has too many calls": (Reason.THROTTLED, throttled, "False"),
    "the mix of a deleted object cannot be stopped": (Reason.STOPPING, stopping, "True"),
}

INTERRUPTED: dict[str, tuple[Reason, Callable[[World], None], str]] = {
    # The operator is told to end while its claim is on the way.
    "the operator ends before a start": (Reason.STARTING, running, "False"),
    "the operator ends before a change in place": (Reason.UPDATING, updating, "True"),
    "the operator ends before a replacement": (Reason.REPLACING, replacing, "True"),
}


def test_each_row_has_a_way_into_it() -> None:
    assert {reason for reason, _, _ in (*WAYS.values(), *INTERRUPTED.values())} == STATES.keys()


class Interrupted:
    """An operator behind a proxy that holds its next claim, until it was told to end."""

    def __init__(self, proxy: Proxy, operator: Operator) -> None:
        self._proxy = proxy
        self._operator = operator

    def while_it_claims(self, then: Callable[[], None]) -> None:
        """Let something happen that it has to claim, and end it meanwhile."""
        hold = Hold()

        def hold_claims(call: Call, moment: Moment) -> Verdict:
            return hold if (call.kind, moment) == ("PATCH automixes", Moment.EFFECT) else None

        self._proxy.hook = hold_claims
        then()
        assert hold.reached.wait(20), "the claim is on its way"
        self._operator.interrupt()
        until(lambda: "stopping" in self._operator.text().lower(), within=5, of="the operator has heard of it")
        hold.release()
        assert self._operator.ends(within=40) == 0


@pytest.fixture
def interrupted(world: World, logs: Path, tmp_path: Path) -> Iterator[Interrupted]:
    """An operator of the world's own."""
    log = logs / f"interrupted-in-{world.namespace}.log"
    with proxied_api_server(world.cluster) as proxy:
        kubeconfig = proxy.write_kubeconfig(tmp_path / "kubeconfig")
        with Operator(kubeconfig, log, "--namespace", world.namespace) as operator:
            yield Interrupted(proxy, operator)


@pytest.mark.parametrize(("reason", "way", "active"), INTERRUPTED.values(), ids=INTERRUPTED)
def test_what_the_operator_leaves_undone_is_told(
    world: World, interrupted: Interrupted, reason: Reason, way: Callable[[World], None], active: str
) -> None:
    world.wait_for_app()
    if reason is not Reason.STARTING:
        world.started("lobby")
    interrupted.while_it_claims(lambda: way(world))
    assert_told(world, reason, active)


# Below the interrupted ones, in whose namespaces the module's operator would act as well.
@pytest.mark.parametrize(("reason", "way", "active"), WAYS.values(), ids=WAYS)
def test_a_state_is_entered_and_told(
    world: World, operator: Operator, reason: Reason, way: Callable[[World], None], active: str
) -> None:
    del operator
    world.wait_for_app()
    way(world)
    world.wait_for("lobby", reason, within=40)
    assert_told(world, reason, active)


def assert_told(world: World, reason: Reason, active: str) -> None:
    """Assert that conditions and columns are as the table of states says."""
    row = STATES[reason]
    stored = world.get("lobby")
    conditions = {condition["type"]: condition for condition in stored["status"]["conditions"]}
    assert {kind: condition["status"] for kind, condition in conditions.items()} == {
        "Ready": row.ready,
        "Active": row.active or active,
        **({"Reconciling": "True"} if row.reconciling else {}),
        **({"Stalled": "True"} if row.stalled else {}),
    }
    assert {condition["reason"] for condition in conditions.values()} == {reason}
    assert all(condition["message"] for condition in conditions.values())
    columns = printed(world)
    shown = {"Room": stored["spec"]["roomId"], "Ready": row.ready, "Active": row.active or active, "Reason": reason}
    assert {name: columns[name] for name in shown} == shown


def printed(world: World) -> dict[str, object]:
    """Return what `kubectl get` prints of the object, by column."""
    accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    table = world.cluster.http.get(world.path("lobby"), headers=accept).json()
    names = [column["name"] for column in table["columnDefinitions"]]
    return dict(zip(names, table["rows"][0]["cells"], strict=True))


def room(world: World) -> str:
    """Return the room of the mix, which is its task as well."""
    name: str = world.manifest("lobby")["spec"]["roomId"]
    return name


def seen_to_run(world: World, **spec: object) -> None:
    """Start the mix, and wait until a look has shown it."""
    world.started("lobby", **QUICK, **spec)
    until(lambda: world.zego.calls(room(world), "GetMixTaskInfo"), of="the query has shown the mix")


def foreign_start(world: World, sequence: int) -> None:
    """Start the mix as somebody else would."""
    world.zego.room(room(world))
    outputs = [{"StreamId": f"{room(world)}-mix"}]
    app = (world.app_id, world.secret)
    world.zego.start(app, sequence, TaskId=room(world), UserId=USER, RoomId=room(world), MixOutput=outputs)
