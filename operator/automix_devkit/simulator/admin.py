"""The admin API of the served simulator: JSON in and out of the Simulator's own methods, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import ConfigDict, Field, SecretStr, ValidationError

from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.faults import CallbackFault, Fault
from automix_devkit.simulator.protocol import AppId
from automix_devkit.simulator.room import Leaving, Role
from automix_devkit.simulator.settings import Environments
from automix_devkit.simulator.wire import Wire, problem

WireT = TypeVar("WireT", bound=Wire)
Text = Annotated[str, Field(min_length=1)]


class Asked(Wire):
    """Read what is asked of the admin API: there nothing unknown is tolerated."""

    model_config = ConfigDict(extra="forbid")


class NewApp(Asked):
    """Add a project."""

    app_id: AppId
    server_secret: SecretStr
    mixing_enabled: bool = True
    environments: Environments | None = None


class NewReceiver(Asked):
    """Say where an app's callbacks go."""

    url: Annotated[str, Field(pattern="^https?://")]
    callback_secret: SecretStr


class NewRoom(Asked):
    """Create or replace a room."""

    room_id: Text
    users: list[str] = Field(default_factory=lambda: ["host"], min_length=1)
    admins: list[str] = Field(default_factory=list)
    streams: list[str] = Field(default_factory=list)


class NewUser(Asked):
    """Let a user join."""

    user_id: Text
    role: Role = Role.HOST


class NewStream(Asked):
    """Let a stream be published, by the first user unless named."""

    stream_id: Text
    user_id: str | None = None


class Age(Asked):
    """Let a task be so much older."""

    seconds: float = Field(gt=0)


class Admin:
    """Bind the simulator's operations to paths beneath /admin/."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        """Return every admin route."""
        room, app = "/admin/rooms/{room_id}", r"/admin/apps/{app_id:\d+}"
        return [
            web.get("/admin/healthz", self.healthz),
            web.get("/admin/state", self.state),
            web.get("/admin/calls", self.calls),
            web.get("/admin/breaches", self.breaches),
            web.get("/admin/callbacks", self.callbacks),
            web.post("/admin/apps", self.add_app),
            web.put(f"{app}/callbacks", self.set_callbacks),
            web.delete(f"{app}/callbacks", self.remove_callbacks),
            web.post("/admin/rooms", self.create_room),
            web.delete(room, self.remove_room),
            web.post(f"{room}/users", self.join),
            web.delete(f"{room}/users/{{user_id}}", self.leave),
            web.post(f"{room}/streams", self.publish),
            web.delete(f"{room}/streams/{{stream_id}}", self.close_stream),
            web.post("/admin/tasks/{task_id}/kill", self.kill_task),
            web.post("/admin/tasks/{task_id}/age", self.age_task),
            web.post("/admin/faults", self.add_fault),
            web.delete("/admin/faults", self.clear_faults),
            web.post("/admin/callback-faults", self.add_callback_fault),
            web.post("/admin/reset", self.reset),
        ]

    async def healthz(self, _: web.Request) -> web.Response:
        """Say that the simulator answers."""
        return web.json_response({"Status": "ok"})

    async def state(self, _: web.Request) -> web.Response:
        """Show the state."""
        return web.json_response(_shown(self._simulator.state()))

    async def calls(self, _: web.Request) -> web.Response:
        """Show the log of calls."""
        return web.json_response([_shown(call) for call in self._simulator.calls])

    async def breaches(self, _: web.Request) -> web.Response:
        """Show the breaches."""
        return web.json_response([_shown(breach) for breach in self._simulator.breaches])

    async def callbacks(self, _: web.Request) -> web.Response:
        """Show the log of callbacks."""
        return web.json_response([_shown(callback) for callback in self._simulator.callbacks])

    async def add_app(self, request: web.Request) -> web.Response:
        """Add a project: AppId, ServerSecret, MixingEnabled, Environments."""
        app = await _read(request, NewApp)
        self._simulator.add_app(
            app.app_id, app.server_secret, mixing_enabled=app.mixing_enabled, environments=app.environments
        )
        return _done()

    async def set_callbacks(self, request: web.Request) -> web.Response:
        """Say where an app's callbacks go: Url, CallbackSecret."""
        receiver = await _read(request, NewReceiver)
        with _refusing("there is no such app"):
            self._simulator.set_callbacks(int(request.match_info["app_id"]), receiver.url, receiver.callback_secret)
        return _done()

    async def remove_callbacks(self, request: web.Request) -> web.Response:
        """Send an app no callbacks any more."""
        with _refusing("the app has no callbacks"):
            self._simulator.remove_callbacks(int(request.match_info["app_id"]))
        return _done()

    async def create_room(self, request: web.Request) -> web.Response:
        """Create or replace a room: RoomId, Users, Admins, Streams."""
        room = await _read(request, NewRoom)
        self._simulator.create_room(room.room_id, users=room.users, streams=room.streams, admins=room.admins)
        return _done()

    async def remove_room(self, request: web.Request) -> web.Response:
        """End a room."""
        with _refusing("there is no such room"):
            self._simulator.remove_room(request.match_info["room_id"])
        return _done()

    async def join(self, request: web.Request) -> web.Response:
        """Let a user join a room: UserId, Role."""
        user = await _read(request, NewUser)
        with _refusing("there is no such room"):
            self._simulator.join(request.match_info["room_id"], user.user_id, role=user.role)
        return _done()

    async def leave(self, request: web.Request) -> web.Response:
        """Let a user leave a room; Reason in the query."""
        reason = request.query.get("Reason", "0")
        if reason not in {str(int(leaving)) for leaving in Leaving}:
            raise _error(web.HTTPBadRequest, "Reason: must be 0 to 4")
        with _refusing("there is no such room or user"):
            path = request.match_info
            self._simulator.leave(path["room_id"], path["user_id"], leaving=Leaving(int(reason)))
        return _done()

    async def publish(self, request: web.Request) -> web.Response:
        """Let a stream be published in a room: StreamId, UserId."""
        stream = await _read(request, NewStream)
        with _refusing("there is no such room or user"):
            self._simulator.publish(request.match_info["room_id"], stream.stream_id, user_id=stream.user_id)
        return _done()

    async def close_stream(self, request: web.Request) -> web.Response:
        """End a stream of a room."""
        with _refusing("there is no such room or stream"):
            self._simulator.close_stream(request.match_info["room_id"], request.match_info["stream_id"])
        return _done()

    async def kill_task(self, request: web.Request) -> web.Response:
        """Let a task die abnormally."""
        with _refusing("no such task runs"):
            self._simulator.kill_task(request.match_info["task_id"])
        return _done()

    async def age_task(self, request: web.Request) -> web.Response:
        """Let a task be older than it is: Seconds."""
        age = await _read(request, Age)
        with _refusing("no such task runs"):
            self._simulator.age_task(request.match_info["task_id"], age.seconds)
        return _done()

    async def add_fault(self, request: web.Request) -> web.Response:
        """Script a fault."""
        self._simulator.add_fault(await _read(request, Fault))
        return _done()

    async def clear_faults(self, _: web.Request) -> web.Response:
        """Forget the faults that calls have yet to suffer."""
        self._simulator.clear_faults()
        return _done()

    async def add_callback_fault(self, request: web.Request) -> web.Response:
        """Script what callbacks suffer."""
        self._simulator.add_callback_fault(await _read(request, CallbackFault))
        return _done()

    async def reset(self, _: web.Request) -> web.Response:
        """Forget everything but the apps."""
        self._simulator.reset()
        return _done()


def _shown(wire: Wire) -> object:
    return wire.model_dump(mode="json", by_alias=True)


def _done() -> web.Response:
    return web.Response(status=204)


def _error(kind: type[web.HTTPNotFound | web.HTTPBadRequest | web.HTTPConflict], text: str) -> web.HTTPException:
    return kind(text=f"{text}\n")


@contextmanager
def _refusing(missing: str) -> Iterator[None]:
    try:
        yield
    except KeyError:
        raise _error(web.HTTPNotFound, missing) from None
    except ValueError as error:
        raise _error(web.HTTPConflict, str(error)) from None


async def _read(request: web.Request, model: type[WireT]) -> WireT:
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        # Not the error itself: it repeats the input, which may be a secret.
        raise _error(web.HTTPBadRequest, problem(error)) from None
