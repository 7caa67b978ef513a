"""What each action does to rooms, tasks and sequences once its parameters are in order. Knows nothing of HTTP."""

from collections.abc import Sequence
from typing import assert_never

from automix_devkit.simulator import events
from automix_devkit.simulator.codes import Code
from automix_devkit.simulator.events import Announce
from automix_devkit.simulator.log import BreachKind, Log
from automix_devkit.simulator.model import Environment, RefusedError
from automix_devkit.simulator.parameters import (
    UPDATABLE,
    DescribeUserNum,
    GetMixTaskInfo,
    Parameters,
    StartAutoMix,
    StopAutoMix,
)
from automix_devkit.simulator.playing import Addresses, addresses, play_info
from automix_devkit.simulator.rooms import Rooms
from automix_devkit.simulator.settings import EndOfMix, SecondMix, SimulatorSettings
from automix_devkit.simulator.starting import ignored_changes, refuse_inputs, refuse_raw_stream_ids
from automix_devkit.simulator.task import Ending, Task
from automix_devkit.simulator.tasks import Tasks
from automix_devkit.simulator.wire import JsonObject


class Mixing:
    """Carry out the actions of all apps on one set of rooms."""

    def __init__(self, settings: SimulatorSettings, log: Log, announce: Announce) -> None:
        self._settings = settings
        self._log = log
        self._announce = announce
        self.rooms = Rooms(settings, announce, self._room_changed)
        self.tasks = Tasks(settings, self._ended)
        self.sequences: dict[tuple[int, str], int] = {}

    def advance(self, now: float) -> None:
        """Let time pass: end what is due, each at its moment, a room before the tasks in it."""
        while True:
            room_end, task_end = self.rooms.next_end(), self.tasks.next_end()
            if min(room_end, task_end) > now:
                return
            if room_end <= task_end:
                self.rooms.end_next()
            else:
                self.tasks.end_next()

    def carry_out(
        self, environment: Environment, parameters: Parameters, now: float, *, effect: bool
    ) -> JsonObject | None:
        """Execute a call and return its Data; without effect, only return what would be answered."""
        match parameters:
            case StartAutoMix():
                if effect and self._in_sequence(environment, parameters, now):
                    self._start(environment, parameters, now)
                return self._started(environment, parameters)
            case StopAutoMix():
                if effect and self._in_sequence(environment, parameters, now):
                    self._stop(environment, parameters, now)
                return None
            case GetMixTaskInfo():
                return self._task_info(environment, parameters.task_id, now)
            case DescribeUserNum():
                return self._user_count(parameters)
            case _:
                assert_never(parameters)

    def user_of(self, environment: Environment, parameters: Parameters) -> str | None:
        """Return the UserId a call is made for; a stop may leave it to the task."""
        if isinstance(parameters, StopAutoMix) and parameters.user_id is None:
            task = self.tasks.find(environment, parameters.task_id)
            return task.parameters.user_id if task else None
        return parameters.user_id if isinstance(parameters, StartAutoMix | StopAutoMix) else None

    def _in_sequence(self, environment: Environment, parameters: StartAutoMix | StopAutoMix, now: float) -> bool:
        # ZEGO: FAQ on the order of mixing requests, in the test environment Sequence has no effect.
        if environment.is_test:
            return True
        if parameters.sequence is None:
            if self._settings.require_sequence:
                raise RefusedError(Code.BAD_PARAMETER, "Sequence: required, timing control is on")
            return True
        user_id = self.user_of(environment, parameters)
        if user_id is None:
            return True
        last = self.sequences.get((environment.app_id, user_id), -1)
        if parameters.sequence > last:
            self.sequences[environment.app_id, user_id] = parameters.sequence
            return True
        detail = f"task {parameters.task_id}: {parameters.sequence} after {last} of user {user_id}"
        self._log.breach(now, BreachKind.STALE_SEQUENCE, detail)
        if self._settings.refuse_stale_sequence:
            raise RefusedError(Code.BAD_PARAMETER, f"Sequence: must be above {last}")
        return False

    def _start(self, environment: Environment, wanted: StartAutoMix, now: float) -> None:
        task = self.tasks.find(environment, wanted.task_id)
        if task is None:
            self._begin(environment, wanted, now)
            return
        if self._settings.enforce_ownership and task.parameters.user_id != wanted.user_id:
            raise RefusedError(Code.OWNERSHIP_NOT_UPDATED, "UserId: the task belongs to another user")
        self._refuse_other_room(task, wanted)
        self._update(task, wanted, now)

    def _begin(self, environment: Environment, wanted: StartAutoMix, now: float) -> None:
        refuse_raw_stream_ids(environment, wanted)
        room = self.rooms.find(wanted.room_id)
        if room is None and not self._settings.create_missing_rooms:
            raise RefusedError(Code.MIX_FAILED, "RoomId: the room does not exist")
        task = Task(environment, wanted.with_defaults(), started=now, updated=now)
        refuse_inputs(task, room, self.rooms.all() if self._settings.refuse_missing_inputs else None)
        self._make_way(environment, wanted, now)
        if self.rooms.find(wanted.room_id) is None:
            room = self.rooms.create(wanted.room_id, wanted.user_id, now, for_mix=True)
        self.tasks.begin(task)
        self.tasks.set_idle(task, now, idle=not task.of_room(room))
        self._announce_start(task, now)

    def _make_way(self, environment: Environment, wanted: StartAutoMix, now: float) -> None:
        """Count what else runs and should not, and end it where that is what ZEGO does."""
        in_room = [task for task in self.tasks.in_room(wanted.room_id) if task.environment == environment]
        for other in in_room:
            detail = f"room {wanted.room_id}: {wanted.task_id} beside {other.parameters.task_id}"
            self._log.breach(now, BreachKind.TWO_MIXES_IN_A_ROOM, detail)
        of_user = self.tasks.of_user(environment, wanted.user_id)
        for other in of_user:
            detail = f"user {wanted.user_id}: {wanted.task_id} and {other.parameters.task_id}"
            self._log.breach(now, BreachKind.USER_ID_SHARED, detail)
        for target in wanted.targets:
            for other in self.tasks.with_target(environment, target):
                detail = f"app {environment.app_id}: {wanted.task_id} and {other.parameters.task_id}"
                self._log.breach(now, BreachKind.OUTPUT_SHARED, detail)
        if in_room and self._settings.second_mix is SecondMix.IS_REFUSED:
            raise RefusedError(Code.MIX_FAILED, "RoomId: another mix runs in the room")
        doomed = of_user if self._settings.close_other_tasks else []
        if self._settings.second_mix is SecondMix.REPLACES_THE_FIRST:
            doomed = [*doomed, *(task for task in in_room if task not in doomed)]
        for task in doomed:
            self.tasks.end(task, now, Ending.REPLACED)

    def _update(self, task: Task, wanted: StartAutoMix, now: float) -> None:
        asked = wanted.with_defaults()
        ignored = ", ".join(ignored_changes(task.parameters, asked))
        if ignored:
            self._log.breach(now, BreachKind.IGNORED_CHANGE, f"task {wanted.task_id}: {ignored}")
            if self._settings.refuse_changes:
                raise RefusedError(Code.BAD_PARAMETER, f"{ignored}: cannot be changed while the task runs")
        # What an update leaves out stays as it is: nothing says that it goes back to the default.
        given = {name: getattr(asked, name) for name in (UPDATABLE | {"sequence"}) & asked.model_fields_set}
        task.parameters = task.parameters.model_copy(update=given)
        task.updated = now
        self.tasks.events["Updated"] += 1
        if self._settings.callback_on_update:
            self._announce_start(task, now)

    def _started(self, environment: Environment, wanted: StartAutoMix) -> JsonObject:
        task = self.tasks.find(environment, wanted.task_id)
        outputs = (task.parameters if task else wanted).mix_output
        return {
            "UserId": wanted.user_id,
            "RoomId": wanted.room_id,
            "Sequence": wanted.sequence or 0,
            "PlayInfo": [play_info(output, self._settings) for output in outputs],
        }

    def _stop(self, environment: Environment, wanted: StopAutoMix, now: float) -> None:
        task = self.tasks.find(environment, wanted.task_id)
        if task is None:
            if self._settings.stop_unknown_succeeds:
                return
            raise RefusedError(Code.TASK_NOT_FOUND, "the task does not exist")
        self._refuse_other_user(task, wanted.user_id, now)
        self._refuse_other_room(task, wanted)
        if wanted.sequence is not None:
            task.parameters = task.parameters.model_copy(update={"sequence": wanted.sequence})
        self.tasks.end(task, now, Ending.STOPPED)

    def _refuse_other_user(self, task: Task, user_id: str | None, now: float) -> None:
        owner = task.parameters.user_id
        if user_id not in {None, owner}:
            detail = f"task {task.parameters.task_id}: {user_id} stops what {owner} started"
            self._log.breach(now, BreachKind.ANOTHER_USER_ID, detail)
        if self._settings.enforce_ownership and user_id is None:
            raise RefusedError(Code.BAD_PARAMETER, "UserId: required, tasks have owners")
        if self._settings.enforce_ownership and user_id != owner:
            raise RefusedError(Code.NOT_THE_OWNER, "UserId: the task belongs to another user")

    def _refuse_other_room(self, task: Task, wanted: StartAutoMix | StopAutoMix) -> None:
        if task.parameters.room_id != wanted.room_id and not self._settings.ignore_other_room:
            raise RefusedError(Code.BAD_PARAMETER, "RoomId: the task runs in another room")

    def _task_info(self, environment: Environment, task_id: str, now: float) -> JsonObject:
        task = self.tasks.find(environment, task_id) if self._settings.query_sees_auto_mixes else None
        if task is None:
            raise RefusedError(Code.TASK_NOT_FOUND, "the task does not exist")
        return {"TaskInfo": {"TaskId": task_id, "MixDuration": task.duration(now, self._settings.mix_duration)}}

    def _user_count(self, wanted: DescribeUserNum) -> JsonObject:
        counts: list[JsonObject] = []
        for room_id in dict.fromkeys(wanted.room_ids):
            room = self.rooms.find(room_id)
            users, admins = (len(room.users), room.admin_count) if room else (0, 0)
            counts.append({"RoomId": room_id, "UserCount": users, "AdminUserCount": admins})
        return {"UserCountList": [*counts]}

    def _room_changed(self, room_id: str, now: float) -> None:
        room = self.rooms.find(room_id)
        ends_with_room = self._settings.end_of_mix is not EndOfMix.AFTER_IDLE_TIME
        for task in self.tasks.in_room(room_id):
            self.tasks.set_idle(task, now, idle=not task.of_room(room))
            if room is None and ends_with_room:
                self.tasks.end(task, now, Ending.ROOM_ENDED)

    def _ended(self, task: Task, now: float, ending: Ending) -> None:
        by_itself = ending in {Ending.IDLE, Ending.ROOM_ENDED}
        # ZEGO: Stream mixing stopped callback page, nothing is sent for a mix that dies abnormally.
        if ending is not Ending.KILLED and (self._settings.callback_on_idle_end or not by_itself):
            for played in self._announced(task)[: 1 if self._settings.callback_per_task else None]:
                self._announce(events.mix_stop(task, played), now)
        room = self.rooms.find(task.parameters.room_id)
        if room and room.made_for_mix and not self.tasks.in_room(room.room_id):
            self.rooms.end(room.room_id, now)

    def _announce_start(self, task: Task, now: float) -> None:
        played = self._announced(task)
        for outputs in [played] if self._settings.callback_per_task else [[output] for output in played]:
            self._announce(events.mix_start(task, outputs), now)

    def _announced(self, task: Task) -> Sequence[Addresses]:
        return [addresses(output, self._settings.play_domain) for output in task.parameters.mix_output]
