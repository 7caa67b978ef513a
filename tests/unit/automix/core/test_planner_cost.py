"""What a pass costs at rest, in an exact figure: thousands of objects are planned every ten minutes for nothing."""

import sys
from types import FrameType

import pytest

from automix.core.actions import Nothing, Wait
from automix.core.facts import Facts
from automix.core.planner import plan
from automix.core.status import status_after
from builders import NOW, a_running_automix, a_spec, facts

MOST_CALLS = 120


class _Calls:
    """Counts calls of Python's functions while it is a profiler."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        del frame, argument
        self.count += event == "call"


def _calls_of_a_pass(known: Facts) -> int:
    calls = _Calls()
    sys.setprofile(calls)
    try:
        action = plan(known)
        assert isinstance(action, Wait | Nothing)
        status_after(known.mix, action, NOW)
    finally:
        sys.setprofile(None)
    return calls.count


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="of the smallest spec"),
        pytest.param(
            {
                "mix_output": [{"stream_id": f"mix-{n}", "audio_bitrate": 64000} for n in range(3)],
                "extra_mix_input": [{"stream_id": f"in-{n}"} for n in range(9)],
                "user_data": "text",
            },
            id="of a large one",
        ),
    ],
)
def test_a_pass_over_what_runs_as_declared_takes_few_calls(fields: dict[str, object]) -> None:
    assert _calls_of_a_pass(facts(a_running_automix(a_spec(**fields)), looked_at=NOW)) < MOST_CALLS
