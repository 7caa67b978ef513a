"""Who waits for a turn: the urgent first, namespaces by turns, and now and then whoever has waited longest."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import IntEnum
from itertools import count
from typing import Generic

from automix.engine.queue import KeyT

# Strict priorities would let a look wait for ever behind edits that never end; one turn in ten is not felt by others.
_TURNS_TO_THE_OLDEST = 10


class Priority(IntEnum):
    """Who goes first when turns are scarce."""

    STOP = 0
    CHANGE = 1
    START = 2
    RETRY = 3
    LOOK = 4


@dataclass(frozen=True, slots=True)
class _Wait:
    priority: Priority
    since: float


class Line(Generic[KeyT]):
    """Keys that wait; every step takes the same time, however many they are.

    Of equal priority the namespaces go by turns, each with its own in order of arrival, so that who asks for thousands
    delays no one who asks for one.
    """

    def __init__(self, namespace_of: Callable[[KeyT], Hashable]) -> None:
        self._namespace_of = namespace_of
        # Ordered, as a plain dict takes ever longer to find its first key when that is what is taken out.
        self._waits: OrderedDict[KeyT, _Wait] = OrderedDict()
        """All of them, in order of arrival."""
        self._queues: dict[Priority, OrderedDict[Hashable, OrderedDict[KeyT, None]]]
        self._queues = {priority: OrderedDict() for priority in Priority}
        """Priority → namespace, the next one first → keys in order of arrival."""
        self._turns = count(1)

    def __len__(self) -> int:
        return len(self._waits)

    def __contains__(self, key: KeyT) -> bool:
        return key in self._waits

    def join(self, key: KeyT, priority: Priority, now: float) -> None:
        """Let a key wait from now on; one that waits already keeps its time, and the higher of the priorities."""
        wait = self._waits.get(key)
        if wait is not None and wait.priority <= priority:
            return
        if wait is not None:
            self._unqueue(key, wait.priority)
        self._waits[key] = _Wait(priority, wait.since if wait is not None else now)
        self._queues[priority].setdefault(self._namespace_of(key), OrderedDict())[key] = None

    def leave(self, key: KeyT) -> None:
        """Let a key wait no more."""
        wait = self._waits.pop(key, None)
        if wait is not None:
            self._unqueue(key, wait.priority)

    def pop(self) -> KeyT:
        """Take out the key whose turn it is. Raises IndexError if nobody waits."""
        if not self._waits:
            raise IndexError("nobody waits")
        key = next(iter(self._waits)) if next(self._turns) % _TURNS_TO_THE_OLDEST == 0 else self._most_urgent()
        self.leave(key)
        return key

    def waited(self, now: float) -> float:
        """Return for how many seconds the one that came first has waited; 0 if nobody waits."""
        return now - next(iter(self._waits.values())).since if self._waits else 0.0

    def _most_urgent(self) -> KeyT:
        queue = next(queue for _, queue in sorted(self._queues.items()) if queue)
        namespace, keys = next(iter(queue.items()))
        queue.move_to_end(namespace)
        return next(iter(keys))

    def _unqueue(self, key: KeyT, priority: Priority) -> None:
        queue, namespace = self._queues[priority], self._namespace_of(key)
        del queue[namespace][key]
        if not queue[namespace]:
            del queue[namespace]
