"""The simulator: one call from request to response, and the operations tests and the admin API share.

Does no I/O and never sleeps. Time passes when someone asks: everything first advances to what the clock says.
"""

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from automix_devkit.simulator.codes import Code
from automix_devkit.simulator.faults import Fault, Faults
from automix_devkit.simulator.limits import Locks, RateLimits
from automix_devkit.simulator.log import Breach, BreachKind, Log, LoggedCall
from automix_devkit.simulator.mixing import Mixing
from automix_devkit.simulator.model import Answer, LostError, RefusedError, Request, Response
from automix_devkit.simulator.parameters import ACTIONS, DescribeUserNum, Parameters, contradictions, parse
from automix_devkit.simulator.protocol import (
    App,
    app_id_of,
    authenticate,
    business_parameters,
    check_host,
    envelope,
    error_page,
    oddities,
)
from automix_devkit.simulator.settings import SimulatorSettings
from automix_devkit.simulator.state import Counters, RoomState, State, TaskState
from automix_devkit.simulator.tasks import Ending, Room
from automix_devkit.simulator.wire import JsonObject, public, unknown_fields

_FIRST_REQUEST_ID = 8472822294336370477


@dataclass(frozen=True)
class _Call:
    """Hold a call that was let in and understood."""

    app_id: int
    action: str
    parameters: Parameters

    @property
    def task_id(self) -> str | None:
        return None if isinstance(self.parameters, DescribeUserNum) else self.parameters.task_id


class Exchange:
    """Iterate over the pauses (seconds) a scripted fault puts into a call; the response is there afterwards.

    Iterating raises LostError where the connection drops.
    """

    response: Response

    def __init__(self, steps: Generator[float, None, Response]) -> None:
        self._steps = steps

    def __iter__(self) -> Iterator[float]:
        self.response = yield from self._steps


class Simulator:
    """Simulate ZEGO's server API for auto mixes; the clock gives Unix seconds and never goes back."""

    def __init__(self, settings: SimulatorSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._apps: dict[int, App] = {}
        self._request_ids = itertools.count(_FIRST_REQUEST_ID)
        self.reset()

    def reset(self) -> None:
        """Forget everything but the apps."""
        self._log = Log(self._settings.log_size)
        self._mixing = Mixing(self._settings, self._log)
        self._limits = RateLimits()
        self._locks = Locks()
        self._faults = Faults()

    def handle(self, request: Request) -> Response:
        """Answer a request, ignoring scripted delays; raise LostError where the connection drops."""
        exchange = self.exchange(request)
        for _ in exchange:
            pass
        return exchange.response

    def exchange(self, request: Request) -> Exchange:
        """Begin to answer a request, for a caller that can let time pass."""
        return Exchange(self._steps(request))

    def add_app(self, app_id: int, server_secret: str | SecretStr, *, mixing_enabled: bool = True) -> None:
        """Add a project, or replace its secret."""
        secret = SecretStr(server_secret) if isinstance(server_secret, str) else server_secret
        self._apps[app_id] = App(app_id, secret, mixing_enabled)

    def create_room(self, room_id: str, *, users: Sequence[str] = ("host",), streams: Sequence[str] = ()) -> None:
        """Create a room that every app sees, or replace who is in it; raise ValueError when nobody is.

        ZEGO: FAQ empty-room-destruction, a room without users is destroyed at once.
        """
        if not users:
            raise ValueError("Users: a room without users does not exist; remove it instead")
        now = self._advance()
        self._mixing.rooms[room_id] = Room(room_id, tuple(users), tuple(streams))
        self._mixing.tasks.room_changed(room_id, has_streams=bool(streams), now=now)

    def remove_room(self, room_id: str) -> None:
        """End a room; raise KeyError when there is none."""
        now = self._advance()
        del self._mixing.rooms[room_id]
        self._mixing.tasks.room_changed(room_id, has_streams=False, now=now)

    def kill_task(self, task_id: str) -> None:
        """Let a task die abnormally, in every app that runs it; raise KeyError when none does."""
        now = self._advance()
        doomed = [task for task in self._mixing.tasks.all() if task.parameters.task_id == task_id]
        if not doomed:
            raise KeyError(task_id)
        for task in doomed:
            self._mixing.tasks.end(task, now, Ending.KILLED)

    def add_fault(self, fault: Fault) -> None:
        """Script a fault, behind those that wait already."""
        self._faults.add(fault)

    @property
    def calls(self) -> list[LoggedCall]:
        """Return the log of calls."""
        return list(self._log.calls)

    @property
    def breaches(self) -> list[Breach]:
        """Return what clients ought not to have done."""
        return list(self._log.breaches)

    def state(self) -> State:
        """Show what is running, who is in which room, and what was counted."""
        now = self._advance()
        tasks = self._mixing.tasks
        sequences: dict[int, dict[str, int]] = {}
        for (app_id, user_id), sequence in self._mixing.sequences.items():
            sequences.setdefault(app_id, {})[user_id] = sequence
        return State(
            tasks=[
                TaskState(
                    app_id=task.app_id,
                    task_id=task.parameters.task_id,
                    started=task.started,
                    mix_duration=task.duration(now),
                    billed_seconds=task.billed_seconds(now),
                    parameters=public(task.parameters),
                )
                for task in tasks.all()
            ],
            rooms=[
                RoomState(room_id=room.room_id, users=room.users, streams=room.streams)
                for room in self._mixing.rooms.values()
            ],
            sequences=sequences,
            counters=Counters(
                calls=dict(self._log.calls_by_action),
                breaches=dict(self._log.breaches_by_kind),
                tasks=dict(tasks.events),
                billed_seconds=tasks.billed_seconds(now),
            ),
        )

    def _advance(self) -> float:
        now = self._clock()
        self._mixing.tasks.advance(now)
        return now

    def _steps(self, request: Request) -> Generator[float, None, Response]:
        now = self._advance()
        if request.path not in {"", "/"}:
            return error_page(404, now=now)
        call: _Call | None = None
        try:
            call = self._admit(request, now)
            with self._one_at_a_time(call, now):
                return (yield from self._serve(request, call, now))
        except RefusedError as refused:
            self._note(request, call, now, refused.answer.code)
            return self._envelope(refused.answer)

    def _admit(self, request: Request, now: float) -> _Call:
        """Let a call in: host, access, action, service, rate limit, parameters, in this order (inferred)."""
        if self._settings.check_host:
            check_host(request)
        app = authenticate(request, self._apps, now)
        name = request.first("Action")
        if not name:
            raise RefusedError(Code.ACTION_EMPTY, "Action is empty")
        action = ACTIONS.get(name)
        if action is None or action.method != request.method:
            raise RefusedError(Code.ACTION_UNSUPPORTED, "this Action does not exist, or not with this method")
        if action.mixes and not app.mixing_enabled:
            raise RefusedError(Code.MIXING_NOT_ENABLED, "the mixing service is not enabled")
        limit = self._settings.calls_per_second.get(name, action.calls_per_second)
        if not self._limits.accept((app.app_id, name), limit, now):
            self._log.breach(
                now, BreachKind.OVER_THE_LIMIT, f"{name} of app {app.app_id}: more than {limit} in a second"
            )
            raise RefusedError(action.overload, "too many requests")
        for oddity in oddities(request):
            self._log.breach(now, BreachKind.UNEXPECTED_PARAMETER, f"{name}: {oddity}")
        raw = business_parameters(request)
        parameters = parse(action, raw)
        self._note_surplus(name, raw, parameters, now)
        return _Call(app.app_id, name, parameters)

    def _note_surplus(self, name: str, raw: JsonObject, parameters: Parameters, now: float) -> None:
        kind = BreachKind.UNKNOWN_FIELD if ACTIONS[name].method == "POST" else BreachKind.UNEXPECTED_PARAMETER
        for field in unknown_fields(raw, parameters):
            self._log.breach(now, kind, f"{name}: {field}")
        for contradiction in contradictions(parameters):
            self._log.breach(now, BreachKind.UNEXPECTED_PARAMETER, f"{name}: {contradiction}")

    @contextmanager
    def _one_at_a_time(self, call: _Call, now: float) -> Iterator[None]:
        """Refuse a start or stop while another one of the same user id has not been answered."""
        user_id = self._mixing.user_of(call.app_id, call.parameters)
        with self._locks.hold(None if user_id is None else (call.app_id, user_id)) as alone:
            if not alone:
                self._log.breach(now, BreachKind.CALLS_AT_ONCE, f"{call.action} of user {user_id}")
                code = Code.START_LOCKED if call.action == "StartAutoMix" else Code.STOP_LOCKED
                raise RefusedError(code, "another request of this UserId is on its way")
            yield

    def _serve(self, request: Request, call: _Call, arrival: float) -> Generator[float, None, Response]:
        fault = self._faults.take(call.action, call.task_id)
        if fault is None:
            return self._answer(request, call, arrival, effect=True)
        if fault.delay_before:
            yield fault.delay_before
        if fault.lost == "before" or fault.status is not None:
            self._note(request, call, arrival, None)
            response = error_page(fault.status or 500, now=self._advance())
        elif fault.code:
            self._note(request, call, arrival, fault.code)
            response = self._envelope(Answer(fault.code, fault.message))
        else:
            response = self._answer(request, call, arrival, effect=fault.code is None)
        if fault.delay_after:
            yield fault.delay_after
        if fault.lost is not None:
            raise LostError(fault.lost)
        return response

    def _answer(self, request: Request, call: _Call, arrival: float, *, effect: bool) -> Response:
        try:
            data = self._mixing.carry_out(call.app_id, call.parameters, self._advance(), effect=effect)
            answer = Answer(data=data)
        except RefusedError as refused:
            answer = refused.answer
        self._note(request, call, arrival, answer.code)
        return self._envelope(answer)

    def _envelope(self, answer: Answer) -> Response:
        return envelope(answer, request_id=str(next(self._request_ids)), now=self._advance())

    def _note(self, request: Request, call: _Call | None, arrival: float, code: int | None) -> None:
        self._log.call(
            LoggedCall(
                time=arrival,
                action=request.first("Action"),
                app_id=app_id_of(request),
                method=request.method,
                parameters=public(call.parameters, given_only=True) if call else {},
                code=code,
            )
        )
