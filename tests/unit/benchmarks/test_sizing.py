"""The page says what a pod needs for each number of mixes that was measured."""

from dataclasses import replace

from benchmarks.machine import Usage
from benchmarks.sizing import sizing
from unit.benchmarks.test_report import BASELINE, DISTURBED, NOTHING_YET, RESULT


def test_what_a_pod_needs_for_each_size() -> None:
    rest = replace(RESULT, scenario="rest", used=Usage({"operator": 0.01}, 0.1), peak=110 * 2**20)
    more = replace(RESULT, objects=1000, peak=200 * 2**20)

    page = sizing([NOTHING_YET, more, RESULT, rest, BASELINE])

    assert [line for line in page.splitlines() if line.startswith("| 1")] == [
        "| 100 | 110 | 160Mi | 320Mi | 25% | 0.5% |",
        "| 1000 | 200 | 256Mi | 512Mi | 25% | 0.0% |",
    ]


def test_what_others_disturbed_says_nothing_of_a_pod() -> None:
    page = sizing([NOTHING_YET, RESULT, replace(DISTURBED, peak=200 * 2**20), replace(DISTURBED, objects=1000)])

    assert [line for line in page.splitlines() if line.startswith("| 1")] == [
        "| 100 | 100 | 128Mi | 256Mi | 25% | 0.0% |"
    ]
