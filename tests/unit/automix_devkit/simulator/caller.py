"""A minimal client and a clock for the simulator's tests: it signs by itself and lets a test spoil anything."""

import hashlib
import itertools
import json
from typing import Any
from urllib.parse import urlencode

from automix_devkit.simulator import Request, Response, Simulator, SimulatorSettings
from automix_devkit.simulator.state import TaskState

APP_ID = 12345
SECRET = "9193cc662a4c0ec135ec71fb57194b38"
NONCE = "4fd24687296dd9f3"
NOW = 1_615_186_943.0
ROOM = "room123"

_nonces = itertools.count(1)


class Clock:
    """Stand still until told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Caller:
    """Call a simulator that has one app and one room with one stream."""

    def __init__(self, settings: SimulatorSettings | None = None) -> None:
        self.clock = Clock()
        self.simulator = Simulator(settings or SimulatorSettings(), self.clock)
        self.simulator.add_app(APP_ID, SECRET)
        self.simulator.create_room(ROOM, users=["alice"], streams=["mic"])

    def send(self, request: Request) -> dict[str, Any]:
        """Send a request and return the envelope."""
        return envelope(self.simulator.handle(request))

    def start(self, task_id: str = "task", /, **changes: object) -> dict[str, Any]:
        """Start a mix that is in order but for the changes; None leaves a field out."""
        return self.send(self.request("StartAutoMix", body=start_body(task_id, **changes)))

    def stop(self, task_id: str = "task", /, **changes: object) -> dict[str, Any]:
        """Stop a mix."""
        body = {"TaskId": task_id, "RoomId": ROOM, **changes}
        return self.send(self.request("StopAutoMix", body=body))

    def users(self, *room_ids: str) -> list[dict[str, Any]]:
        """Ask how many users rooms have."""
        pairs = [("RoomId[]", room_id) for room_id in room_ids]
        counts = self.send(self.request("DescribeUserNum", pairs))["Data"]["UserCountList"]
        assert isinstance(counts, list)
        return counts

    def info(self, task_id: str = "task") -> dict[str, Any]:
        """Ask for a task."""
        return self.send(self.request("GetMixTaskInfo", [("TaskId", task_id)]))

    def request(
        self, action: str, pairs: list[tuple[str, str]] | None = None, /, *, body: object = None, **common: str
    ) -> Request:
        """Make a signed request; common parameters given by keyword replace the right ones."""
        query = [*signed(action, self.clock.now, **common).items(), *(pairs or [])]
        if body is None:
            return Request("GET", "/", query)
        return Request("POST", "/", query, {"content-type": "application/json"}, json.dumps(body).encode())

    def running(self) -> list[str]:
        """Return the ids of the tasks that run."""
        return [task.task_id for task in self.simulator.state().tasks]

    def task(self, task_id: str = "task") -> TaskState:
        """Return a task that runs."""
        (found,) = (task for task in self.simulator.state().tasks if task.task_id == task_id)
        return found

    def breaches(self) -> list[tuple[str, str]]:
        """Return kind and detail of every breach."""
        return [(breach.kind.value, breach.detail) for breach in self.simulator.breaches]


def signed(action: str, now: float, **common: str) -> dict[str, str]:
    """Return the common parameters, signed with a fresh nonce unless one is given."""
    timestamp = int(now)
    nonce = common.get("SignatureNonce") or f"{next(_nonces):016x}"
    signature = hashlib.md5(f"{APP_ID}{nonce}{SECRET}{timestamp}".encode()).hexdigest()  # noqa: S324 -- ZEGO's choice
    right = {
        "Action": action,
        "AppId": str(APP_ID),
        "SignatureNonce": nonce,
        "Timestamp": str(timestamp),
        "Signature": signature,
        "SignatureVersion": "2.0",
    }
    return right | common


def signed_path(action: str, now: float, *pairs: tuple[str, str], **common: str) -> str:
    """Return the path and query of a signed call."""
    return f"/?{urlencode([*signed(action, now, **common).items(), *pairs])}"


def start_body(task_id: str = "task", /, **changes: object) -> dict[str, Any]:
    """Return the body of a start that is in order but for the changes; None leaves a field out."""
    body: dict[str, object] = {
        "TaskId": task_id,
        "UserId": f"user-{task_id}",
        "RoomId": ROOM,
        "MixOutput": [{"StreamId": f"mix-{task_id}"}],
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def envelope(response: Response) -> dict[str, Any]:
    """Return the envelope of a response that is HTTP 200."""
    assert response.status == 200
    decoded = json.loads(response.body)
    assert isinstance(decoded, dict)
    return decoded
