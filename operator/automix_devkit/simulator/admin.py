"""The admin API of the served simulator: JSON in and out of the Simulator's own methods, and nothing else."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias, TypeVar

from aiohttp import web
from pydantic import ConfigDict, Field, SecretStr, ValidationError

from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.faults import Fault
from automix_devkit.simulator.protocol import AppId
from automix_devkit.simulator.wire import Wire, problem

WireT = TypeVar("WireT", bound=Wire)
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NewApp(Wire):
    """Add a project."""

    model_config = ConfigDict(extra="forbid")

    app_id: AppId
    server_secret: SecretStr
    mixing_enabled: bool = True


class NewRoom(Wire):
    """Create or replace a room."""

    model_config = ConfigDict(extra="forbid")

    room_id: Annotated[str, Field(min_length=1)]
    users: list[str] = Field(default_factory=lambda: ["host"], min_length=1)
    streams: list[str] = Field(default_factory=list)


class Admin:
    """Bind the simulator's operations to paths beneath /admin/."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        """Return every admin route."""
        return [
            web.get("/admin/healthz", self.healthz),
            web.get("/admin/state", self.state),
            web.get("/admin/calls", self.calls),
            web.get("/admin/breaches", self.breaches),
            web.post("/admin/apps", self.add_app),
            web.post("/admin/rooms", self.create_room),
            web.delete("/admin/rooms/{room_id}", self.remove_room),
            web.post("/admin/tasks/{task_id}/kill", self.kill_task),
            web.post("/admin/faults", self.add_fault),
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

    async def add_app(self, request: web.Request) -> web.Response:
        """Add a project: AppId, ServerSecret, MixingEnabled."""
        app = await _read(request, NewApp)
        self._simulator.add_app(app.app_id, app.server_secret, mixing_enabled=app.mixing_enabled)
        return _done()

    async def create_room(self, request: web.Request) -> web.Response:
        """Create or replace a room: RoomId, Users, Streams."""
        room = await _read(request, NewRoom)
        self._simulator.create_room(room.room_id, users=room.users, streams=room.streams)
        return _done()

    async def remove_room(self, request: web.Request) -> web.Response:
        """End a room."""
        try:
            self._simulator.remove_room(request.match_info["room_id"])
        except KeyError:
            raise _error(web.HTTPNotFound, "there is no such room") from None
        return _done()

    async def kill_task(self, request: web.Request) -> web.Response:
        """Let a task die abnormally."""
        try:
            self._simulator.kill_task(request.match_info["task_id"])
        except KeyError:
            raise _error(web.HTTPNotFound, "no such task runs") from None
        return _done()

    async def add_fault(self, request: web.Request) -> web.Response:
        """Script a fault."""
        self._simulator.add_fault(await _read(request, Fault))
        return _done()

    async def reset(self, _: web.Request) -> web.Response:
        """Forget everything but the apps."""
        self._simulator.reset()
        return _done()


def _shown(wire: Wire) -> object:
    return wire.model_dump(mode="json", by_alias=True)


def _done() -> web.Response:
    return web.Response(status=204)


def _error(kind: type[web.HTTPNotFound | web.HTTPBadRequest], text: str) -> web.HTTPException:
    return kind(text=f"{text}\n")


async def _read(request: web.Request, model: type[WireT]) -> WireT:
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        # Not the error itself: it repeats the input, which may be a secret.
        raise _error(web.HTTPBadRequest, problem(error)) from None
