"""Two operators, of which one acts: what happens to the rooms when that one ends, hangs, or cannot be reached."""

import base64
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import httpx
import pytest

from automix.kube.lease import lease_path
from automix_devkit.manifests import NAME, NAMESPACE
from support.calls import Answer, Call, Hold, Moment, Verdict
from support.canaries import canary
from support.operator import Operator, free_port
from support.proxy import Proxy, proxied, proxied_api_server
from support.waiting import until
from support.world import World
from support.zego import SimulatedZego

LOOK = "GetMixTaskInfo"
START = "StartAutoMix"
ACTS = "this process acts from now on"
SHORT = {"AUTOMIX_LEASE_SECONDS": "3"}
OFTEN = {"driftCheckInterval": "1s"}
"""Who acts has a call to make each second, whatever becomes of the API server."""
CROWD = [f"room-{number}" for number in range(8)]


class Sent(NamedTuple):
    """A call to ZEGO: by whom, what, and about which task, when it came, in Unix seconds."""

    name: str
    action: str
    task: str
    at: float


class Pair:
    """Two operators that want one Lease; the first has it. Each calls ZEGO through a proxy of its own."""

    def __init__(self, world: World, kubeconfigs: tuple[Path, Path], logs: Path, **settings: str) -> None:
        self._stack = ExitStack()
        # The next pair would wait for its end.
        self._stack.callback(world.cluster.request, "DELETE", lease_path(NAMESPACE, NAME))
        self.sent: list[Sent] = []
        """What either has called, in the order in which it came."""
        self.ports = (free_port(), free_port())
        self.first, self.second = (
            Operator(
                kubeconfig,
                logs / f"{world.namespace}-{name}.log",
                *("--namespace", world.namespace, "--probe-port", str(port)),
                **{
                    "AUTOMIX_LEASE_NAME": NAME,
                    "AUTOMIX_INSTANCE": name,
                    "HTTP_PROXY": self._on_the_way_to(world.zego, name),
                    **settings,
                },
            )
            for name, kubeconfig, port in zip(("first", "second"), kubeconfigs, self.ports, strict=True)
        )
        for operator in (self.first, self.second):
            self._stack.callback(operator.kill)

    def __enter__(self) -> Self:
        """Start both."""
        with self._stack:
            self.first.start()
            until(lambda: ACTS in self.first.text(), of="the first acts")
            self.second.start()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End whatever runs."""
        self._stack.close()

    def callers(self, task: str) -> list[str]:
        """Return who called for a mix, one after another; who calls again after the other is there twice."""
        return [name for name, _ in groupby(call.name for call in self.sent if call.task == task)]

    def actions(self, name: str) -> set[str]:
        """Return what one of them has called for mixes."""
        return {call.action for call in self.sent if call.name == name} & {START, "StopAutoMix", LOOK}

    def _on_the_way_to(self, zego: SimulatedZego, name: str) -> str:
        proxy = self._stack.enter_context(proxied(zego.url))

        def note(call: Call, moment: Moment) -> None:
            if moment is Moment.ARRIVED:
                self.sent.append(Sent(name, call.kind, call.task, time.time()))

        proxy.hook = note
        return proxy.url


@pytest.fixture
def pair(world: World, kubeconfig: Path, logs: Path, request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Two operators and a mix that runs; at the end there were never two who called for it, by ZEGO's own log."""
    with Pair(world, (kubeconfig, kubeconfig), logs, **getattr(request, "param", {})) as pair:
        task = world.started("lobby", **OFTEN)
        until(lambda: world.zego.calls(task, LOOK), of="the first look is over")
        yield pair
    assert pair.callers(task) in (["first"], ["first", "second"])
    logged = Counter(call["Action"] for call in world.zego.calls(task))
    assert logged <= Counter(call.action for call in pair.sent if call.task == task), "a call was by neither"


def task_of(world: World, name: str) -> str:
    """Return the task of a mix."""
    return str(world.get(name)["spec"]["roomId"])


def kept_for(world: World) -> float:
    """Return for how many seconds the second has renewed the Lease."""
    spec = world.cluster.ask("GET", lease_path(NAMESPACE, NAME))["spec"]
    taken, renewed = (datetime.fromisoformat(spec[name]) for name in ("acquireTime", "renewTime"))
    return (renewed - taken).total_seconds() if spec["holderIdentity"] == "second" else 0.0


def starts(world: World) -> int:
    """Return how often the mix was started or changed."""
    return len(world.zego.calls(task_of(world, "lobby"), START))


def change(world: World, text: str, *, within: float) -> None:
    """Change the mix and wait until ZEGO runs the change, and the status says so."""
    world.change("lobby", userData=text)
    until(lambda: runs(world, text), within=within, of=f"the mix has the text {text}")


def runs(world: World, text: str, name: str = "lobby") -> bool:
    """Whether ZEGO runs a mix with a text, and the status says so."""
    encoded = base64.b64encode(text.encode()).decode()
    mix = world.zego.task(task_of(world, name))
    return mix is not None and mix["UserData"] == encoded and world.reason(name) == "Running"


def restart(world: World, request: str) -> None:
    """Have the mix stopped and started, and wait until it was, and has been looked at since."""
    before = world.status("lobby")["sequence"]
    looks = len(world.zego.calls(task_of(world, "lobby"), LOOK))
    world.annotate("lobby", restart_requested_at=request)
    until(lambda: world.status("lobby")["sequence"] > before, of="it was started again")
    until(lambda: len(world.zego.calls(task_of(world, "lobby"), LOOK)) > looks, of="it was looked at")


def test_the_second_does_nothing_while_the_first_acts(world: World, pair: Pair) -> None:
    change(world, "one", within=10)

    assert starts(world) == 2
    assert ACTS not in pair.second.text()


def test_both_are_ready_and_alive(world: World, pair: Pair) -> None:
    # A probe asks for what the one before has put into the queues.
    for text in ("one", "two"):
        for port in pair.ports:
            assert [probe(port, path) for path in ("livez", "readyz")] == [(200, "ok"), (200, "ok")]
        change(world, text, within=10)


def test_both_stay_ready_whatever_zego_thinks_of_an_apps_credentials(world: World, pair: Pair) -> None:
    world.zego.app(world.app_id, canary("lost"))
    world.change("lobby", userData="one")
    world.wait_for("lobby", "CredentialsRejected")

    assert [probe(port, "readyz") for port in pair.ports] == [(200, "ok"), (200, "ok")]


def test_after_a_rollout_the_next_acts_within_two_seconds(world: World, pair: Pair) -> None:
    with httpx.Client(trust_env=False) as scraper:
        # Who scrapes the metrics keeps the connection, and the first has it open for as long as it may.
        assert scraper.get(f"http://127.0.0.1:{pair.ports[0]}/metrics").is_success
        pair.first.interrupt()
        until(lambda: ACTS in pair.second.text(), within=2, of="the second acts")
    # Half a second until it looks at the Lease, one without calls; the rest is for a slow machine.
    change(world, "one", within=4)

    assert pair.first.ends(within=20) == 0
    assert starts(world) == 2


def test_one_that_cannot_record_what_it_did_leaves_the_lease_to_run_out(
    world: World, kubeconfig: Path, logs: Path, tmp_path: Path, cluster_proxy: Proxy
) -> None:
    def forget(call: Call, moment: Moment) -> Verdict:
        return Answer(500) if moment is Moment.ARRIVED and call.kind == "PATCH automixes/status" else None

    kubeconfigs = cluster_proxy.write_kubeconfig(tmp_path / "proxied"), kubeconfig
    past = {"NO_PROXY": urlsplit(cluster_proxy.url).netloc, "AUTOMIX_LEASE_SECONDS": "6"}
    with Pair(world, kubeconfigs, logs, **past) as pair:
        world.started("lobby")
        cluster_proxy.hook = forget
        world.change("lobby", userData="one")
        until(lambda: starts(world) == 2, of="the first changes it")
        assert pair.first.terminate() == 0
        assert world.cluster.ask("GET", lease_path(NAMESPACE, NAME))["spec"]["holderIdentity"] == "first"
        until(lambda: runs(world, "one"), within=20, of="the second has it recorded")

    # Nothing told the second of the change, and to make it once more is inaudible.
    assert starts(world) == 3


def test_one_whose_mixes_wait_for_their_turn_hands_over_all_the_same(
    world: World, kubeconfig: Path, logs: Path
) -> None:
    with Pair(world, (kubeconfig, kubeconfig), logs) as pair:
        tasks = [world.started(name, **OFTEN) for name in CROWD]
        world.wait_until_drift_is_verified()
        world.limit(start=1)
        for task in tasks:
            world.zego.kill(task)
        # A second apart: whoever waits for the next knows by then that its mix has ended.
        until(lambda: sum(len(world.zego.calls(task, START)) > 1 for task in tasks) > 1, of="two are started again")
        assert pair.first.terminate() == 0
        assert not all(world.zego.task(task) for task in tasks)
        assert world.cluster.ask("GET", lease_path(NAMESPACE, NAME))["spec"]["holderIdentity"] in {"", "second"}
        until(lambda: all(world.zego.task(task) for task in tasks), within=20, of="the second starts the others")


def test_one_whose_last_call_takes_longer_than_the_lease_lasts_records_it_and_hands_over(
    world: World, kubeconfig: Path, logs: Path
) -> None:
    with Pair(world, (kubeconfig, kubeconfig), logs, **SHORT) as pair:
        task = world.started("lobby")
        world.zego.fault(Action=START, TaskId=task, DelayAfter=9)
        world.change("lobby", userData="slowly")
        until(lambda: world.zego.arrived(task, START) == 2, of="the call is under way")
        assert pair.first.terminate() == 0
        assert world.cluster.ask("GET", lease_path(NAMESPACE, NAME))["spec"]["holderIdentity"] in {"", "second"}
        until(lambda: runs(world, "slowly"), of="it is recorded")
        change(world, "by the second", within=10)

    assert starts(world) == 3, "what was recorded is not sent again"


def test_a_list_that_takes_longer_than_the_lease_lasts_costs_nobody_the_lease(
    world: World, kubeconfig: Path, logs: Path, tmp_path: Path, cluster_proxy: Proxy
) -> None:
    held = Hold()
    kubeconfigs = kubeconfig, cluster_proxy.write_kubeconfig(tmp_path / "proxied")
    past = {"NO_PROXY": urlsplit(cluster_proxy.url).netloc, **SHORT}
    with Pair(world, kubeconfigs, logs, **past) as pair:
        world.started("lobby")
        until(lambda: "watching" in pair.second.text(), of="the second is ready")
        lists = "LIST automixes"
        cluster_proxy.hook = lambda call, moment: held if call.kind == lists and moment is Moment.ARRIVED else None
        assert pair.first.terminate() == 0
        assert held.reached.wait(20), "the second lists"
        until(lambda: kept_for(world) > 2 * float(SHORT["AUTOMIX_LEASE_SECONDS"]), of="it keeps the Lease meanwhile")
        cluster_proxy.hook = None
        held.release()
        change(world, "after the list", within=10)
        assert pair.second.terminate() == 0


def test_after_a_kill_the_next_acts_within_twenty_seconds(world: World, pair: Pair) -> None:
    pair.first.kill()
    change(world, "one", within=20)

    assert starts(world) == 2


def test_whatever_is_to_be_called_is_called_by_one_and_then_by_the_other(world: World, pair: Pair) -> None:
    restart(world, "one")
    assert pair.first.terminate() == 0
    restart(world, "two")
    world.delete("lobby")
    world.wait_until_gone("lobby")

    assert pair.actions("first") == pair.actions("second") == {START, "StopAutoMix", LOOK}


@pytest.mark.parametrize(
    ("pair", "seconds"),
    [
        pytest.param(SHORT, 0, id="as soon as another acted on three edits"),
        pytest.param({}, 60, id="after a minute, with the usual Lease"),
    ],
    indirect=["pair"],
)
def test_one_that_hung_and_wakes_up_when_another_acts_sends_nothing_and_ends(
    world: World, pair: Pair, seconds: float
) -> None:
    paused = time.monotonic()
    pair.first.pause()
    for text in ("one", "two", "three"):
        change(world, text, within=20)
    until(lambda: time.monotonic() >= paused + seconds, within=seconds + 1)
    writes = world.all_writes()
    pair.first.resume()

    assert pair.first.ends(within=20) == 1
    assert "lease" in pair.first.last_word()
    assert starts(world) == 4
    assert world.all_writes() == writes


def test_one_that_cannot_reach_the_api_server_stops_acting_before_another_may_act_whatever_is_due(
    world: World, kubeconfig: Path, logs: Path, tmp_path: Path, cluster_proxy: Proxy
) -> None:
    renewals: list[float] = []

    def note(call: Call, moment: Moment) -> None:
        if call.kind == "PATCH leases" and moment is Moment.ANSWERED:
            renewals.append(time.time())

    cluster_proxy.hook = note
    kubeconfigs = cluster_proxy.write_kubeconfig(tmp_path / "proxied"), kubeconfig
    past = {"NO_PROXY": urlsplit(cluster_proxy.url).netloc, "AUTOMIX_LEASE_SECONDS": "6"}
    with Pair(world, kubeconfigs, logs, **past) as pair:
        tasks = [world.declare(name, **OFTEN) for name in CROWD]
        until(lambda: all(len(world.zego.calls(task, LOOK)) > 1 for task in tasks), within=40, of="all are looked at")
        cluster_proxy.freeze()
        frozen = time.time()
        world.change(CROWD[0], userData="one")
        assert pair.first.ends(within=30) == 1
        until(lambda: runs(world, "one", CROWD[0]), within=20, of="the second acts")
        until(lambda: all(pair.callers(task) == ["first", "second"] for task in tasks), of="the second looks")
        taken = datetime.fromisoformat(world.cluster.ask("GET", lease_path(NAMESPACE, NAME))["spec"]["acquireTime"])
        cluster_proxy.thaw()

    assert "lease" in pair.first.last_word()
    last = max(call.at for call in pair.sent if call.name == "first")
    # Nothing was in its way but the Lease: four of six seconds it may act; half of the rest is for a slow machine.
    assert len([call for call in pair.sent if call.name == "first" and call.at > frozen]) >= len(CROWD)
    assert last < max(renewals) + 5
    assert last < taken.timestamp()
    assert [pair.callers(task) for task in tasks] == [["first", "second"]] * len(tasks)


def probe(port: int, path: str) -> tuple[int, str]:
    """Return what a probe of the kubelet would get."""
    answer = httpx.get(f"http://127.0.0.1:{port}/{path}", trust_env=False)
    return answer.status_code, answer.text


@pytest.fixture
def cluster_proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    """What stands between the first operator and the API server."""
    with proxied_api_server(request.getfixturevalue("cluster")) as proxy:
        yield proxy
