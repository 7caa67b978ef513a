"""The real kstatus, and Flux's own expressions before it, asked about stored objects; and what they are to answer."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml

from automix_devkit.binaries import KSTATUS, find
from support.cluster import REPOSITORY

Json = dict[str, Any]

_EXAMPLE = REPOSITORY / "gitops/flux/mixes.yaml"
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


EXPRESSIONS: Json = next(iter(yaml.safe_load(_EXAMPLE.read_text(encoding="utf-8"))["spec"]["healthCheckExprs"]))
"""Of an AutoMix, as our example for Flux has them; in place of kstatus Flux asks these, in Google's CEL."""
SEEN_BY_FLUX = {**SEEN_BY_KSTATUS, "UpdatePending": "Current", "MixKeepsEnding": "Failed"}
"""What they answer, but of what is being deleted: they have no word for it, and Flux waits for it as for the rest."""


def kstatus_of(objects: Sequence[Json], expressions: Json | None = None) -> list[str]:
    """Return what kstatus makes of each object: InProgress, Current, Failed, Terminating.

    With `healthCheckExprs` of one kind, what Flux makes of it.
    """
    documents = "".join(json.dumps(stored) + "\n" for stored in objects)
    command = [str(find(KSTATUS, ["kstatus"])["kstatus"]), *([json.dumps(expressions)] if expressions else [])]
    done = subprocess.run(command, input=documents, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["status"] for line in done.stdout.splitlines()]


def expected_of(mix: Json, *, expressed: bool = False) -> str:
    """Return what the table of states says that kstatus makes of an AutoMix, or Flux by the expressions."""
    if "deletionTimestamp" in mix["metadata"]:
        return "InProgress" if expressed else "Terminating"
    if mix["status"]["observedGeneration"] != mix["metadata"]["generation"]:
        return "InProgress"
    return (SEEN_BY_FLUX if expressed else SEEN_BY_KSTATUS)[reason_of(mix)]


def judged_otherwise(mixes: Iterable[Json]) -> Iterator[str]:
    """Yield a sentence for each AutoMix of which kstatus or Flux makes something else than the table of states says."""
    stored = list(mixes)
    for judge, expressions in (("kstatus", None), ("Flux", EXPRESSIONS)):
        for mix, seen in zip(stored, kstatus_of(stored, expressions), strict=True):
            expected = expected_of(mix, expressed=expressions is not None)
            if seen != expected:
                yield f"{mix['metadata']['name']}: {judge} makes {seen} of {reason_of(mix)}, by the table {expected}"


def reason_of(mix: Json) -> str:
    """Return the reason of Ready, empty if there is none."""
    return next((c["reason"] for c in mix["status"].get("conditions", []) if c["type"] == "Ready"), "")
