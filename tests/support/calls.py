"""What passes a proxy, how far it has come, and what may become of it."""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

_PATH = re.compile(r"/apis?/(?:[^/]+/)?v[^/]+(?:/namespaces/[^/]+)?/([^/]+)(?:/([^/]+)(?:/(.+))?)?")


class Moment(StrEnum):
    """Say how far a request has come."""

    ARRIVED = "before it is sent on"
    EFFECT = "after its effect"
    ANSWERED = "after its answer"


@dataclass(frozen=True)
class Call:
    """One request of the operator's.

    Attributes:
        kind: ZEGO's Action; or verb and resource, such as `PATCH automixes/status`, `LIST zegoapps`, `WATCH zegoapps`.
        method: HTTP's.
        path: Without its query.
        body: As sent.
        task: The TaskId that a call to ZEGO is about.
    """

    kind: str
    method: str
    path: str
    body: bytes = field(repr=False, default=b"")
    task: str = ""

    @property
    def watches(self) -> bool:
        """Whether its answer goes on until someone ends it."""
        return self.kind.startswith("WATCH ")


@dataclass(frozen=True)
class Answer:
    """Answer this in place of what was, or would have been, answered."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lost:
    """Drop the connection without an answer."""


@dataclass(frozen=True)
class Delay:
    """Go on after so many seconds."""

    seconds: float


class Hold:
    """Hold every request that gets this verdict, until they are released."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        """Set once a request is held."""
        self._then: Future[Verdict] = Future()

    def release(self, then: "Verdict" = None) -> None:
        """Let what is held go on, or end as `then` says."""
        self._then.set_result(then)

    async def verdict(self) -> "Verdict":
        """Wait for the release; for the proxy."""
        self.reached.set()
        # Shielded, or one watch whose client is gone would take the release from all the others.
        return await asyncio.shield(asyncio.wrap_future(self._then))


Verdict = Answer | Lost | Delay | Hold | None
Hook = Callable[[Call, Moment], Verdict]
"""Called in the proxy's thread at each moment of each request; None lets it go on."""


def call_of(request: web.Request, body: bytes) -> Call:
    """Return what a request is, with a body that was read."""
    return Call(_kind(request), request.method, request.path, body, _task(request, body))


def _task(request: web.Request, body: bytes) -> str:
    to_zego = "Action" in request.query
    return str((json.loads(body) if to_zego and body else request.query).get("TaskId", ""))


def _kind(request: web.Request) -> str:
    action = request.query.get("Action")
    if action:
        return action
    known = _PATH.fullmatch(request.path)
    if known is None:
        return f"{request.method} {request.path}"
    plural, name, part = known.groups()
    verb = "LIST" if request.method == "GET" and not name else request.method
    verb = "WATCH" if request.query.get("watch") in {"1", "true"} else verb
    return f"{verb} {plural}/{part}" if part else f"{verb} {plural}"
