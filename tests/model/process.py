"""A process of the operator: every request of its passes here, and it may die at any of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from automix.kube.client import Json, JsonPatch, KubeClient
from automix.kube.errors import Unavailable
from model.api import Api
from model.story import Story

T = TypeVar("T")

RUNNING_IN: ContextVar["Process | None"] = ContextVar("process", default=None)
"""The process that a task belongs to."""


CALLER: ContextVar[str] = ContextVar("caller", default="")
"""The name of the AutoMix that a task's pass is about."""


class Moment(StrEnum):
    """When something goes wrong with a request."""

    BEFORE = "before its {} arrives"
    UNDER_WAY = "while its {} is on its way"
    AFTER = "after its {} had its effect"


class End(StrEnum):
    """What goes wrong."""

    DEATH = "the operator dies"
    NO_ANSWER = "the API server fails"


@dataclass
class Mishap:
    """Something that goes wrong with the n-th request from now on; 0 is the next."""

    end: End
    moment: Moment
    countdown: int


class Process:
    """One process: what it is about to suffer, and whether it lives."""

    def __init__(self, story: Story, name: str) -> None:
        self._story = story
        self.name = name
        self.dead = False
        self.mishaps: list[Mishap] = []
        self.released: set[str] = set()
        """Names of the objects that it took its finalizer off."""
        self.tasks: set[asyncio.Task[Any]] = set()

    def die(self, how: str) -> None:
        """End at once; whatever comes back from now on comes too late."""
        if not self.dead:
            self.dead = True
            self._story.tell(f"{self.name} dies {how}")

    async def request(self, what: str, effect: Callable[[], Awaitable[T]], *, counted: bool, kube: bool) -> T:
        """Let a request through, unless something goes wrong with it. Raises Unavailable."""
        mishap = self._mishap(kube=kube) if counted and not self.dead else None
        if mishap is not None and mishap.moment is Moment.BEFORE:
            self._suffer(mishap, what)
        if self.dead:
            await _never()
        if mishap is not None and mishap.moment is Moment.UNDER_WAY:
            # What was sent arrives, whatever becomes of the sender.
            sent = asyncio.ensure_future(effect())
            sent.add_done_callback(_take_note)
            self._suffer(mishap, what)
            await _never(sent)
        answer = await effect()
        if mishap is not None:
            self._suffer(mishap, what)
        if self.dead:
            await _never()
        return answer

    def _mishap(self, *, kube: bool) -> Mishap | None:
        """Return what goes wrong now, if it is its turn; an API server fails requests to itself alone."""
        concerned = [mishap for mishap in self.mishaps if mishap.end is End.DEATH or kube]
        for mishap in concerned:
            mishap.countdown -= 1
        due = next((mishap for mishap in concerned if mishap.countdown < 0), None)
        if due is not None:
            self.mishaps.remove(due)
        return due

    def _suffer(self, mishap: Mishap, what: str) -> None:
        when = mishap.moment.format(what)
        if mishap.end is End.DEATH:
            self.die(when)
            return
        self._story.tell(f"{mishap.end}: {self.name} gets no answer, {when}")
        raise Unavailable(what, "the model's API server is away")


class ProcessClient(KubeClient):
    """The Kubernetes client of one process, over the connection that all share."""

    def __init__(self, api: Api, process: Process, story: Story) -> None:
        # The connection is not this one's own: the parent's constructor would open another.
        self._shared = api
        self._process = process
        self._story = story

    async def _request(
        self, method: str, path: str, body: Json | JsonPatch | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        what = _in_words(method, path, body)
        counted = bool(what)

        async def effect() -> Json:
            if counted:
                self._story.tell(f"    {self._process.name} sends its {what}")
            if what.startswith("release of "):
                self._process.released.add(what.removeprefix("release of "))
            return await self._shared.send(method, path, body, headers)

        return await self._process.request(what or method, effect, counted=counted, kube=True)


def _in_words(method: str, path: str, body: Json | JsonPatch | None) -> str:
    """Return what a request that changes an AutoMix or an app is, empty for reads and Events."""
    place = path.partition("?")[0].split("/")
    if method != "PATCH" or not isinstance(body, list):
        return ""
    if place[-1] == "status":
        return f"status of {place[-2]}"
    claims = any("annotations" in op["path"] for op in body)
    return f"{'claim on' if claims else 'release of'} {place[-1]}"


def _take_note(sent: "asyncio.Future[Any]") -> None:
    """Hear of a refusal in the sender's place, who does not live to: asyncio reports what nobody asked for."""
    if not sent.cancelled():
        sent.exception()


async def _never(*kept: object) -> None:
    del kept  # only until the process is buried
    await asyncio.get_running_loop().create_future()
