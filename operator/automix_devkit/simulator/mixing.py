"""What each action does to rooms, tasks and sequences once its parameters are in order. Knows nothing of HTTP."""

from typing import assert_never

from automix_devkit.simulator.codes import Code
from automix_devkit.simulator.log import BreachKind, Log
from automix_devkit.simulator.model import RefusedError
from automix_devkit.simulator.parameters import (
    MAX_INPUTS,
    UPDATABLE,
    DescribeUserNum,
    GetMixTaskInfo,
    MixOutput,
    Parameters,
    StartAutoMix,
    StopAutoMix,
)
from automix_devkit.simulator.settings import SimulatorSettings
from automix_devkit.simulator.tasks import Ending, Room, Task, Tasks
from automix_devkit.simulator.wire import JsonObject


class Mixing:
    """Carry out the actions of all apps on one set of rooms."""

    def __init__(self, settings: SimulatorSettings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self.tasks = Tasks(settings.idle_seconds)
        self.rooms: dict[str, Room] = {}
        self.sequences: dict[tuple[int, str], int] = {}

    def carry_out(self, app_id: int, parameters: Parameters, now: float, *, effect: bool) -> JsonObject | None:
        """Execute a call and return its Data; without effect, only return what would be answered."""
        match parameters:
            case StartAutoMix():
                if effect and self._in_sequence(app_id, parameters.user_id, parameters, now):
                    self._start(app_id, parameters, now)
                return self._started(app_id, parameters)
            case StopAutoMix():
                if effect and self._in_sequence(app_id, self.user_of(app_id, parameters), parameters, now):
                    self._stop(app_id, parameters, now)
                return None
            case GetMixTaskInfo():
                return self._task_info(app_id, parameters.task_id, now)
            case DescribeUserNum():
                return self._user_count(parameters)
            case _:
                assert_never(parameters)

    def user_of(self, app_id: int, parameters: Parameters) -> str | None:
        """Return the UserId a call is made for; a stop may leave it to the task."""
        if isinstance(parameters, StopAutoMix) and parameters.user_id is None:
            task = self.tasks.find(app_id, parameters.task_id)
            return task.parameters.user_id if task else None
        return parameters.user_id if isinstance(parameters, StartAutoMix | StopAutoMix) else None

    def _in_sequence(
        self, app_id: int, user_id: str | None, parameters: StartAutoMix | StopAutoMix, now: float
    ) -> bool:
        if user_id is None or parameters.sequence is None:
            return True
        last = self.sequences.get((app_id, user_id), -1)
        if parameters.sequence > last:
            self.sequences[app_id, user_id] = parameters.sequence
            return True
        detail = f"task {parameters.task_id}: {parameters.sequence} after {last} of user {user_id}"
        self._log.breach(now, BreachKind.STALE_SEQUENCE, detail)
        if self._settings.refuse_stale_sequence:
            raise RefusedError(Code.BAD_PARAMETER, f"Sequence: must be above {last}")
        return False

    def _start(self, app_id: int, wanted: StartAutoMix, now: float) -> None:
        task = self.tasks.find(app_id, wanted.task_id)
        if task is None:
            self._begin(app_id, wanted, now)
        elif task.parameters.room_id != wanted.room_id:
            raise RefusedError(Code.BAD_PARAMETER, "RoomId: the task runs in another room")
        else:
            self._update(task, wanted, now)

    def _begin(self, app_id: int, wanted: StartAutoMix, now: float) -> None:
        room = self.rooms.get(wanted.room_id)
        if room is None:
            raise RefusedError(Code.MIX_FAILED, "the room does not exist")
        _refuse_inputs(room, wanted)
        for other in self.tasks.in_room(app_id, wanted.room_id):
            detail = f"room {wanted.room_id}: {wanted.task_id} beside {other.parameters.task_id}"
            self._log.breach(now, BreachKind.TWO_MIXES_IN_A_ROOM, detail)
        for other in self.tasks.of_user(app_id, wanted.user_id):
            detail = f"user {wanted.user_id}: {wanted.task_id} and {other.parameters.task_id}"
            self._log.breach(now, BreachKind.USER_ID_SHARED, detail)
        self.tasks.begin(Task(app_id, now, wanted.with_defaults()), idle=not room.streams)

    def _update(self, task: Task, wanted: StartAutoMix, now: float) -> None:
        running, asked = task.parameters, wanted.with_defaults()
        fields = type(asked).model_fields.items()
        ignored = [
            str(field.alias)
            for name, field in fields
            if name not in UPDATABLE | {"sequence"} and getattr(asked, name) != getattr(running, name)
        ]
        if ignored:
            self._log.breach(now, BreachKind.IGNORED_CHANGE, f"task {wanted.task_id}: {', '.join(ignored)}")
        # What an update leaves out stays as it is: nothing says that it goes back to the default.
        given = {name: getattr(asked, name) for name in (UPDATABLE | {"sequence"}) & asked.model_fields_set}
        task.parameters = running.model_copy(update=given)
        self.tasks.events["Updated"] += 1

    def _started(self, app_id: int, wanted: StartAutoMix) -> JsonObject:
        task = self.tasks.find(app_id, wanted.task_id)
        outputs = (task.parameters if task else wanted).mix_output
        return {
            "UserId": wanted.user_id,
            "RoomId": wanted.room_id,
            "Sequence": wanted.sequence or 0,
            "PlayInfo": [play_info(output, self._settings.play_domain) for output in outputs],
        }

    def _stop(self, app_id: int, wanted: StopAutoMix, now: float) -> None:
        task = self.tasks.find(app_id, wanted.task_id)
        if task is None:
            if self._settings.stop_unknown_succeeds:
                return
            raise RefusedError(Code.TASK_NOT_FOUND, "the task does not exist")
        if task.parameters.room_id != wanted.room_id:
            raise RefusedError(Code.BAD_PARAMETER, "RoomId: the task runs in another room")
        self.tasks.end(task, now, Ending.STOPPED)

    def _task_info(self, app_id: int, task_id: str, now: float) -> JsonObject:
        task = self.tasks.find(app_id, task_id)
        if task is None:
            raise RefusedError(Code.TASK_NOT_FOUND, "the task does not exist")
        return {"TaskInfo": {"TaskId": task_id, "MixDuration": task.duration(now)}}

    def _user_count(self, wanted: DescribeUserNum) -> JsonObject:
        counts = {
            room_id: len(self.rooms[room_id].users) if room_id in self.rooms else 0 for room_id in wanted.room_ids
        }
        return {
            "UserCountList": [
                {"RoomId": room_id, "UserCount": count, "AdminUserCount": 0} for room_id, count in counts.items()
            ]
        }


def _refuse_inputs(room: Room, wanted: StartAutoMix) -> None:
    added = {extra.source for extra in wanted.extra_mix_input if extra.added}
    removed = {extra.source for extra in wanted.extra_mix_input if not extra.added}
    inputs = set(room.streams) - removed | added
    if len(inputs) > MAX_INPUTS:
        raise RefusedError(Code.TOO_MANY_INPUTS, f"{len(inputs)} inputs, at most {MAX_INPUTS} are allowed")
    if not inputs.isdisjoint(output.target for output in wanted.mix_output):
        raise RefusedError(Code.OUTPUT_IS_INPUT, "MixOutput: an output is one of the inputs")


def play_info(output: MixOutput, play_domain: str) -> JsonObject:
    """Say where an output is played: an address of a CDN has play addresses, a stream of RTC has none."""
    if not output.stream_url:
        urls = {"StreamId": output.stream_id, "RTMP": "", "HLS": "", "FLV": ""}
    else:
        path = output.stream_url.removeprefix("rtmp://").partition("?")[0].partition("/")[2]
        urls = {
            "StreamId": path.rpartition("/")[2],
            "RTMP": f"rtmp://{play_domain}/{path}",
            "HLS": f"http://{play_domain}/{path}/playlist.m3u8",
            "FLV": f"http://{play_domain}/{path}.flv",
        }
    return {**urls, "Status": 0, "UserName": ""}
