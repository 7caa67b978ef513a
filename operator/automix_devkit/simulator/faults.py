"""Scripted faults: what the next calls or callbacks suffer. Says what goes wrong, others make it happen."""

import random
from collections.abc import Callable
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import ConfigDict, Field, model_validator

from automix_devkit.simulator.actions import ACTIONS
from automix_devkit.simulator.model import When
from automix_devkit.simulator.wire import Wire

Seconds = Annotated[float, Field(ge=0, le=600)]


class Script(Wire):
    """Say how often something goes wrong.

    Attributes:
        times: How many matching calls or callbacks suffer it.
        percent: How likely each of them does; those that are spared do not count.
        seed: Which calls are spared is the same for the same seed.
    """

    model_config = ConfigDict(extra="forbid")

    times: Annotated[int, Field(ge=1)] = 1
    percent: Annotated[float, Field(gt=0, le=100)] = 100
    seed: int = 0


class Fault(Script):
    """Script what the next calls suffer.

    Attributes:
        action: The Action concerned; every action when left out.
        task_id: Only calls for this task; every call when left out.
        delay_before: Seconds that pass before the call has its effect.
        delay_after: Seconds that pass between the effect and the answer.
        lost: The connection drops instead of an answer, `before` or `after` the effect, or `midway` through the answer.
        cut: Only so many bytes of the answer arrive, as if they were all.
        code: Answer this Code without effect; 0 is a success that is not true.
        message: The Message beside the code.
        status: Answer this HTTP status without effect, as a proxy does.
        body: What the proxy says: HTML, or nothing.
        retry_after: Seconds in the Retry-After header beside the status.
        effect: Let the call have its effect all the same, beside a code other than 0 or a status.
    """

    action: str | None = None
    task_id: str | None = None
    delay_before: Seconds = 0
    delay_after: Seconds = 0
    lost: When | None = None
    cut: Annotated[int, Field(ge=0)] | None = None
    code: Annotated[int, Field(ge=0)] | None = None
    message: str = "scripted fault"
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    body: Literal["html", "empty"] = "html"
    retry_after: Annotated[int, Field(ge=0)] | None = None
    effect: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.action is not None and self.action not in ACTIONS:
            raise ValueError(f"Action must be one of {', '.join(ACTIONS)}")
        answers = sum(given is not None for given in (self.lost, self.cut, self.code, self.status))
        if answers > 1:
            raise ValueError("at most one of Lost, Cut, Code and Status is allowed")
        if not (answers or self.delay_before or self.delay_after):
            raise ValueError("one of Lost, Cut, Code, Status, DelayBefore and DelayAfter is required")
        if self.effect and not (self.code or self.status):
            raise ValueError("Effect needs a Code other than 0 or a Status")
        if self.status is None and (self.retry_after is not None or self.body != "html"):
            raise ValueError("RetryAfter and Body need a Status")
        return self

    def matches(self, action: str, task_id: str | None) -> bool:
        """Tell whether a call may suffer this fault."""
        return self.action in {None, action} and self.task_id in {None, task_id}


class CallbackFault(Script):
    """Script what the next callbacks suffer.

    Attributes:
        event: The event concerned; every event when left out.
        app_id: Only callbacks of this app; of every app when left out.
        lost: It is never sent.
        doubled: It is sent twice.
        behind_next: It is sent right behind the next one of its app: out of order.
        delay: Seconds that pass before it is sent.
    """

    event: str | None = None
    app_id: int | None = None
    lost: bool = False
    doubled: bool = False
    behind_next: bool = False
    delay: Seconds = 0

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if sum((self.lost, self.doubled, self.behind_next, self.delay > 0)) != 1:
            raise ValueError("one of Lost, Doubled, BehindNext and Delay is required")
        return self

    def matches(self, event: str, app_id: int) -> bool:
        """Tell whether a callback may suffer this fault."""
        return self.event in {None, event} and self.app_id in {None, app_id}


ScriptT = TypeVar("ScriptT", bound=Script)


class Faults(Generic[ScriptT]):
    """Keep the scripted faults in the order they were added."""

    def __init__(self) -> None:
        self._pending: list[tuple[ScriptT, int, random.Random]] = []

    def add(self, fault: ScriptT) -> None:
        """Add a fault behind those that wait already."""
        self._pending.append((fault, fault.times, random.Random(fault.seed)))  # noqa: S311 -- made to be repeated

    def clear(self) -> None:
        """Forget all that wait."""
        self._pending.clear()

    def take(self, matches: Callable[[ScriptT], bool]) -> ScriptT | None:
        """Use up one turn of the first fault that matches and does not spare the call."""
        for index, (fault, left, dice) in enumerate(self._pending):
            if matches(fault) and dice.random() * 100 < fault.percent:
                self._pending[index : index + 1] = [(fault, left - 1, dice)] if left > 1 else []
                return fault
        return None
