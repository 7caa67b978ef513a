"""The simulator: one call from request to response, and the operations tests and the admin API share.

Does no I/O and never sleeps. Time passes when someone asks: everything first advances to what the clock says.
"""

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence

from pydantic import SecretStr

from automix_devkit.simulator.events import Event
from automix_devkit.simulator.faults import CallbackFault, Fault, Faults
from automix_devkit.simulator.gate import Call, Gate
from automix_devkit.simulator.log import Breach, Log, LoggedCall
from automix_devkit.simulator.mixing import Mixing
from automix_devkit.simulator.model import Answer, LostError, RefusedError, Request, Response
from automix_devkit.simulator.outbox import CallbackState, Delivery, Outbox, Receiver
from automix_devkit.simulator.protocol import App, app_id_of, wants_test
from automix_devkit.simulator.responses import envelope, error_page, parts_of
from automix_devkit.simulator.room import Leaving, Role
from automix_devkit.simulator.settings import Environments, SimulatorSettings
from automix_devkit.simulator.snapshot import snapshot
from automix_devkit.simulator.state import State
from automix_devkit.simulator.task import Ending, Task
from automix_devkit.simulator.wire import public

_FIRST_REQUEST_ID = 8472822294336370477


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
        self.settings = settings
        self._clock = clock
        self._apps: dict[int, App] = {}
        self._receivers: dict[int, Receiver] = {}
        self._request_ids = itertools.count(_FIRST_REQUEST_ID)
        self._delivery_numbers = itertools.count(1)
        self.reset()

    def reset(self) -> None:
        """Forget everything but the apps and where their callbacks go."""
        self._log = Log(self.settings.log_size)
        self._outbox = Outbox(self.settings, self._delivery_numbers)
        self._mixing = Mixing(self.settings, self._log, self._announce)
        self._gate = Gate(self.settings, self._apps, self._log)
        self._faults: Faults[Fault] = Faults()

    # Calls

    def handle(self, request: Request) -> Response:
        """Answer a request, ignoring scripted delays; raise LostError where the connection drops."""
        exchange = self.exchange(request)
        for _ in exchange:
            pass
        return exchange.response

    def exchange(self, request: Request) -> Exchange:
        """Begin to answer a request, for a caller that can let time pass."""
        return Exchange(self._steps(request))

    # Apps, rooms and tasks

    def add_app(
        self,
        app_id: int,
        server_secret: str | SecretStr,
        *,
        mixing_enabled: bool = True,
        environments: Environments | None = None,
    ) -> None:
        """Add a project, or replace its secret; its environments are those of the settings unless given."""
        self._apps[app_id] = App(
            app_id, _secret(server_secret), mixing_enabled, environments or self.settings.environments
        )

    def create_room(
        self, room_id: str, *, users: Sequence[str] = ("host",), streams: Sequence[str] = (), admins: Sequence[str] = ()
    ) -> None:
        """Create a room that every app sees, or replace who is in it; raise ValueError when nobody is.

        The streams are the first user's. ZEGO: FAQ empty-room-destruction, a room without users is destroyed at once.
        """
        roles = dict.fromkeys(users, Role.HOST) | dict.fromkeys(admins, Role.ADMIN)
        if not roles:
            raise ValueError("Users: a room without users does not exist; remove it instead")
        self._mixing.rooms.replace(room_id, roles, streams, self._advance())

    def remove_room(self, room_id: str) -> None:
        """End a room; raise KeyError when there is none."""
        self._mixing.rooms.end(room_id, self._advance())

    def join(self, room_id: str, user_id: str, *, role: Role = Role.HOST) -> None:
        """Let a user log in to a room, which is created for the first; raise ValueError for one who is there."""
        self._mixing.rooms.join(room_id, user_id, role, self._advance())

    def leave(self, room_id: str, user_id: str, *, leaving: Leaving = Leaving.NORMAL) -> None:
        """Let a user and what that user publishes go; the last one takes the room along. Raises KeyError."""
        self._mixing.rooms.leave(room_id, user_id, leaving, self._advance())

    def publish(self, room_id: str, stream_id: str, *, user_id: str | None = None) -> None:
        """Let a user of a room publish, the first unless named.

        Raises KeyError when the room or the user is missing, ValueError when the room has the stream.
        """
        self._mixing.rooms.publish(room_id, stream_id, user_id, self._advance())

    def close_stream(self, room_id: str, stream_id: str) -> None:
        """Let a stream of a room end; raise KeyError when there is none."""
        self._mixing.rooms.close(room_id, stream_id, self._advance())

    def kill_task(self, task_id: str) -> None:
        """Let a task die abnormally, in every app that runs it; raise KeyError when none does."""
        now = self._advance()
        for task in self._running(task_id):
            self._mixing.tasks.end(task, now, Ending.KILLED)

    def age_task(self, task_id: str, seconds: float) -> None:
        """Let a task be so much older, in every app that runs it; raise KeyError when none does."""
        self._advance()
        for task in self._running(task_id):
            task.started -= seconds

    def _running(self, task_id: str) -> list[Task]:
        found = [task for task in self._mixing.tasks.all() if task.parameters.task_id == task_id]
        if not found:
            raise KeyError(task_id)
        return found

    def add_fault(self, fault: Fault) -> None:
        """Script a fault, behind those that wait already."""
        self._faults.add(fault)

    def clear_faults(self) -> None:
        """Let no further call suffer what was scripted; one that suffers already goes on."""
        self._faults.clear()

    # Callbacks

    def set_callbacks(self, app_id: int, url: str, secret: str | SecretStr) -> None:
        """Let an app's callbacks go to a URL, signed with a CallbackSecret; raise KeyError for an unknown app."""
        self._receivers[self._apps[app_id].app_id] = Receiver(app_id, url, _secret(secret))

    def remove_callbacks(self, app_id: int) -> None:
        """Send an app no callbacks from now on; raise KeyError when it had none."""
        del self._receivers[app_id]

    def add_callback_fault(self, fault: CallbackFault) -> None:
        """Script what callbacks suffer, behind what waits already."""
        self._outbox.faults.add(fault)

    def callbacks_due(self) -> list[Delivery]:
        """Return the callbacks to be sent now; each has to be settled."""
        return self._outbox.due(self._advance())

    def callback_settled(self, delivery: Delivery, *, delivered: bool) -> None:
        """Note whether a callback was answered with HTTP 2xx."""
        self._outbox.settle(delivery, self._advance(), delivered=delivered)

    # What there is to see

    @property
    def calls(self) -> list[LoggedCall]:
        """Return the log of calls."""
        return list(self._log.calls)

    @property
    def breaches(self) -> list[Breach]:
        """Return what clients ought not to have done."""
        return list(self._log.breaches)

    @property
    def callbacks(self) -> list[CallbackState]:
        """Return the log of callbacks."""
        self._advance()
        return self._outbox.shown()

    def state(self) -> State:
        """Show what is running, who is in which room, and what was counted."""
        now = self._advance()
        return snapshot(self._mixing, self._log, self._outbox, now, self.settings.mix_duration)

    def _advance(self) -> float:
        now = self._clock()
        self._mixing.advance(now)
        return now

    def _announce(self, event: Event, now: float) -> None:
        receivers = [receiver for app_id, receiver in self._receivers.items() if event.app_id in {None, app_id}]
        self._outbox.put(event, receivers, now)

    def _steps(self, request: Request) -> Generator[float, None, Response]:
        now = self._advance()
        if request.path not in {"", "/"}:
            return error_page(404, now=now)
        call: Call | None = None
        try:
            call = self._gate.admit(request, now)
            user_id = self._mixing.user_of(call.environment, call.parameters)
            with self._gate.one_at_a_time(call, user_id, now):
                return (yield from self._serve(request, call, now))
        except RefusedError as refused:
            self._note(request, call, now, refused.answer.code)
            return self._envelope(refused.answer)

    def _serve(self, request: Request, call: Call, arrival: float) -> Generator[float, None, Response]:
        fault = self._faults.take(lambda fault: fault.matches(call.action, call.task_id))
        if fault is None:
            return self._answer(request, call, arrival)
        if fault.delay_before:
            yield fault.delay_before
        response = self._suffer(fault, request, call, arrival)
        if fault.delay_after:
            yield fault.delay_after
        if fault.lost is not None:
            raise LostError(fault.lost, response)
        return response

    def _suffer(self, fault: Fault, request: Request, call: Call, arrival: float) -> Response:
        if fault.lost == "before":
            self._note(request, call, arrival, None)
            return error_page(500, now=self._advance())
        if fault.code:
            if fault.effect:
                self._carry_out(call)
            self._note(request, call, arrival, fault.code)
            return self._envelope(Answer(fault.code, fault.message))
        if fault.status is not None:
            code = self._carry_out(call).code if fault.effect else None
            self._note(request, call, arrival, code)
            return error_page(fault.status, now=self._advance(), body=fault.body, retry_after=fault.retry_after)
        response = self._answer(request, call, arrival, effect=fault.code is None)
        if fault.cut is None:
            return response
        return Response(response.status, response.headers, response.body[: fault.cut])

    def _answer(self, request: Request, call: Call, arrival: float, *, effect: bool = True) -> Response:
        answer = self._carry_out(call, effect=effect)
        self._note(request, call, arrival, answer.code)
        return self._envelope(answer)

    def _carry_out(self, call: Call, *, effect: bool = True) -> Answer:
        try:
            data = self._mixing.carry_out(call.environment, call.parameters, self._advance(), effect=effect)
        except RefusedError as refused:
            return refused.answer
        return Answer(data=parts_of(data, self.settings.data_parts) if call.mixes else data)

    def _envelope(self, answer: Answer) -> Response:
        return envelope(answer, self.settings, request_id=str(next(self._request_ids)), now=self._advance())

    def _note(self, request: Request, call: Call | None, arrival: float, code: int | None) -> None:
        self._log.call(
            LoggedCall(
                time=arrival,
                action=request.first("Action"),
                app_id=app_id_of(request),
                is_test=call.environment.is_test if call else wants_test(request),
                method=request.method,
                parameters=public(call.parameters, given_only=True) if call else {},
                code=code,
            )
        )


def _secret(text: str | SecretStr) -> SecretStr:
    return SecretStr(text) if isinstance(text, str) else text
