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
INTEGRATION = "tests/integration"
MAIN_JOB, RESTART = f"{INTEGRATION}/test_main_job.py", "tests/e2e/test_restart.py"


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
        "core/rules/running.py",
        "    if may_replace(facts):\n",
        "    if facts.changes:\n        return Update(facts.changes)\n    if may_replace(facts):\n",
    ),
    Break(
        "the stop is skipped on delete",
        "core/rules/leaving.py",
        "        return Stop()\n",
        "        return Release()\n",
    ),
    Break(
        "a secret is printed",
        "engine/credentials.py",
        "ref.name, ref.key)\n",
        "ref.name, ref.key)\n        print(secret.get_secret_value())\n",
    ),
    Break(
        "the status is written on an unchanged pass",
        "engine/reconciler.py",
        "if status != before.status or",
        "if True or",
        RESTART,
    ),
    Break(
        "what is not seen counts as ended, though the query has never shown a mix",
        "engine/effects.py",
        "ended = facts.app.sees_mixes and not",
        "ended = not",
        f"{INTEGRATION}/test_adoption.py",
    ),
    Break(
        "a mix that someone else started is taken for the object's own",
        "core/rules/running.py",
        "    if was_taken_over(facts):\n",
        "    if False:\n",
        f"{INTEGRATION}/test_adoption.py",
    ),
    Break(
        "who comes second to a room starts as well",
        "core/rules/waiting.py",
        "    if not facts.rival:\n",
        "    if True:\n",
        f"{INTEGRATION}/test_conflicts.py",
    ),
    Break(
        "empty rooms are tried blindly",
        "core/rules/waiting.py",
        "    if facts.people is People.UNKNOWN:\n        return Count()\n",
        "    if facts.people is not None:\n        return None\n",
        f"{INTEGRATION}/test_empty_rooms.py",
    ),
    Break(
        "a refusal is blamed on the mix before its app was asked",
        "engine/reconciler.py",
        "        if not failure.of_the_app or",
        "        if True or",
        f"{INTEGRATION}/test_credentials.py",
    ),
    Break(
        "an object that vanishes is forgotten with its mix",
        "engine/lookup.py",
        "if holds(mix) and not released else None",
        "if False else None",
        f"{INTEGRATION}/test_deletion.py",
    ),
    Break(
        "failures are not waited out",
        "core/rules/waiting.py",
        "    if facts.now >= until and not facts.failed:\n        return None\n",
        "    if facts.now >= 0:\n        return None\n",
        f"{INTEGRATION}/test_states.py",
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
