"""Which task at ZEGO an object means. A pure function of the spec, so that Stop never needs a record."""

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from automix.api.automix import TaskIdentity
from automix.api.fields import TASK_ID

# ZEGO's default for user ids in the client is 32 characters; 12 bytes of hash leave the chance of a clash at 2^-96.
_USER_PREFIX = "automix-"
_HASH_LENGTH = 24
_KEPT = 128
"""Tasks that are kept: a pass asks for its own some ten times, and so many passes go on at once."""


class Task(NamedTuple):
    """The three ids that tell ZEGO which mix is meant."""

    task_id: str
    user_id: str
    room_id: str


def task_of(spec: TaskIdentity) -> Task:
    """Return the task that the spec means: the room's own id unless the spec or ZEGO's alphabet say otherwise.

    ZEGO advises TaskId = RoomId, since a room has one auto mix; a room id with `#` or `http` is no task id and is
    hashed. UserId must be the same for one task and differ between tasks, so it is made from the TaskId, one for one.
    """
    return _task(spec.room_id, spec.task_id, spec.user_id)


@lru_cache(_KEPT)
def _task(room_id: str, task_id: str | None, user_id: str | None) -> Task:
    task = task_id or (room_id if _is_task_id(room_id) else f"room-{_digest(room_id)}")
    return Task(task, user_id or _USER_PREFIX + _digest(task), room_id)


def _is_task_id(text: str) -> bool:
    return re.fullmatch(TASK_ID, text) is not None and "http" not in text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
