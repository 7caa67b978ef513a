"""What must hold: of every status as it is written, of ZEGO after every step, and of everything once it is quiet."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping

from automix_devkit.simulator.state import TaskState
from model.api import Key
from model.mixes import CAST, Json, differences
from support.invariants import broken_rules

CLAIM = "automix.zego.im/claim"
# What ZEGO would have to be told otherwise for; some of it cannot be helped when calls arrive late.
UNFORGIVEN = {"ignored change", "unknown field", "unexpected parameter", "over the limit", "nonce used twice"}


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


def reason_of(mix: Json) -> str:
    """Return the reason of Ready."""
    return next((c["reason"] for c in mix["status"].get("conditions", []) if c["type"] == "Ready"), "")


def holds(mix: Json) -> bool:
    """Whether an object has its task: by a claim, or by the record of a start."""
    return bool(mix["status"].get("applied")) or CLAIM in mix["metadata"].get("annotations", {})


def intruders(stored: Mapping[Key, Json], name: str, namespace: str) -> Iterator[str]:
    """Yield who holds what an object is about to call for, while it does not hold it itself."""
    mine = stored.get(("AutoMix", namespace, name))
    if mine is None or holds(mine):
        return
    for (kind, where, other), body in stored.items():
        rival = other != name and CAST[other].room == CAST[name].room if kind == "AutoMix" else False
        if rival and where == namespace and holds(body):
            yield f"{name} makes a call, though {other} holds the room"


def unequal(mix: Json, task: TaskState | None, *, drift_is_seen: bool) -> Iterator[str]:
    """Yield how a quiet object's mix is not as its status claims."""
    meta, status, spec = mix["metadata"], mix["status"], mix["spec"]
    name, reason = meta["name"], reason_of(mix)
    if status["observedGeneration"] != meta["generation"]:
        yield f"{name} is quiet, and its generation {meta['generation']} was not observed"
        return
    check = _QUIET.get(reason)
    if check is None:
        yield f"{name} is quiet, and its status says {reason or 'nothing'}"
        return
    yield from (f"{name} claims {reason}, but {what}" for what in check(spec, task, drift_is_seen))


def _equal(spec: Json, task: TaskState | None, drift_is_seen: bool) -> Iterator[str]:  # noqa: FBT001 -- a fact
    if task is not None:
        yield from differences(spec, task.parameters, audible=True)
    elif drift_is_seen:
        yield "nothing runs"


def _adopted(spec: Json, task: TaskState | None, drift_is_seen: bool) -> Iterator[str]:  # noqa: FBT001 -- a fact
    if task is not None:
        yield from differences(spec, task.parameters, audible=False)
    elif drift_is_seen:
        yield "nothing runs"


def _pending(spec: Json, task: TaskState | None, drift_is_seen: bool) -> Iterator[str]:  # noqa: FBT001 -- a fact
    if spec["updatePolicy"] != "Manual":
        yield "updatePolicy is not Manual"
    if task is None and drift_is_seen:
        yield "nothing runs"


def _suspended(spec: Json, task: TaskState | None, drift_is_seen: bool) -> Iterator[str]:  # noqa: FBT001 -- a fact
    del task, drift_is_seen
    if not spec["suspend"]:
        yield "suspend is false"


def _ended(spec: Json, task: TaskState | None, drift_is_seen: bool) -> Iterator[str]:  # noqa: FBT001 -- a fact
    del drift_is_seen
    if spec["restartPolicy"] != "Never":
        yield "restartPolicy is not Never"
    if task is not None:
        yield "it runs"


def _beaten(spec: Json, task: TaskState | None, drift_is_seen: bool) -> Iterator[str]:  # noqa: FBT001 -- a fact
    del spec, drift_is_seen
    if task is not None:
        yield "it runs"


_QUIET: dict[str, Callable[[Json, TaskState | None, bool], Iterator[str]]] = {
    "Running": _equal,
    "Adopted": _adopted,
    "UpdatePending": _pending,
    "Suspended": _suspended,
    "Ended": _ended,
    "Conflict": _beaten,
}


def breaches(counted: Mapping[str, int], before: Counter[str]) -> Iterator[str]:
    """Yield what ZEGO was told that no client may say."""
    yield from (f"a breach: {kind}" for kind, count in counted.items() if kind in UNFORGIVEN and count > before[kind])
