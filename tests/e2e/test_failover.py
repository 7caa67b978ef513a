"""Two operators, of which one acts: what happens to the rooms when that one ends, hangs, or cannot be reached."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
import pytest

from automix.kube.lease import lease_path
from automix_devkit.manifests import NAME, NAMESPACE
from support.operator import Operator, free_port
from support.proxy import Call, Moment, Proxy, proxied, proxied_api_server
from support.waiting import until
from support.world import World
from support.zego import SimulatedZego

ACTS = "this process acts from now on"
SHORT = {"AUTOMIX_LEASE_SECONDS": "3"}


class Pair:
    """Two operators that want one Lease; the first has it. Each calls ZEGO through a proxy of its own."""

    def __init__(self, world: World, kubeconfigs: tuple[Path, Path], logs: Path, **settings: str) -> None:
        self._stack = ExitStack()
        # The next pair would wait for its end.
        self._stack.callback(world.cluster.request, "DELETE", lease_path(NAMESPACE, NAME))
        self._starts: list[tuple[str, str]] = []
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
        """Return who started or changed a mix, one after another; who calls again after the other is there twice."""
        return [name for name, _ in groupby(name for name, called in self._starts if called == task)]

    def _on_the_way_to(self, zego: SimulatedZego, name: str) -> str:
        proxy = self._stack.enter_context(proxied(zego.url))

        def note(call: Call, moment: Moment) -> None:
            if moment is Moment.ARRIVED and call.kind == "StartAutoMix":
                self._starts.append((name, json.loads(call.body)["TaskId"]))

        proxy.hook = note
        return proxy.url


@pytest.fixture
def pair(world: World, kubeconfig: Path, logs: Path, request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Two operators and a mix that runs; at the end there were never two who called for it."""
    with Pair(world, (kubeconfig, kubeconfig), logs, **getattr(request, "param", {})) as pair:
        world.started("lobby", driftCheckInterval="10m")
        until(lambda: world.zego.calls(task(world), "GetMixTaskInfo"), of="the first look is over")
        yield pair
    assert pair.callers(task(world)) in (["first"], ["first", "second"])


def task(world: World) -> str:
    """Return the task of the mix."""
    return str(world.get("lobby")["spec"]["roomId"])


def starts(world: World) -> int:
    """Return how often the mix was started or changed."""
    return len(world.zego.calls(task(world), "StartAutoMix"))


def change(world: World, text: str, *, within: float) -> None:
    """Change the mix and wait until ZEGO runs the change, and the status says so."""
    world.change("lobby", userData=text)
    until(lambda: runs(world, text), within=within, of=f"the mix has the text {text}")


def runs(world: World, text: str) -> bool:
    """Whether ZEGO runs the mix with a text, and the status says so."""
    encoded = base64.b64encode(text.encode()).decode()
    mix = world.zego.task(task(world))
    return mix is not None and mix["UserData"] == encoded and world.reason("lobby") == "Running"


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


def test_after_a_rollout_the_next_acts_within_two_seconds(world: World, pair: Pair) -> None:
    assert pair.first.terminate() == 0
    until(lambda: ACTS in pair.second.text(), within=2, of="the second acts")
    # A Sequence of the same second may have been sent by the first.
    change(world, "one", within=5)

    assert starts(world) == 2


def test_after_a_kill_the_next_acts_within_twenty_seconds(world: World, pair: Pair) -> None:
    pair.first.kill()
    change(world, "one", within=20)

    assert starts(world) == 2


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


def test_one_that_cannot_reach_the_api_server_ends_before_another_acts(
    world: World, kubeconfig: Path, logs: Path, tmp_path: Path, cluster_proxy: Proxy
) -> None:
    kubeconfigs = cluster_proxy.write_kubeconfig(tmp_path / "proxied"), kubeconfig
    with Pair(world, kubeconfigs, logs, NO_PROXY=urlsplit(cluster_proxy.url).netloc, **SHORT) as pair:
        world.started("lobby", driftCheckInterval="10m")
        cluster_proxy.freeze()
        world.change("lobby", userData="one")
        assert pair.first.ends(within=30) == 1
        until(lambda: runs(world, "one"), within=20, of="the second acts")

        assert "lease" in pair.first.last_word()
        assert starts(world) == 2
        assert pair.callers(task(world)) == ["first", "second"]
        cluster_proxy.thaw()


def probe(port: int, path: str) -> tuple[int, str]:
    """Return what a probe of the kubelet would get."""
    answer = httpx.get(f"http://127.0.0.1:{port}/{path}", trust_env=False)
    return answer.status_code, answer.text


@pytest.fixture
def cluster_proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    """What stands between the first operator and the API server."""
    with proxied_api_server(request.getfixturevalue("cluster")) as proxy:
        yield proxy
