"""The running tasks: found by id, room and user id, ended when they have been idle for too long, billed."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TypeAlias

from automix_devkit.simulator.model import Environment
from automix_devkit.simulator.settings import EndOfMix, SimulatorSettings
from automix_devkit.simulator.task import Ending, Task, TaskKey

Ended: TypeAlias = Callable[[Task, float, Ending], None]


class Tasks:
    """Keep the running tasks; `ended` is told of each that ends."""

    def __init__(self, settings: SimulatorSettings, ended: Ended) -> None:
        self._settings = settings
        self._ended = ended
        self._running: dict[TaskKey, Task] = {}
        self._by_room: defaultdict[str, dict[TaskKey, Task]] = defaultdict(dict)
        self._by_user: defaultdict[tuple[Environment, str], dict[TaskKey, Task]] = defaultdict(dict)
        self._by_target: defaultdict[tuple[int, str], dict[TaskKey, Task]] = defaultdict(dict)
        # In the order of time, as time only rises: the next to end is the first.
        self._idle: dict[TaskKey, Task] = {}
        self._billed_seconds = 0.0
        self._billed_idle_seconds = 0.0
        self.events: Counter[str] = Counter()

    def all(self) -> list[Task]:
        """Return every running task."""
        return list(self._running.values())

    def find(self, environment: Environment, task_id: str) -> Task | None:
        """Return the running task of an id."""
        return self._running.get((environment, task_id))

    def in_room(self, room_id: str) -> list[Task]:
        """Return the running tasks in a room, of every app."""
        return list(self._by_room.get(room_id, {}).values())

    def of_user(self, environment: Environment, user_id: str) -> list[Task]:
        """Return the running tasks a user id started."""
        return list(self._by_user.get((environment, user_id), {}).values())

    def with_target(self, environment: Environment, target: str) -> list[Task]:
        """Return the running tasks of an app that have an output."""
        return list(self._by_target.get((environment.app_id, target), {}).values())

    def billed_seconds(self, now: float) -> float:
        """Return the seconds of all tasks, ended and running, once for each output."""
        return self._billed_seconds + sum(task.billed_seconds(now) for task in self._running.values())

    def billed_idle_seconds(self, now: float) -> float:
        """Return those of them in which nothing of the room was mixed."""
        return self._billed_idle_seconds + sum(task.billed_idle_seconds(now) for task in self._running.values())

    def begin(self, task: Task) -> None:
        """Let a task run."""
        self._running[task.key] = task
        for index in self._indexes(task):
            index[task.key] = task
        self.events["Started"] += 1

    def end(self, task: Task, now: float, ending: Ending) -> None:
        """End a task and bill it."""
        del self._running[task.key]
        for index in self._indexes(task):
            del index[task.key]
        self._idle.pop(task.key, None)
        self._billed_seconds += task.billed_seconds(now)
        self._billed_idle_seconds += task.billed_idle_seconds(now)
        self.events[ending] += 1
        self._ended(task, now, ending)

    def set_idle(self, task: Task, now: float, *, idle: bool) -> None:
        """Start or stop a task's idle time; one that has started already goes on."""
        if idle and task.idle_since is None:
            task.idle_since = now
            self._idle[task.key] = task
        elif not idle and task.idle_since is not None:
            task.idle_before = task.idle_seconds(now)
            task.idle_since = None
            del self._idle[task.key]

    def next_end(self) -> float:
        """Return when the next idle task ends, infinity when none does."""
        if not self._idle or self._settings.end_of_mix is EndOfMix.ONLY_WITH_ITS_ROOM:
            return math.inf
        since = next(iter(self._idle.values())).idle_since
        return math.inf if since is None else since + self._settings.idle_seconds

    def end_next(self) -> None:
        """End the task that is idle for longest, at the moment its idle time is over."""
        self.end(next(iter(self._idle.values())), self.next_end(), Ending.IDLE)

    def _indexes(self, task: Task) -> list[dict[TaskKey, Task]]:
        parameters = task.parameters
        return [
            self._by_room[parameters.room_id],
            self._by_user[task.environment, parameters.user_id],
            *(self._by_target[task.environment.app_id, target] for target in parameters.targets),
        ]
