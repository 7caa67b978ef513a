"""What the simulator shows of itself. Only shapes: it holds no reference to anything that lives on."""

from automix_devkit.simulator.wire import JsonObject, Wire


class TaskState(Wire):
    """Show a running task with the parameters in effect; times in seconds."""

    app_id: int
    task_id: str
    started: float
    mix_duration: int
    billed_seconds: float
    parameters: JsonObject


class RoomState(Wire):
    """Show a room."""

    room_id: str
    users: tuple[str, ...]
    streams: tuple[str, ...]


class Counters(Wire):
    """Count calls by action, breaches by kind, tasks by what became of them, and seconds once for each output."""

    calls: dict[str, int]
    breaches: dict[str, int]
    tasks: dict[str, int]
    billed_seconds: float


class State(Wire):
    """Show everything: running tasks, rooms, the last Sequence by AppId and UserId, and counters."""

    tasks: list[TaskState]
    rooms: list[RoomState]
    sequences: dict[int, dict[str, int]]
    counters: Counters
