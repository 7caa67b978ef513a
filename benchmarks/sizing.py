"""What a pod needs, from what was measured."""

import math
from collections.abc import Sequence

from benchmarks.report import table
from benchmarks.scenarios import Result

_STEP_MIB = 32
_SPARE = 1.25
_HEAD = """\
# Sizing

Written by `make bench`, from the operator's rows of [benchmarks.md](benchmarks.md), on the machine of that run. One
process uses one core at most. What it does at the most follows from ZEGO's limit of 100 calls a second for each action
and app; rest means that every mix is looked at once in ten minutes.

"""
_COLUMNS = ("mixes", "most memory, MiB", "memory request", "memory limit", "a core while mixes start", "a core at rest")
_FOOT = """
The memory request is the most that was seen and a quarter more, the limit twice that. Do not limit the CPU: a start of
a thousand mixes would take as much longer, and the probes with it. A request of 100m is enough for the rest; the column
says what is used for as long as mixes start.
"""


def sizing(results: Sequence[Result]) -> str:
    """Return the page, Markdown."""
    ours = [result for result in results if result.subject == "operator" and result.objects and result.quotable]
    sizes = sorted({result.objects for result in ours})
    return _HEAD + table(_COLUMNS, [_row(size, [r for r in ours if r.objects == size]) for size in sizes]) + _FOOT


def _row(size: int, results: Sequence[Result]) -> list[str]:
    peak = max(result.peak for result in results) / 2**20
    request = math.ceil(peak * _SPARE / _STEP_MIB) * _STEP_MIB
    starting = max((result.core for result in results if result.scenario.startswith("create")), default=0.0)
    resting = max((result.core for result in results if result.scenario == "rest"), default=0.0)
    return [str(size), f"{peak:.0f}", f"{request}Mi", f"{2 * request}Mi", f"{starting:.0%}", f"{resting:.1%}"]
