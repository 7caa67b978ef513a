"""Runs the operator, and counts what it is at each time that it has used a little CPU.

`python -m benchmarks.sampled FILE ...` is `python -m automix ...`. SIGUSR1 has it write the counts into the file, as
JSON, and begin anew.
"""

import json
import os
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

# Linux counts a process' CPU in steps of 4 ms, as a rule.
_CPU_SECONDS = 0.004

OTHER = "event loop, sockets, TLS and all else"
AREAS = {
    "KubeClient._request": "requests to the API server",
    "ZegoClient._call": "calls to ZEGO",
    "plan": "planning",
    "MixCache.get": "the cache",
    "MixCache._keep": "the cache",
    "Lookup.course": "looking up facts",
    "Reconciler.reconcile": "the rest of a pass",
    "watcher": "watches",
}
"""What functions are at, by their qualified names; whatever they call is theirs, unless it is in here itself."""
_OURS_AND_KOPFS = (f"{os.sep}automix{os.sep}", f"{os.sep}kopf{os.sep}")


def area(frame: FrameType | None) -> str:
    """Return what a frame is at: the innermost function that is named counts."""
    while frame is not None:
        code = frame.f_code
        if code.co_qualname in AREAS and any(part in code.co_filename for part in _OURS_AND_KOPFS):
            return AREAS[code.co_qualname]
        frame = frame.f_back
    return OTHER


def main() -> None:
    """Sample, and run."""
    path, counts = Path(sys.argv.pop(1)), Counter[str]()

    def sample(_signal: int, frame: FrameType | None) -> None:
        counts[area(frame)] += 1

    def tell(_signal: int, _frame: FrameType | None) -> None:
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(counts), encoding="utf-8")
        beside.replace(path)
        counts.clear()

    signal.signal(signal.SIGPROF, sample)
    signal.signal(signal.SIGUSR1, tell)
    signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS, _CPU_SECONDS)
    runpy.run_module("automix", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
