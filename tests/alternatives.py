"""Runs the operator's tests once for each reading of ZEGO's documents that the simulator can take. `make alternatives`.

`docs/limits.md` says where the operator cannot be right under one; the tests in question say so with `not_under`.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from automix_devkit.simulator.alternatives import ALTERNATIVES

REPOSITORY = Path(__file__).parents[1]
# All that has the operator and the simulator in it, but the demo, which tells its story of the default.
SUITE = (
    "tests/integration/test_main_job.py",
    "tests/integration/test_edges.py",
    "tests/integration/test_every_field.py",
    "tests/integration/test_samples.py",
    "tests/e2e/test_restart.py",
    "tests/e2e/test_crashes.py",
)
# The operator takes no callbacks yet.
UNHEARD = ("callback", "sign_retries_anew")


class Run(NamedTuple):
    """What pytest said under one alternative; seconds."""

    alternative: str
    passed: bool
    summary: str
    output: str
    seconds: float


def run(alternative: str) -> Run:
    """Run the suite under an alternative."""
    begun = time.monotonic()
    done = subprocess.run(  # noqa: S603 -- ourselves
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--zego", alternative, *SUITE],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    summary = (done.stdout.strip().splitlines() or ["nothing was printed"])[-1]
    return Run(alternative, done.returncode == 0, summary, done.stdout, time.monotonic() - begun)


def runs(names: list[str], jobs: int) -> Iterator[Run]:
    """Yield the runs in the order of the names."""
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(run, names)


def main() -> int:
    """Run what is asked for and print a line for each alternative; 1 if a test failed under any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="alternatives; if none is named, all but those of callbacks")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    asked = parser.parse_args()
    heard = [name for name, switches in ALTERNATIVES.items() if not all(key.startswith(UNHEARD) for key in switches)]
    failed = 0
    for done in runs(asked.names or heard, asked.jobs):
        sys.stdout.write(f"{'ok' if done.passed else 'FAILED':6} {done.alternative}: {done.summary}\n")
        if not done.passed:
            failed += 1
            sys.stdout.write(done.output)
        sys.stdout.flush()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
