"""What the CPU goes into."""

import sys

from automix.core.planner import plan
from benchmarks.profile import Profile, page
from benchmarks.sampled import AREAS, OTHER, area
from builders import an_automix, facts


def test_the_innermost_function_that_is_named_says_what_is_done() -> None:
    seen: set[str] = set()
    sys.setprofile(lambda frame, *_: seen.add(area(frame)))
    try:
        plan(facts(an_automix()))
    finally:
        sys.setprofile(None)
    assert seen == {"planning", OTHER}


def test_the_page_shares_out_what_was_measured() -> None:
    text = page(1000, [Profile("create", 6.0, {"planning": 1, OTHER: 3}), Profile("change", 3.0, {"planning": 10})])

    assert "| planning | 1.50 | 3.00 |" in text
    assert f"| {OTHER} | 4.50 | 0.00 |" in text
    assert "| **all** | **6.00** | **3.00** |" in text
    assert all(f"| {name} |" in text for name in AREAS.values())
