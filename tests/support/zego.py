"""ZEGO simulated, behind a real socket in a thread of its own, spoken to through its admin API."""

import asyncio
import hashlib
import itertools
import json
import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import httpx

from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.gate import Call, Gate
from automix_devkit.simulator.model import Answer, Request, Response
from automix_devkit.simulator.server import serve
from automix_devkit.simulator.settings import SimulatorSettings
from support.canaries import canary

Json = dict[str, Any]

_APP_IDS = itertools.count(100001)
"""No two simulators have one: a log line or a metric with it is of one test."""


class _Gate(Gate):
    """The gate of a server whose clock is ahead of the one that mixes are timed by."""

    ahead = 0.0

    def admit(self, request: Request, now: float) -> Call:
        """Let a call in whose Timestamp is right by that clock."""
        return super().admit(request, now + self.ahead)


class _Recording(Simulator):
    """Also keeps every signature that came in, to be searched for where none may be, and which calls arrived.

    The clock of its Dates and Timestamps can be set; MixDuration passes as ever.
    """

    def __init__(self, settings: SimulatorSettings) -> None:
        super().__init__(settings, time.time)
        self.signatures: list[str] = []
        self.arrived: list[tuple[str, str]] = []
        self.busy: list[tuple[str, str]] = []
        self.bodies: list[Json] = []

    def reset(self) -> None:
        """Forget everything but the apps; the clock is right again."""
        super().reset()
        self._gate: _Gate = _Gate(self.settings, self._apps, self._log)

    def set_ahead(self, seconds: float) -> None:
        """Let the clock be so far ahead of ours; behind it, where negative."""
        self._gate.ahead = seconds

    def _envelope(self, answer: Answer) -> Response:
        response = super()._envelope(answer)
        return replace(
            response, headers={**response.headers, "Date": formatdate(time.time() + self._gate.ahead, usegmt=True)}
        )

    def _steps(self, request: Request) -> Generator[float, None, Response]:
        query = dict(request.query)
        self.signatures.extend(value for name in ("Signature", "SignatureNonce") if (value := query.get(name)))
        body = json.loads(request.body or b"{}")
        call = (query.get("Action", ""), query.get("TaskId") or body.get("TaskId", ""))
        self.arrived.append(call)
        self.bodies.append(body)
        self.busy.append(call)
        try:
            return (yield from super()._steps(request))
        finally:
            self.busy.remove(call)


class SimulatedZego:
    """What tests do with ZEGO and ask of it."""

    def __init__(self, simulator: _Recording, url: str, again: Callable[[], None]) -> None:
        self.url = url
        self._again = again
        self._set_ahead = simulator.set_ahead
        self.signatures = simulator.signatures
        self._arrived = simulator.arrived
        self._busy = simulator.busy
        self._bodies = simulator.bodies
        self._http = httpx.Client(base_url=url)

    def new_app(self) -> tuple[int, str]:
        """Make an app with a secret of its own; returns AppId and ServerSecret."""
        app_id, secret = next(_APP_IDS), canary(f"app{len(self.signatures)}")
        self.app(app_id, secret)
        return app_id, secret

    def app(self, app_id: int, secret: str) -> None:
        """Let an app exist, or give it another ServerSecret; the old one is refused from then on."""
        self._post("apps", {"AppId": app_id, "ServerSecret": secret})

    def room(self, room_id: str, *streams: str) -> None:
        """Let a room exist, with somebody who publishes these streams, or one."""
        published = list(streams) or [f"{room_id}-host"]
        self._post("rooms", {"RoomId": room_id, "Users": ["host"], "Streams": published})

    def start(self, app: tuple[int, str], sequence: int, **body: object) -> None:
        """Start a mix as somebody else would, who has the AppId and ServerSecret as well."""
        (app_id, secret), nonce, now = app, secrets.token_hex(8), int(time.time())
        signature = hashlib.md5(f"{app_id}{nonce}{secret}{now}".encode()).hexdigest()  # noqa: S324 -- ZEGO's choice
        signed: dict[str, str | int] = {
            "AppId": app_id,
            "SignatureNonce": nonce,
            "Timestamp": now,
            "Signature": signature,
        }
        query = {"Action": "StartAutoMix", "SignatureVersion": "2.0", **signed}
        answer = self._http.post("/", params=query, json={**body, "Sequence": sequence})
        assert answer.json()["Code"] == 0, answer.text

    def empty(self, room_id: str) -> None:
        """Let everybody leave a room, which ends it."""
        self._http.delete(f"/admin/rooms/{room_id}").raise_for_status()

    def counts(self, room_id: str) -> int:
        """Return how often the people of a room were counted."""
        return sum(room_id in rooms for rooms in self.rooms_counted())

    def rooms_counted(self) -> list[list[str]]:
        """Return the rooms of each call that counted people."""
        calls = [call["Parameters"] for call in self.all_calls() if call["Action"] == "DescribeUserNum"]
        return [parameters["RoomId[]"] for parameters in calls if parameters]

    def kill(self, task_id: str) -> None:
        """Let a mix die."""
        self._http.post(f"/admin/tasks/{task_id}/kill").raise_for_status()

    def make_older(self, task_id: str, seconds: float) -> None:
        """Let a mix have run for so much longer. One of the operator's own would not be what it remembers."""
        self._post(f"tasks/{task_id}/age", {"Seconds": seconds})

    def fault(self, **fault: object) -> None:
        """Script what happens to the next calls."""
        self._post("faults", fault)

    def set_clock(self, *, ahead: float) -> None:
        """Set the clock that Dates and Timestamps are of, in seconds ahead of ours; negative is behind it."""
        self._set_ahead(ahead)

    def reset(self) -> None:
        """Forget everything but the apps: what has run, been called and gone wrong so far."""
        self._http.post("/admin/reset").raise_for_status()

    def spare(self) -> None:
        """Forget the faults that calls have yet to suffer."""
        self._http.delete("/admin/faults").raise_for_status()

    def task(self, task_id: str) -> Json | None:
        """Return a running task with its effective parameters."""
        return next((task["Parameters"] for task in self.state()["Tasks"] if task["TaskId"] == task_id), None)

    def inputs(self, task_id: str) -> set[str]:
        """Return the streams that a running task mixes."""
        return next(set(task["Inputs"]) for task in self.state()["Tasks"] if task["TaskId"] == task_id)

    def age(self, task_id: str) -> int:
        """Return a running task's MixDuration in seconds."""
        return next(int(task["MixDuration"]) for task in self.state()["Tasks"] if task["TaskId"] == task_id)

    def state(self) -> Json:
        """Return everything that runs."""
        state: Json = self._get("state")
        return state

    def calls(self, task_id: str, *actions: str) -> list[Json]:
        """Return the calls about a task, of the given actions or all."""
        return [
            call
            for call in self.all_calls()
            if (call["Parameters"] or {}).get("TaskId") == task_id and (not actions or call["Action"] in actions)
        ]

    def arrived(self, task_id: str, action: str) -> int:
        """Return how many calls arrived, answered or not."""
        return self._arrived.count((action, task_id))

    def bodies(self, task_id: str) -> list[Json]:
        """Return the bodies of the calls about a task as they came in, without regard to what was made of them."""
        return [body for body in list(self._bodies) if body.get("TaskId") == task_id]

    def busy(self, task_id: str) -> bool:
        """Whether a call about the task is under way; ZEGO locks its user id for as long."""
        return any(about == task_id for _, about in self._busy)

    def all_calls(self) -> list[Json]:
        """Return the calls about all tasks."""
        found: list[Json] = self._get("calls")
        return found

    def breaches(self) -> list[Json]:
        """Return what broke ZEGO's rules."""
        found: list[Json] = self._get("breaches")
        return found

    def restart(self) -> None:
        """Close the socket and open it again at the same port; ZEGO forgets nothing."""
        self._again()

    def close(self) -> None:
        """Close the connection to the admin API."""
        self._http.close()

    def _get(self, what: str) -> Any:  # noqa: ANN401 -- JSON
        return self._http.get(f"/admin/{what}").raise_for_status().json()

    def _post(self, what: str, body: Json) -> None:
        answer = self._http.post(f"/admin/{what}", json=body)
        assert answer.is_success, answer.text


@contextmanager
def simulated_zego(settings: SimulatorSettings | None = None) -> Iterator[SimulatedZego]:
    """Serve a simulator on a free port."""
    simulator = _Recording(settings or SimulatorSettings())
    loop = asyncio.new_event_loop()
    started: threading.Event = threading.Event()
    stop, again = asyncio.Event(), asyncio.Event()
    url: list[str] = []

    async def main() -> None:
        port = 0
        while not stop.is_set():
            again.clear()
            async with serve(simulator, port=port) as address:
                url.append(address)
                port = int(address.rpartition(":")[2])
                started.set()
                await again.wait()

    def run() -> None:
        # Unlike the loop alone, it ends what is left, and lets what is closed be closed.
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(main())

    thread = threading.Thread(target=run, name="zego")
    thread.start()
    started.wait(10)

    def serve_again() -> None:
        started.clear()
        loop.call_soon_threadsafe(again.set)
        assert started.wait(10)

    zego = SimulatedZego(simulator, url[0], serve_again)
    try:
        yield zego
    finally:
        zego.close()
        loop.call_soon_threadsafe(stop.set)
        loop.call_soon_threadsafe(again.set)
        thread.join(10)
