"""The page marks what must not be quoted."""

from dataclasses import replace

import pytest

from benchmarks.cluster import Writes
from benchmarks.machine import Usage
from benchmarks.report import page
from benchmarks.scenarios import CORES, Result
from benchmarks.waits import Wait, Waits

RESULT = Result(
    subject="operator",
    scenario="create",
    objects=100,
    seconds=2.0,
    wall=2.0,
    rate=88.0,
    busiest=90,
    over_limit=0,
    calls=100,
    writes=Writes(patches=200, events=100, leases=3, others=1, refused=0),
    most_events=1,
    used=Usage({"operator": 0.5, "etcd": 1.0}, 1.6),
    done=True,
    peak=100 * 2**20,
    resident=90 * 2**20,
    ready=0.5,
)
NOTHING_YET = replace(RESULT, scenario="nothing yet", objects=0, resident=80 * 2**20)
DISTURBED = replace(RESULT, used=Usage({"operator": 0.5, "etcd": 1.0}, 1.5 + 2.0 * CORES * 0.25))
BASELINE = replace(RESULT, subject="baseline", used=Usage({"baseline": 1.5, "etcd": 1.0}, 2.6))


def test_what_each_object_cost_is_told() -> None:
    assert "| 100 | create | operator | 2.0 | 100 | 88.0 | 90 | 0 | 200 | 100 | 1 | 1 | 3 | 0 | 5.0 | 100 |" in page(
        [NOTHING_YET, RESULT]
    )


def test_a_row_that_others_disturbed_is_marked_and_not_quoted() -> None:
    text = page([NOTHING_YET, DISTURBED, BASELINE])

    assert "create (not quoted: 25% foreign)" in text
    assert "\n- " not in text


def test_a_row_of_which_not_all_was_done_is_marked_and_not_quoted() -> None:
    text = page([NOTHING_YET, replace(RESULT, done=False), BASELINE])

    assert "create (not quoted: not all was done)" in text
    assert "\n- " not in text


def test_a_start_that_others_disturbed_says_nothing_of_the_memory_of_objects() -> None:
    text = page([replace(DISTURBED, scenario="nothing yet", objects=0), RESULT, BASELINE])

    assert "times the CPU" in text
    assert "KiB" not in text


def test_the_baseline_is_set_beside_the_operator() -> None:
    assert "- create, 100 objects: the baseline takes 3.0 times the CPU." in page([NOTHING_YET, RESULT, BASELINE])
    assert "times the CPU" not in page([NOTHING_YET, RESULT])


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        pytest.param("create", "100 objects: 102.4 KiB of memory an object, at most 100 MiB in all.", id="memory"),
        pytest.param("rest", "100 objects: 25.0% of one core; 301 writes but 3 renewals of the Lease.", id="rest"),
        pytest.param(
            "restart",
            "100 objects: ready after 0.5 s; 100 calls that change a mix, 301 writes but 3 renewals of the Lease.",
            id="restart",
        ),
    ],
)
def test_what_a_pod_needs_is_told(scenario: str, expected: str) -> None:
    assert f"- {scenario}, {expected}" in page([NOTHING_YET, replace(RESULT, scenario=scenario)])


def test_what_ninety_nine_of_a_hundred_did_not_exceed_is_told() -> None:
    waits = Waits("a change", "a crowd", tuple(number / 100 for number in range(100)))

    text = page([], [Wait((waits,), calls_for_ten_edits=1)])

    assert "| a change | a crowd | 100 | 0.50 | 0.99 |" in text
    assert "StartAutoMix calls: 1." in text
