"""What the simulator shows of itself. Only shapes: it holds no reference to anything that lives on."""

from automix_devkit.simulator.wire import JsonObject, Wire


class TaskState(Wire):
    """Show a running task with the parameters in effect and what it mixes; times in seconds.

    Billed seconds count once for each output. `idle_since` is None while a stream of its room is mixed.
    """

    app_id: int
    is_test: bool
    task_id: str
    started: float
    mix_duration: int
    idle_since: float | None
    billed_seconds: float
    billed_idle_seconds: float
    inputs: tuple[str, ...]
    parameters: JsonObject


class RoomState(Wire):
    """Show a room; the administrators are among the users."""

    room_id: str
    users: tuple[str, ...]
    admins: tuple[str, ...]
    streams: tuple[str, ...]


class Counters(Wire):
    """Count calls by action, breaches by kind, tasks by what became of them, callbacks by outcome, and seconds.

    Billed seconds count once for each output; the idle ones among them were spent on mixes of nothing.
    """

    calls: dict[str, int]
    breaches: dict[str, int]
    tasks: dict[str, int]
    callbacks: dict[str, int]
    billed_seconds: float
    billed_idle_seconds: float


class State(Wire):
    """Show everything: running tasks, rooms, the last Sequence by AppId and UserId, and counters."""

    tasks: list[TaskState]
    rooms: list[RoomState]
    sequences: dict[int, dict[str, int]]
    counters: Counters
