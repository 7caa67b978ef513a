"""Breaks the operator on purpose, one way at a time, in a copy, and sees that tests fail. Run by `make broken`.

A break that no test notices is printed as SURVIVED, and the exit code is 1.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[1]
MAIN_JOB, RESTART = "tests/integration/test_main_job.py", "tests/e2e/test_restart.py"


class Break(NamedTuple):
    """One line of the operator that is made wrong, and the tests that must notice."""

    what: str
    module: str
    right: str
    wrong: str
    tests: str = MAIN_JOB


BREAKS = (
    Break("the Sequence is not raised", "core/sequence.py", "max(last + 1, int(now))", "max(last, 1)"),
    Break(
        "the finalizer is forgotten",
        "kube/objects.py",
        '*_added(meta.finalizers, "/metadata/finalizers", FINALIZER),',
        "",
    ),
    Break(
        "a replace is done as an update",
        "core/planner.py",
        "    if _may_replace(facts):\n",
        "    if facts.changes:\n        return Update(facts.changes)\n    if _may_replace(facts):\n",
    ),
    Break("the stop is skipped on delete", "core/planner.py", "        return Stop()\n", "        return Release()\n"),
    Break(
        "a secret is printed",
        "engine/apps.py",
        "        self._retire(app)\n        app.secret",
        '        log.warning("with %s", secret.get_secret_value())\n        self._retire(app)\n        app.secret',
    ),
    Break(
        "the status is written on an unchanged pass",
        "engine/reconciler.py",
        "(status != before.status or",
        "(True or",
        RESTART,
    ),
)


def noticed(broken: Break, folder: Path) -> bool:
    """Return whether tests fail on a copy with this break."""
    copy = folder / "copy"
    ignored = shutil.ignore_patterns(".*_cache", ".venv", ".git", ".hypothesis", "__pycache__")
    shutil.copytree(REPOSITORY, copy, ignore=ignored)
    module = copy / "operator/automix" / broken.module
    text = module.read_text(encoding="utf-8")
    if broken.right not in text:
        raise ValueError(f"{broken.module} no longer has {broken.right!r}: mend this list")
    module.write_text(text.replace(broken.right, broken.wrong, 1), encoding="utf-8")
    # Before the editable install, for the tests and for the operator that they start.
    environment = {**os.environ, "PYTHONPATH": str(copy / "operator")}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", broken.tests]
    run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    print(*[line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))], sep="\n")  # noqa: T201 -- a report
    return run.returncode == 1


def main() -> int:
    """Break everything, one thing at a time; returns the exit code."""
    survivors = 0
    for broken in BREAKS:
        with tempfile.TemporaryDirectory() as folder:
            caught = noticed(broken, Path(folder))
        survivors += not caught
        print(f"{'noticed' if caught else 'SURVIVED'}: {broken.what}", flush=True)  # noqa: T201 -- a report
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
