"""How the simulator's state is shown."""

from automix_devkit.simulator.log import Log
from automix_devkit.simulator.mixing import Mixing
from automix_devkit.simulator.outbox import Outbox
from automix_devkit.simulator.room import Role, Room
from automix_devkit.simulator.settings import MixDuration
from automix_devkit.simulator.state import Counters, RoomState, State, TaskState
from automix_devkit.simulator.task import Task
from automix_devkit.simulator.wire import public


def snapshot(mixing: Mixing, log: Log, outbox: Outbox, now: float, counted: MixDuration) -> State:
    """Show what is running, who is in which room, and what was counted."""
    tasks = mixing.tasks
    sequences: dict[int, dict[str, int]] = {}
    for (app_id, user_id), sequence in mixing.sequences.items():
        sequences.setdefault(app_id, {})[user_id] = sequence
    return State(
        tasks=[_task(task, mixing.rooms.find(task.parameters.room_id), now, counted) for task in tasks.all()],
        rooms=[_room(room) for room in mixing.rooms.all()],
        sequences=sequences,
        counters=Counters(
            calls=dict(log.calls_by_action),
            breaches=dict(log.breaches_by_kind),
            tasks=dict(tasks.events),
            callbacks=outbox.outcomes,
            billed_seconds=tasks.billed_seconds(now),
            billed_idle_seconds=tasks.billed_idle_seconds(now),
        ),
    )


def _task(task: Task, room: Room | None, now: float, counted: MixDuration) -> TaskState:
    return TaskState(
        app_id=task.environment.app_id,
        is_test=task.environment.is_test,
        task_id=task.parameters.task_id,
        started=task.started,
        mix_duration=task.duration(now, counted),
        idle_since=task.idle_since,
        billed_seconds=task.billed_seconds(now),
        billed_idle_seconds=task.billed_idle_seconds(now),
        inputs=tuple(task.inputs(room)),
        parameters=public(task.parameters),
    )


def _room(room: Room) -> RoomState:
    return RoomState(
        room_id=room.room_id,
        users=tuple(room.users),
        admins=tuple(user.user_id for user in room.users.values() if user.role is Role.ADMIN),
        streams=tuple(room.streams),
    )
