"""A stage for one story: an object, its operator, a ZEGO of its own, and proxies that see every request."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from automix import zego
from support.calls import Call, Hook
from support.canaries import Needles
from support.cluster import Cluster
from support.proxy import Proxy, proxied, proxied_api_server
from support.waiting import until
from support.world import World
from support.zego import simulated_zego
from support.zygote import ForkedOperator, Zygote

Json = dict[str, Any]

NAME = "lobby"
# Longer than the second between two calls.
_QUIET_SECONDS = 1.3
# Whole seconds of ZEGO's clock, known to half of one: a look that is due sooner may be taken for made.
_FIRST_LOOK_SECONDS = 2


class Stage:
    """What a story does and asks. The operator's requests, and its alone, pass the proxies."""

    def __init__(self, world: World, operator: ForkedOperator, proxies: tuple[Proxy, ...]) -> None:
        self.world = world
        self.zego = world.zego
        self.operator = operator
        self.room = self.task = world.manifest(NAME)["spec"]["roomId"]
        self.user = f"{world.namespace}-user"
        self.strangers_stops = 0
        """How many mixes somebody else stopped."""
        self._proxies = proxies

    def show_each_call_to(self, hook: Hook | None) -> None:
        """Have every request of the operator's go by the hook from now on."""
        for proxy in self._proxies:
            proxy.hook = hook

    def calls(self) -> list[Call]:
        """Return the operator's requests: those to the API server, then those to ZEGO."""
        return [call for proxy in self._proxies for call in proxy.calls]

    def declare(self, **spec: object) -> None:
        """Let the room exist and apply the object."""
        self.world.declare(NAME, userId=self.user, **spec)

    def started(self, **spec: object) -> None:
        """Start the operator, declare the object, and wait until the mix runs and ZEGO's query has shown it."""
        self.operator.start()
        self.declare(**spec)
        self.world.wait_for(NAME, "Running")
        until(lambda: self.looks() and self.is_quiet(), of="the first look is over")

    def looks(self) -> int:
        """Return how often ZEGO was asked about the task."""
        return len(self.zego.calls(self.task, "GetMixTaskInfo"))

    def wait_for_age(self, seconds: int) -> None:
        """Wait until the mix is so old that it cannot be taken for a newer one."""
        until(lambda: self.zego.age(self.task) >= seconds, of="the mix is old enough")

    def is_quiet(self, seconds: float = _QUIET_SECONDS) -> bool:
        """Whether the operator is up and asks for nothing any more; one that ended by itself is started again."""
        if not self.operator.alive:
            self.operator.start()
        return self.operator.watches and all(proxy.quiet_for > seconds for proxy in self._proxies)

    def stranger_starts(self, sequence: int, **parameters: Any) -> None:  # noqa: ANN401 -- a model's fields
        """Let somebody else start the task, with the credentials of the same app."""
        output = zego.MixOutput(stream_id=f"{self.room}-mix")
        ids = {"task_id": self.task, "room_id": self.room, "user_id": self.user}
        start = zego.StartAutoMix(**ids, sequence=sequence, mix_output=(output,), **parameters)
        asyncio.run(self._as_stranger(lambda client: client.start_auto_mix(start)))

    def stranger_stops(self, sequence: int) -> None:
        """Let somebody else stop the task."""
        stop = zego.StopAutoMix(task_id=self.task, room_id=self.room, user_id=self.user, sequence=sequence)
        asyncio.run(self._as_stranger(lambda client: client.stop_auto_mix(stop)))
        self.strangers_stops += 1

    async def _as_stranger(self, call: Callable[[zego.ZegoClient], Any]) -> None:
        credentials = zego.Credentials(app_id=self.world.app_id, server_secret=SecretStr(self.world.secret))
        client = zego.ZegoClient(credentials, clock=time.time, endpoint=self.zego.url)
        try:
            await call(client)
        finally:
            await client.aclose()

    def starts_and_stops(self) -> list[Json]:
        """Return the calls that change the mix, whoever made them."""
        return self.zego.calls(self.task, "StartAutoMix", "StopAutoMix")

    def gaps(self) -> int:
        """Return how often the operator stopped a mix that ran."""
        stops = [call for call in self.starts_and_stops() if call["Action"] == "StopAutoMix" and call["Code"] == 0]
        return len(stops) - self.strangers_stops

    def told(self) -> str:
        """Return what happened, a line for each request and for each line of the operator's log."""
        about = [f"  asked: {call.kind}" for call in self.calls()]
        mix = [f"  ZEGO: {call['Action']} {call['Parameters']} -> {call['Code']}" for call in self.starts_and_stops()]
        log = [f"  log: {line}" for line in self.operator.text().splitlines()]
        return "\n".join([*about, *mix, *log])


@dataclass(frozen=True)
class Scenario:
    """Something that happens to an object.

    Attributes:
        prepare: Brings the object, the operator and ZEGO to where it begins.
        trigger: Lets it happen.
        reason: What the status says in the end; "" for an object that is gone.
        runs: Parameters that ZEGO runs in the end.
        gaps: How many audible gaps it needs.
    """

    prepare: Callable[[Stage], None]
    trigger: Callable[[Stage], None]
    reason: str = "Running"
    runs: Json = field(default_factory=dict)
    gaps: int = 0

    def is_over(self, stage: Stage) -> bool:
        """Whether it has come to its end, and nothing more happens."""
        return stage.is_quiet() and not any(self.missing(stage))

    def missing(self, stage: Stage) -> Iterator[str]:
        """Yield what is not yet as it is in the end."""
        tasks = stage.zego.state()["Tasks"]
        is_there = stage.world.cluster.request("GET", stage.world.path(NAME)).is_success
        if not self.reason:
            if tasks:
                yield "a mix runs for what is gone"
            if is_there:
                yield "the object is still there"
            return
        if not is_there:
            yield "the object is not there"
            return
        reason, status = stage.world.reason(NAME), stage.world.status(NAME)
        if reason != self.reason:
            yield f"the status says {reason or 'nothing'} and not {self.reason}"
        if [task["TaskId"] for task in tasks] != [stage.task]:
            yield f"{len(tasks)} mixes run"
            return
        running = tasks[0]["Parameters"]
        if status.get("sequence") != running["Sequence"]:
            yield f"the status has sequence {status.get('sequence')}, and ZEGO runs {running['Sequence']}"
        wrong = {name: running.get(name) for name, value in self.runs.items() if running.get(name) != value}
        if wrong:
            yield f"ZEGO runs {wrong} and not {self.runs}"

    def broken(self, stage: Stage) -> Iterator[str]:
        """Yield what must never have happened."""
        if stage.gaps() > self.gaps:
            yield f"gaps: {stage.gaps()} instead of {self.gaps}"
        sequences = [call["Parameters"]["Sequence"] for call in stage.starts_and_stops()]
        if not all(earlier < later for earlier, later in pairwise(sequences)):
            yield f"Sequence does not rise: {sequences}"
        yield from (f"{breach['Kind']}: {breach['Detail']}" for breach in stage.zego.breaches())
        log = stage.operator.text()
        if "Traceback" in log:
            yield "there is a traceback in the log"
        if Needles(stage.zego.signatures).found(log):
            yield "there is a signature in the log"


class Theatre:
    """Where stages are put up, many at a time."""

    def __init__(self, cluster: Cluster, parent: Zygote, folder: Path) -> None:
        self._cluster = cluster
        self._parent = parent
        self._folder = folder

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """Put up a stage whose operator does not run yet, and which it does not outlive."""
        with ExitStack() as stack:
            simulated = stack.enter_context(simulated_zego())
            to_api_server = stack.enter_context(proxied_api_server(self._cluster))
            to_zego = stack.enter_context(proxied(simulated.url))
            world = World(self._cluster, simulated)
            world.add_app("zego", endpoint=to_zego.url)
            place = self._folder / world.namespace
            kubeconfig = to_api_server.write_kubeconfig(place.with_suffix(".kubeconfig"))
            operator = ForkedOperator(
                self._parent,
                kubeconfig,
                place.with_suffix(".log"),
                world.namespace,
                AUTOMIX_FIRST_LOOK_SECONDS=str(_FIRST_LOOK_SECONDS),
            )
            stack.callback(operator.kill)
            yield Stage(world, operator, (to_api_server, to_zego))
