"""ZEGO, simulated in this process on the world's clock, behind a network that loses, delays and lies."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from typing import Any

import httpx
from pydantic import SecretStr

from automix.zego import Credentials, MixOutput, StartAutoMix, StopAutoMix, ZegoClient, ZegoError
from automix_devkit.simulator import Fault, Request, Simulator, SimulatorSettings, mock_transport
from automix_devkit.simulator.engine import Exchange
from automix_devkit.simulator.model import LostError
from automix_devkit.simulator.state import TaskState
from model.loop import VirtualLoop
from model.process import CALLER, Process
from model.story import Story
from support.canaries import canary
from support.sent import query_of

Json = dict[str, Any]

APP_ID = 4711
SECRET = canary("model")
_CREDENTIALS = Credentials(app_id=APP_ID, server_secret=SecretStr(SECRET))
CHANGES = ("StartAutoMix", "StopAutoMix")
# What started so short before a claim counts as started under it (docs/limits.md), and the call comes later still.
_YOUNG_SECONDS = 35.0
_LOST = {"before": httpx.ConnectError, "after": httpx.ReadError, "midway": httpx.RemoteProtocolError}


class Zego:
    """The simulator, what befalls the calls to it, and what is noticed about them."""

    def __init__(self, loop: VirtualLoop, clock: Callable[[], float], story: Story) -> None:
        self.simulator = Simulator(SimulatorSettings(log_size=1000), clock)
        self.simulator.add_app(APP_ID, SECRET)
        self.faults: list[Fault] = []
        """What befalls calls to come; without an action the next that changes a mix."""
        self.watch_calls: Callable[[Process, str, str, Json], None] = lambda *_: None
        """Told of every change that is sent: by which process, for which AutoMix, the action and the body."""
        self.is_leaving: Callable[[Process, str], bool] = lambda *_: False
        """Tells whether a process's AutoMix, by its name, is being deleted."""
        self.untold: set[str] = set()
        """Tasks that ZEGO said it had changed or stopped, and had not, where GetMixTaskInfo shows nothing of that."""
        self.survivors: set[str] = set()
        """Tasks that ZEGO said it had stopped to be replaced, and had not: they are older than the claim to do so."""
        self._loop = loop
        self._clock = clock
        self._story = story
        self._under_way: Counter[tuple[str, str]] = Counter()
        self._sequences: Counter[tuple[str, str]] = Counter()
        self.late: set[asyncio.Task[httpx.Response | httpx.TransportError]] = set()
        """What is on its way."""

    def tasks(self) -> list[TaskState]:
        """Return what runs."""
        return self.simulator.state().tasks

    def task(self, task_id: str) -> TaskState | None:
        """Return a running task."""
        return next((task for task in self.tasks() if task.task_id == task_id), None)

    async def meddle(self, room: str, task_id: str, user_id: str, sequence: int, how: str) -> None:
        """Start a task, stop it, or stop and start it, whoever runs it; what ZEGO refuses is nobody's trouble."""
        client = ZegoClient(_CREDENTIALS, clock=self._clock, transport=mock_transport(self.simulator))
        output = (MixOutput(stream_id=f"{task_id}-of-somebody"),)
        with contextlib.suppress(ZegoError):
            if how != "starts":
                await client.stop_auto_mix(
                    StopAutoMix(task_id=task_id, room_id=room, user_id=user_id, sequence=sequence)
                )
        with contextlib.suppress(ZegoError):
            if how != "stops":
                await client.start_auto_mix(
                    StartAutoMix(
                        task_id=task_id, room_id=room, user_id=user_id, sequence=sequence + 1, mix_output=output
                    )
                )
        await client.aclose()

    async def call(self, process: Process, request: httpx.Request) -> httpx.Response:
        """Carry a call of a process there, and the answer back. Raises httpx.TransportError."""
        query = query_of(request).multi_items()
        action = dict(query)["Action"]
        body: Json = json.loads(await request.aread() or b"{}")
        task_id = body.get("TaskId") or dict(query).get("TaskId", "")
        what = f"{action} for {task_id}"
        self._under_way[process.name, task_id] += 1
        try:
            if not process.dead and task_id and self._under_way[process.name, task_id] > 1:
                self._story.accuse(f"{process.name} has two calls for {task_id} under way")
            answer = await process.request(
                what, lambda: self._network(process, body, request, query), counted=True, kube=False
            )
        finally:
            self._under_way[process.name, task_id] -= 1
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer

    def _notice(self, process: Process, action: str, body: Json) -> None:
        if action not in CHANGES:
            self._story.tell(f"    {process.name} sends {action}")
            return
        who, sequence = (process.name, body["UserId"]), body["Sequence"]
        self._story.tell(f"    {process.name} sends {action} for {body['TaskId']} with Sequence {sequence}")
        if sequence <= self._sequences[who]:
            self._story.accuse(f"{action} has Sequence {sequence} after {self._sequences[who]} of the same user id")
        self._sequences[who] = max(sequence, self._sequences[who])
        self.watch_calls(process, CALLER.get(), action, body)

    async def _network(
        self, process: Process, body: Json, request: httpx.Request, query: list[tuple[str, str]]
    ) -> httpx.Response | httpx.TransportError:
        """Let the call go its way, which it does whatever becomes of its caller."""
        action = dict(query)["Action"]
        self._notice(process, action, body)
        fault = next((fault for fault in self.faults if fault.action == (None if action in CHANGES else action)), None)
        if fault is not None:
            self.faults.remove(fault)
            self.simulator.add_fault(fault)
        if action in CHANGES:
            replaces = not self.is_leaving(process, CALLER.get())
            self._note_lie(action, body["TaskId"], lies=fault is not None and fault.code == 0, replaces=replaces)
        exchange = self.simulator.exchange(
            Request(request.method, request.url.path, query, dict(request.headers), request.content)
        )
        journey = self._loop.create_task(_travel(exchange, request), context=Context())  # of nobody's process
        self.late.add(journey)
        journey.add_done_callback(self.late.discard)
        return await asyncio.shield(journey)

    def _note_lie(self, action: str, task_id: str, *, lies: bool, replaces: bool) -> None:
        task = self.task(task_id)
        if task is None and action == "StartAutoMix" and not lies:
            self.untold.discard(task_id)  # it begins, as it is declared
            self.survivors.discard(task_id)
        elif task is not None and lies:
            if action == "StopAutoMix" and replaces:
                self.survivors.add(task_id)
            if action == "StartAutoMix" or self._clock() - task.started < _YOUNG_SECONDS:
                # Of a stop, the age of what runs on tells, unless what was started after it may be as old.
                self.untold.add(task_id)

    def lose_claim(self, task_id: str) -> None:
        """Take note that nothing tells any more what a task must not be older than."""
        self.untold |= {task_id} & self.survivors


async def _travel(exchange: Exchange, request: httpx.Request) -> httpx.Response | httpx.TransportError:
    try:
        for pause in exchange:
            await asyncio.sleep(pause)
    except LostError as lost:
        return _LOST[lost.when]("connection dropped", request=request)
    answer = exchange.response
    return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)


class Line(httpx.AsyncBaseTransport):
    """What carries the calls of one process."""

    def __init__(self, zego: Zego, process: Process) -> None:
        self._zego = zego
        self._process = process

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one call."""
        return await self._zego.call(self._process, request)
