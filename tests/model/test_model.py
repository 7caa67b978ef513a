"""The operator as a whole, told hundreds of stories in which everything goes wrong, stays right."""

from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from model.api import Api
from model.loop import VirtualLoop
from model.machine import Machine
from model.world import Notes

_ENOUGH = 300
COMMON = {
    *("Running", "Adopted", "UpdatePending", "WaitingForRoom", "Suspended", "Conflict", "AlreadyRunning"),
    *("MixKeepsEnding", "Ended", "ZegoUnreachable", "ZegoFailed", "Throttled", "Stopping"),
}
"""The reasons that so many stories come to; without them the test would say little."""


@pytest.mark.timeout(0)
def test_the_operator_stays_right_whatever_happens(
    loop: VirtualLoop, api: Api, bugs: list[str], request: pytest.FixtureRequest
) -> None:
    notes = Notes(bugs)
    examples, steps = (request.config.getoption(f"--model-{what}") for what in ("examples", "steps"))
    run_state_machine_as_test(
        partial(Machine, loop, api, notes),  # type: ignore[arg-type]  # any factory will do
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            # A gate has the same verdict twice; whoever looks for what is still wrong asks for other stories.
            derandomize=not request.config.getoption("--model-anew"),
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # To explain takes as long as to find, and the story explains.
            phases=set(Phase) - {Phase.explain},
            report_multiple_bugs=False,
            print_blob=True,
        ),
    )
    assert examples < _ENOUGH or notes.reasons >= COMMON, COMMON - notes.reasons
