"""Scripted faults: what the next calls of an action suffer. Says what goes wrong, the engine makes it happen."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from automix_devkit.simulator.parameters import ACTIONS
from automix_devkit.simulator.wire import Wire

Seconds = Annotated[float, Field(ge=0, le=600)]


class Fault(Wire):
    """Script what the next calls of an action suffer.

    Attributes:
        action: The Action concerned.
        task_id: Only calls for this task; every call when left out.
        times: How many matching calls suffer it.
        delay_before: Seconds that pass before the call has its effect.
        delay_after: Seconds that pass between the effect and the answer.
        lost: The connection drops instead of an answer, `before` or `after` the effect.
        code: Answer this Code without effect; 0 is a success that is not true.
        message: The Message beside the code.
        status: Answer this HTTP status with an HTML body, without effect.
    """

    model_config = ConfigDict(extra="forbid")

    action: str
    task_id: str | None = None
    times: Annotated[int, Field(ge=1)] = 1
    delay_before: Seconds = 0
    delay_after: Seconds = 0
    lost: Literal["before", "after"] | None = None
    code: Annotated[int, Field(ge=0)] | None = None
    message: str = "scripted fault"
    status: Annotated[int, Field(ge=400, le=599)] | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.action not in ACTIONS:
            raise ValueError(f"Action must be one of {', '.join(ACTIONS)}")
        answers = sum(given is not None for given in (self.lost, self.code, self.status))
        if answers > 1:
            raise ValueError("at most one of Lost, Code and Status is allowed")
        if not (answers or self.delay_before or self.delay_after):
            raise ValueError("one of Lost, Code, Status, DelayBefore and DelayAfter is required")
        return self

    def matches(self, action: str, task_id: str | None) -> bool:
        """Tell whether a call suffers this fault."""
        return self.action == action and self.task_id in {None, task_id}


class Faults:
    """Keep the scripted faults in the order they were added."""

    def __init__(self) -> None:
        self._pending: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Add a fault behind those that wait already."""
        self._pending.append((fault, fault.times))

    def take(self, action: str, task_id: str | None) -> Fault | None:
        """Use up one turn of the first fault that matches."""
        for index, (fault, left) in enumerate(self._pending):
            if fault.matches(action, task_id):
                self._pending[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None
