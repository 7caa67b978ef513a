"""What the simulated ZEGO runs, asked of its admin API: the other side of the story."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx


@dataclass(frozen=True)
class Mix:
    """A mix that runs at ZEGO."""

    task: str
    room: str
    sequence: int
    started: float
    """Unix seconds."""
    bitrates: tuple[int, ...]
    user_data: str


class Zego:
    """The simulator at an address."""

    def __init__(self, url: str) -> None:
        self.url = url
        # trust_env: a proxy has no business between two processes of one machine.
        self._http = httpx.Client(base_url=url, trust_env=False)

    def mixes(self) -> list[Mix]:
        """Return what runs."""
        return [_mix(task) for task in self._get("state")["Tasks"]]

    def kill(self, task: str) -> None:
        """Let a mix die, as at a fault of ZEGO's."""
        self._http.post(f"/admin/tasks/{task}/kill").raise_for_status()

    def breaches(self) -> list[str]:
        """Return what a client must never do and did all the same."""
        return [str(breach) for breach in self._get("breaches")]

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _get(self, what: str) -> Any:  # noqa: ANN401 -- JSON
        return self._http.get(f"/admin/{what}").raise_for_status().json()


def table(mixes: list[Mix]) -> str:
    """Return the mixes as kubectl would print them."""
    if not mixes:
        return "No mix runs."
    rows = [("TASK", "ROOM", "SEQUENCE", "STARTED", "BITRATES", "USERDATA"), *(_row(mix) for mix in mixes)]
    widths = [max(map(len, column)) + 3 for column in zip(*rows, strict=True)]
    lines = ("".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _row(mix: Mix) -> tuple[str, ...]:
    started = datetime.fromtimestamp(mix.started, UTC).strftime("%H:%M:%SZ")
    return mix.task, mix.room, str(mix.sequence), started, ",".join(map(str, mix.bitrates)), mix.user_data


def _mix(task: dict[str, Any]) -> Mix:
    parameters = task["Parameters"]
    return Mix(
        task=task["TaskId"],
        room=parameters["RoomId"],
        sequence=parameters["Sequence"],
        started=task["Started"],
        bitrates=tuple(output["AudioBitrate"] for output in parameters["MixOutput"]),
        user_data=b64decode(parameters["UserData"]).decode(),
    )
