"""The real kstatus, asked about stored objects, and what the table of states says that it answers."""

import json
import subprocess
from collections.abc import Iterable, Sequence
from typing import Any

from automix_devkit.binaries import KSTATUS, find

Json = dict[str, Any]

_ANSWERS = {
    "InProgress": "Starting Updating Replacing UpdatePending MixKeepsEnding ZegoUnreachable ZegoFailed Throttled",
    "Current": "Running Adopted WaitingForRoom Ended Suspended",
    "Failed": (
        "Conflict InvalidSpec AlreadyRunning ManagedElsewhere "
        "AppNotFound AppNotAllowed CredentialsRejected ServiceNotEnabled"
    ),
    "Terminating": "Stopping",
}
SEEN_BY_KSTATUS = {reason: answer for answer, reasons in _ANSWERS.items() for reason in reasons.split()}
"""The column kstatus of the design's table of states, by reason."""


def kstatus_of(objects: Sequence[Json]) -> list[str]:
    """Return what kstatus makes of each object: InProgress, Current, Failed, Terminating."""
    documents = "".join(json.dumps(stored) + "\n" for stored in objects)
    command = find(KSTATUS, ["kstatus"])["kstatus"]
    done = subprocess.run([command], input=documents, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["status"] for line in done.stdout.splitlines()]


def expected_of(mix: Json) -> str:
    """Return what the table of states says that kstatus makes of an AutoMix."""
    if "deletionTimestamp" in mix["metadata"]:
        return "Terminating"
    if mix["status"]["observedGeneration"] != mix["metadata"]["generation"]:
        return "InProgress"
    return SEEN_BY_KSTATUS[reason_of(mix)]


def judged_otherwise(mixes: Iterable[Json]) -> list[str]:
    """Return a sentence for each AutoMix of which kstatus makes something else than the table of states says."""
    stored = list(mixes)
    return [
        f"{mix['metadata']['name']}: kstatus makes {seen} of {reason_of(mix)}, the table of states {expected_of(mix)}"
        for mix, seen in zip(stored, kstatus_of(stored), strict=True)
        if seen != expected_of(mix)
    ]


def reason_of(mix: Json) -> str:
    """Return the reason of Ready, empty if there is none."""
    return next((c["reason"] for c in mix["status"].get("conditions", []) if c["type"] == "Ready"), "")
