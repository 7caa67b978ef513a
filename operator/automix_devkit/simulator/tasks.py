"""Rooms, and the life of the tasks in them: begun, idle, ended, billed. Time is told to it; it answers no calls."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from automix_devkit.simulator.parameters import StartAutoMix

TaskKey: TypeAlias = tuple[int, str]


@dataclass(frozen=True)
class Room:
    """Hold who is in a room and what is published there."""

    room_id: str
    users: tuple[str, ...]
    streams: tuple[str, ...]


@dataclass
class Task:
    """Hold a running mix and the parameters in effect."""

    app_id: int
    started: float
    parameters: StartAutoMix

    @property
    def key(self) -> TaskKey:
        """Return what identifies the task."""
        return self.app_id, self.parameters.task_id

    def duration(self, now: float) -> int:
        """Return the whole seconds it has run."""
        return int(now - self.started)

    def billed_seconds(self, now: float) -> float:
        """Return its seconds, once for each output. ZEGO: Server-side stream mixing pricing page."""
        return (now - self.started) * len(self.parameters.mix_output)


class Ending(StrEnum):
    """Name why a task ended."""

    STOPPED = "Stopped"
    IDLE = "Idle"
    KILLED = "Killed"


class Tasks:
    """Keep the running tasks, and end those whose room has been without streams for too long."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._running: dict[TaskKey, Task] = {}
        self._by_room: defaultdict[str, dict[TaskKey, Task]] = defaultdict(dict)
        self._by_user: defaultdict[tuple[int, str], dict[TaskKey, Task]] = defaultdict(dict)
        # In the order of time, as time only rises: the next to end is the first.
        self._idle_since: dict[TaskKey, float] = {}
        self._billed_seconds = 0.0
        self.events: Counter[str] = Counter()

    def all(self) -> list[Task]:
        """Return every running task."""
        return list(self._running.values())

    def find(self, app_id: int, task_id: str) -> Task | None:
        """Return the running task of an id."""
        return self._running.get((app_id, task_id))

    def in_room(self, app_id: int, room_id: str) -> list[Task]:
        """Return the app's running tasks in a room."""
        return [task for task in self._by_room.get(room_id, {}).values() if task.app_id == app_id]

    def of_user(self, app_id: int, user_id: str) -> list[Task]:
        """Return the running tasks a user id started."""
        return list(self._by_user.get((app_id, user_id), {}).values())

    def billed_seconds(self, now: float) -> float:
        """Return the seconds of all tasks, ended and running, once for each output."""
        return self._billed_seconds + sum(task.billed_seconds(now) for task in self._running.values())

    def begin(self, task: Task, *, idle: bool) -> None:
        """Let a task run; idle when its room has no stream yet."""
        self._running[task.key] = task
        self._by_room[task.parameters.room_id][task.key] = task
        self._by_user[task.app_id, task.parameters.user_id][task.key] = task
        if idle:
            self._idle_since[task.key] = task.started
        self.events["Started"] += 1

    def end(self, task: Task, now: float, ending: Ending) -> None:
        """End a task and bill it."""
        del self._running[task.key]
        del self._by_room[task.parameters.room_id][task.key]
        del self._by_user[task.app_id, task.parameters.user_id][task.key]
        self._idle_since.pop(task.key, None)
        self._billed_seconds += task.billed_seconds(now)
        self.events[ending] += 1

    def room_changed(self, room_id: str, *, has_streams: bool, now: float) -> None:
        """Start or stop the idle time of a room's tasks."""
        for key in self._by_room.get(room_id, {}):
            if has_streams:
                self._idle_since.pop(key, None)
            else:
                self._idle_since.setdefault(key, now)

    def advance(self, now: float) -> None:
        """End every task whose idle time is over, each at the moment it was over."""
        while self._idle_since:
            key, since = next(iter(self._idle_since.items()))
            if since + self._idle_seconds > now:
                return
            self.end(self._running[key], since + self._idle_seconds, Ending.IDLE)
