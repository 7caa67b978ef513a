"""One operator: the real engine in a process that can die, fed by a watch that can be late, and a clock of its own."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, TypeVar

from automix.core.schedule import Timing
from automix.engine.cache import MixKey
from automix.engine.runtime import Engine, EngineSettings
from automix.kube.client import Json
from automix.kube.errors import KubeError
from automix.telemetry.metrics import Metrics
from model.api import Api, Key, key_of
from model.clock import Clock
from model.loop import VirtualLoop
from model.process import CALLER, RUNNING_IN, Mishap, Process, ProcessClient
from model.story import Story
from model.zego import Line, Zego

T = TypeVar("T")

# From the end of a process to the first call of the next. Sequences rest on it: they are seconds.
_START_SECONDS = 2.0

_SETTINGS = EngineSettings(
    namespaces=(),
    app_secret_namespace="model",
    instance="model",
    timing=Timing(),
    workers=4,
    drain_seconds=20.0,
    sweep_seconds=600.0,
)


class Operator:
    """Whatever runs in one cluster in place of the operator's Deployment: one process after the other."""

    def __init__(self, loop: VirtualLoop, api: Api, zego: Zego, story: Story, namespace: str) -> None:
        self.clock = Clock(loop)
        """The machine's, which a process reads at its start."""
        self.process: Process | None = None
        self.returns = True
        """Whether the next process starts as soon as one died."""
        self.deaf: set[str] = set()
        """Names of the objects whose watch events are held back."""
        self._graves: list[Process] = []
        self._held: deque[tuple[str, Json]] = deque()
        self._last: dict[Key, tuple[str, Json]] = {}
        self._loop = loop
        self._api = api
        self._zego = zego
        self._story = story
        self.namespace = namespace
        self._name = f"the operator of {namespace}" if namespace != "model" else "the operator"
        self._engine: Engine | None = None
        self._context = Context()
        self._handed_over = False

    @property
    def alive(self) -> bool:
        """Whether a process runs."""
        return self.process is not None and not self.process.dead

    def start(self) -> None:
        """Start a process, unless one runs; one that cannot list ends at once, and the next is started."""
        if self.alive:
            return
        while not self.alive:
            if self.process is not None:
                self._loop.pass_time(_START_SECONDS)
            self.bury()
            self.process = process = Process(self._story, self._name)
            self._context = copy_context()
            self._context.run(RUNNING_IN.set, process)
            self._held.clear()
            starting = self._loop.create_task(self._start(process), context=self._context)
            self._loop.settle()
            starting.result()
            self._handed_over = False
            self._story.tell(f"{self._name} starts")
        self.list_again()

    def be_well(self) -> None:
        """Suffer nothing any more, hear everything, and run."""
        self.returns = True
        self.deaf.clear()
        if self.process is not None:
            self.process.mishaps.clear()
        self.start()
        self.catch_up()

    def hand_over(self) -> None:
        """End in order, as in a rollout: the next one begins at once, and knows whether all was recorded."""
        engine = self._engine if self.alive else None
        if engine is None:
            return
        self._story.tell(f"{self._name} is to end in order")
        ending = self._loop.create_task(engine.stop(), context=self._context)
        self._loop.settle()
        while self.alive and not ending.done():
            self._loop.pass_time(1)
        if self.alive:
            self._handed_over = engine.recorded
            self._story.tell("    and hands over" if self._handed_over else "    and could not record all it did")
            self.end()

    def end(self) -> None:
        """Die without a word."""
        if self.process is not None:
            self.process.dead = True
        self.bury()

    def released(self, name: str) -> bool:
        """Whether the process that runs let an object of this name go itself."""
        return self.process is not None and name in self.process.released

    def forget_release(self, name: str) -> None:
        """Take note that there is an object of this name again."""
        if self.process is not None:
            self.process.released.discard(name)

    def runs(self, process: Process) -> bool:
        """Whether it is this operator's process, dead or alive."""
        return self.process is process

    def will_suffer(self, mishap: Mishap) -> None:
        """Let something go wrong with a request to come of the process that runs, if one does."""
        if self.process is not None:
            self.process.mishaps.append(mishap)

    def bury(self) -> None:
        """Let what is left of a dead process go."""
        if self.process is not None:
            self._graves.append(self.process)
        self.process = self._engine = None
        # A timer may still rouse a process that was buried before.
        while tasks := [task for grave in self._graves for task in grave.tasks]:
            for task in tasks:
                task.cancel()
            self._loop.settle()

    def see(self, event: str, body: Json) -> None:
        """Take what the API server's watch says: at once, or held back."""
        if body["metadata"]["namespace"] != self.namespace or not self.alive:
            return
        self._held.append((event, body))
        self.catch_up()

    def catch_up(self) -> None:
        """Deliver the events that are not held back, each object's in their order."""
        kept: deque[tuple[str, Json]] = deque()
        while self._held:
            event, body = self._held.popleft()
            if body["metadata"]["name"] in self.deaf:
                kept.append((event, body))
            else:
                self._deliver(event, body)
        self._held = kept

    def hear_again(self, *, forgets: bool) -> None:
        """Hear everything from now on: what was held back, or else only what there is now."""
        self.deaf.clear()
        if forgets:
            self.list_again()
        else:
            self.catch_up()

    def hear_twice(self, name: str) -> None:
        """Deliver an object's last event once more."""
        last = next((said for (_, _, known), said in self._last.items() if known == name), None)
        if last is not None:
            self._deliver(*last)

    def list_again(self) -> None:
        """Do what kopf does after a 410 Gone: tell of all that exists, and nothing of what vanished meanwhile."""
        self._held.clear()
        self._last.clear()  # a watch tells nothing from before the list that it follows
        if self._engine is not None:
            self._context.run(self._engine.see_listing)
        for body in list(self._api.stored.values()):
            if body["metadata"]["namespace"] == self.namespace:
                self._deliver(None, body)

    def _deliver(self, event: str | None, body: Json) -> None:
        if self._engine is None or not self.alive:
            return
        if event is not None:
            self._last[key_of(body)] = event, body
        self._context.run(self._engine.see, event, body)

    async def _start(self, process: Process) -> None:
        client = ProcessClient(self._api, process, self._story)
        steady = Clock(self._loop, self.clock.offset)
        settings = EngineSettings(**{**vars(_SETTINGS), "namespaces": (self.namespace,)})
        self._engine = engine = Engine(
            client, settings, Metrics(), steady, transport=lambda _: Line(self._zego, process)
        )
        workers = engine._mix_workers  # noqa: SLF001 -- nobody else knows for whom a call is made
        workers._reconcile = _telling(workers._reconcile)  # noqa: SLF001
        try:
            await engine.start()
            await engine.act(anew=False, handed_over=self._handed_over)
        except KubeError:
            process.die("at its start, as the API server fails")


def _telling(reconcile: Callable[[MixKey], Awaitable[float | None]]) -> Callable[[MixKey], Awaitable[float | None]]:
    async def told(key: MixKey) -> float | None:
        CALLER.set(key[1])
        return await reconcile(key)

    return told


def owned(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T] | Generator[Any, None, T],
    context: Context | None = None,
) -> "asyncio.Task[T]":
    """Make a task that its process knows: a task factory."""
    process = RUNNING_IN.get() if context is None else context.get(RUNNING_IN)
    task = asyncio.Task(work, loop=loop, context=context)
    if process is not None:
        process.tasks.add(task)
        task.add_done_callback(process.tasks.discard)
    return task
