"""The page marks what must not be quoted."""

from dataclasses import replace

from benchmarks.cluster import Writes
from benchmarks.machine import Usage
from benchmarks.report import page
from benchmarks.scenarios import Result

RESULT = Result(
    subject="operator",
    scenario="create",
    objects=100,
    seconds=2.0,
    rate=88.0,
    busiest=90,
    over_limit=0,
    calls=100,
    writes=Writes(patches=200, events=100, refused=0),
    used=Usage({"operator": 0.5, "etcd": 1.0}, 1.6),
    peak=100 * 2**20,
    resident=90 * 2**20,
)
BASELINE = replace(RESULT, subject="baseline", used=Usage({"baseline": 1.5, "etcd": 1.0}, 2.6))


def test_what_each_object_cost_is_told() -> None:
    assert "| 100 | create | operator | 2.0 | 100 | 88.0 | 90 | 0 | 2.00 | 1.00 | 0 | 5.0 | 100 |" in page([RESULT])


def test_a_row_that_others_disturbed_is_marked() -> None:
    disturbed = replace(RESULT, used=Usage({"operator": 0.5, "etcd": 1.0}, 2.0))

    assert "create (not quoted: 25% foreign)" in page([disturbed])


def test_the_baseline_is_set_beside_the_operator() -> None:
    assert "- create, 100 objects: the baseline takes 3.0 times the CPU." in page([RESULT, BASELINE])
    assert "times the CPU" not in page([RESULT])
