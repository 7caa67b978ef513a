"""A running mix: the parameters in effect, how long it has run and been idle, and what it costs. Told the time."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from automix_devkit.simulator.actions import MAX_INPUTS
from automix_devkit.simulator.model import Environment
from automix_devkit.simulator.parameters import StartAutoMix
from automix_devkit.simulator.room import Room
from automix_devkit.simulator.settings import MixDuration

TaskKey: TypeAlias = tuple[Environment, str]


class Ending(StrEnum):
    """Name why a task ended."""

    STOPPED = "Stopped"
    IDLE = "Idle"
    ROOM_ENDED = "RoomEnded"
    REPLACED = "Replaced"
    KILLED = "Killed"


@dataclass
class Task:
    """Hold a running mix; times in Unix seconds, idle while no stream of its room is mixed."""

    environment: Environment
    parameters: StartAutoMix
    started: float
    updated: float
    idle_since: float | None = None
    idle_before: float = 0.0

    @property
    def key(self) -> TaskKey:
        """Return what identifies the task."""
        return self.environment, self.parameters.task_id

    def of_room(self, room: Room | None) -> list[str]:
        """Return the streams of the room that are not removed, in the order they were published."""
        published = [self.environment.stream_id(stream) for stream in room.streams] if room else []
        return [stream for stream in published if stream not in self.parameters.removed]

    def inputs(self, room: Room | None) -> list[str]:
        """Return what is mixed: what was added, then the room's streams as far as nine inputs go."""
        added = self.parameters.added
        return [*added, *(stream for stream in self.of_room(room) if stream not in added)][:MAX_INPUTS]

    def idle_seconds(self, now: float) -> float:
        """Return how long it has been idle so far."""
        return self.idle_before + (0 if self.idle_since is None else now - self.idle_since)

    def duration(self, now: float, counted: MixDuration) -> int:
        """Return its MixDuration in whole seconds."""
        if counted is MixDuration.SINCE_UPDATE:
            return int(now - self.updated)
        return int(now - self.started - (self.idle_seconds(now) if counted is MixDuration.WITH_INPUTS else 0))

    def billed_seconds(self, now: float) -> float:
        """Return its seconds, once for each output. ZEGO: Server-side stream mixing pricing page."""
        return (now - self.started) * len(self.parameters.mix_output)

    def billed_idle_seconds(self, now: float) -> float:
        """Return its idle seconds, once for each output: they cost as much. ZEGO: StartMix page, MaxIdleTime."""
        return self.idle_seconds(now) * len(self.parameters.mix_output)
