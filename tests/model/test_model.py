"""The operator as a whole, told thousands of stories in which everything goes wrong, stays right."""

from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from model.api import Api
from model.loop import VirtualLoop
from model.machine import Machine


@pytest.mark.timeout(0)
def test_the_operator_stays_right_whatever_happens(
    loop: VirtualLoop, api: Api, bugs: list[str], request: pytest.FixtureRequest
) -> None:
    run_state_machine_as_test(
        partial(Machine, loop, api, bugs),  # type: ignore[arg-type]  # any factory will do
        settings=settings(
            max_examples=request.config.getoption("--model-examples"),
            stateful_step_count=request.config.getoption("--model-steps"),
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=set(Phase) - {Phase.explain},
            report_multiple_bugs=False,
            print_blob=True,
        ),
    )
