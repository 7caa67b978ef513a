"""What must hold: of every status as it is written, of ZEGO after every step, and of everything once it is quiet."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from automix_devkit.simulator.state import TaskState
from model.api import Key
from model.mixes import CAST, Json, differences
from support.invariants import broken_rules

CLAIM = "automix.zego.im/claim"
# What no client ever says. A stale Sequence or an ignored change may be a call that arrived late, or a lie's offspring.
_UNFORGIVEN = {"unknown field", "unexpected parameter", "over the limit", "nonce used twice"}


def wrong_in(mix: Json) -> Iterator[str]:
    """Yield the rules that a stored AutoMix breaks."""
    name = mix["metadata"]["name"]
    yield from (f"the status of {name}: {rule}" for rule in broken_rules(mix))


def crowded(tasks: list[TaskState]) -> Iterator[str]:
    """Yield the rooms that have more than one mix."""
    rooms: defaultdict[str, list[str]] = defaultdict(list)
    for task in tasks:
        rooms[str(task.parameters["RoomId"])].append(task.task_id)
    yield from (f"{room} has {len(ids)} mixes: {', '.join(ids)}" for room, ids in rooms.items() if len(ids) > 1)


def breaches(counted: Mapping[str, int]) -> Iterator[str]:
    """Yield what ZEGO was told that no client may say."""
    yield from (f"a breach: {kind}" for kind in counted if kind in _UNFORGIVEN)


def reason_of(mix: Json) -> str:
    """Return the reason of Ready."""
    return next((c["reason"] for c in mix["status"].get("conditions", []) if c["type"] == "Ready"), "")


def holds(status: Json, annotations: Json) -> bool:
    """Whether an object with these has its task: by a claim, or by the record of a start."""
    return bool(status.get("applied")) or CLAIM in annotations


def may_have_called(status: Json, annotations: Json) -> bool:
    """Whether a call may have been made that is not recorded: then the claim alone tells of it."""
    return CLAIM in annotations and json.loads(annotations[CLAIM]).get("sequence", 0) >= status.get("sequence", 0)


def holding(mix: Json) -> bool:
    """Whether an object has its task."""
    return holds(mix["status"], mix["metadata"].get("annotations", {}))


def holders_beside(stored: Mapping[Key, Json], namespace: str, name: str) -> Iterator[str]:
    """Yield who holds the room of an object that does not hold it itself, and yet is about to make a call."""
    mine = stored.get(("AutoMix", namespace, name))
    if mine is None or holding(mine):
        return
    for (kind, where, other), body in stored.items():
        if kind != "AutoMix" or where != namespace or other == name:
            continue
        if CAST[other].room == CAST[name].room and holding(body):
            yield other


@dataclass(frozen=True)
class Quiet:
    """An object that has come to rest, and what runs for it."""

    mix: Json
    task: TaskState | None
    drift_is_seen: bool
    """Whether ZEGO's query has shown a mix of the app; until then nobody can know that one has ended."""
    shared: bool
    """Whether somebody else has started or stopped the task as well: what it runs cannot be read back from ZEGO."""
    restored: bool
    """Whether its status was ever put back, so that its own mix may look like somebody else's."""
    rivalled: bool
    """Whether another object wants the room."""

    @property
    def spec(self) -> Json:
        """What it declares."""
        spec: Json = self.mix["spec"]
        return spec


def unequal(quiet: Quiet) -> Iterator[str]:
    """Yield how a quiet object's mix is not as its status claims."""
    meta, status = quiet.mix["metadata"], quiet.mix["status"]
    name, reason = meta["name"], reason_of(quiet.mix)
    if status["observedGeneration"] != meta["generation"]:
        yield f"{name} is quiet, and its generation {meta['generation']} was not observed"
    elif (check := _CLAIMS.get(reason)) is None:
        yield f"{name} is quiet, and its status says {reason or 'nothing'}"
    else:
        yield from (f"{name} claims {reason}, but {what}" for what in check(quiet))


def _runs(quiet: Quiet) -> Iterator[str]:
    if quiet.task is None and quiet.drift_is_seen:
        yield "nothing runs"


def _runs_as_declared(quiet: Quiet) -> Iterator[str]:
    yield from _runs(quiet)
    if quiet.task is not None and not quiet.shared:
        yield from differences(quiet.spec, quiet.task.parameters, audible=True)


def _runs_somehow(quiet: Quiet) -> Iterator[str]:
    yield from _runs(quiet)
    if quiet.task is not None and not quiet.shared:
        yield from differences(quiet.spec, quiet.task.parameters, audible=False)


def _waits_for_a_person(quiet: Quiet) -> Iterator[str]:
    yield from _runs(quiet)
    if quiet.spec["updatePolicy"] != "Manual":
        yield "updatePolicy is not Manual"


def _is_suspended(quiet: Quiet) -> Iterator[str]:
    if not quiet.spec["suspend"]:
        yield "suspend is false"


def _has_ended(quiet: Quiet) -> Iterator[str]:
    if quiet.spec["restartPolicy"] != "Never":
        yield "restartPolicy is not Never"
    if quiet.task is not None and not quiet.shared:
        yield "it runs"


def _was_refused(quiet: Quiet) -> Iterator[str]:
    if quiet.spec["adoptionPolicy"] != "Refuse":
        yield "adoptionPolicy is not Refuse"


def _is_in_conflict(quiet: Quiet) -> Iterator[str]:
    if not quiet.rivalled:
        yield "nobody else wants the room"


def _is_managed_elsewhere(quiet: Quiet) -> Iterator[str]:
    if not (quiet.shared or quiet.restored):
        yield "nobody else touches the task"


_CLAIMS: dict[str, Callable[[Quiet], Iterator[str]]] = {
    "Running": _runs_as_declared,
    "Adopted": _runs_somehow,
    "UpdatePending": _waits_for_a_person,
    "Suspended": _is_suspended,
    "Ended": _has_ended,
    "AlreadyRunning": _was_refused,
    "ManagedElsewhere": _is_managed_elsewhere,
    "Conflict": _is_in_conflict,
}
"""What may be said of a quiet object, and what must be true then; the holder of a task is looked at by itself."""
