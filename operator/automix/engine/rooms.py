"""The rooms that someone asks about: by whom, when each is to be counted, and what the last count said.

Makes no call and has no clock: told the time, in seconds.
"""

import heapq
import math
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice, takewhile
from typing import Final, Generic

from automix.engine.queue import KeyT

_GATHERING_SECONDS = 0.02  # what comes together, such as the mixes of one namespace, shares its calls
_FRESH_SECONDS = 10.0


class Unanswered(Enum):
    """The type of UNANSWERED."""

    UNANSWERED = "unanswered"


UNANSWERED: Final = Unanswered.UNANSWERED
"""ZEGO was asked in vain: the call failed, or its answer left the room out."""

Count = int | Unanswered
"""How many are in a room, administrators such as recorders included."""


@dataclass
class _Room(Generic[KeyT]):
    """A room that someone asks about."""

    counted: float
    """When it was last counted, or else when somebody first asked about it."""
    askers: set[KeyT] = field(default_factory=set)
    waiters: set[KeyT] = field(default_factory=set)
    due: float = math.inf
    """When to count it for those who wait; infinity while nobody does, and while it is being counted."""
    being_counted: bool = False
    failures: int = 0


class Rooms(Generic[KeyT]):
    """Those who ask go first, in the order they came; then those who wait, the longest uncounted first."""

    def __init__(self, interval: float) -> None:
        """`interval` is the time between two counts of a room that is waited for, in seconds."""
        self._interval = interval
        self._rooms: dict[str, _Room[KeyT]] = {}
        self._room_of: dict[KeyT, str] = {}
        self._asked: dict[str, float] = {}
        """The rooms to be counted first, and when each may be."""
        self._due: list[tuple[float, str]] = []
        """A heap of the rooms that are waited for; an entry whose room has another due time is stale."""
        self._answers: dict[str, tuple[float, Count]] = {}
        """The last answers, the oldest first."""

    def ask(self, key: KeyT, name: str, now: float) -> None:
        """Have the room counted next; one that is being counted will do."""
        room = self._join(key, name, now)
        room.askers.add(key)
        if not room.being_counted:
            self._asked.setdefault(name, now + _GATHERING_SECONDS)

    def wait(self, key: KeyT, name: str, now: float) -> None:
        """Have the room counted once in an interval."""
        room = self._join(key, name, now)
        room.waiters.add(key)
        if room.due == math.inf and not room.being_counted:
            self._plan(name, room, now)

    def drop(self, key: KeyT) -> bool:
        """Forget the key, and its room if nobody else asks about it; return whether the key asked."""
        name = self._room_of.pop(key, None)
        if name is None:
            return False
        room = self._rooms[name]
        room.askers.discard(key)
        room.waiters.discard(key)
        if not room.askers:
            self._asked.pop(name, None)
        if not room.waiters:
            room.due = math.inf
        self._tidy(name, room)
        return True

    def answer(self, name: str, now: float) -> Count | None:
        """Return what the room's last count said, if that was not more than ten seconds ago."""
        when, count = self._answers.get(name, (-math.inf, None))
        return count if when + _FRESH_SECONDS >= now else None

    def next(self) -> float:
        """Return when the next room is to be counted; infinity for none."""
        return min(next(iter(self._asked.values()), math.inf), self._soonest())

    def take(self, most: int) -> list[str]:
        """Take the rooms of one call, filled up with those due soonest, as they cost nothing more."""
        names = list(islice(self._asked, most))
        for name in names:
            del self._asked[name]
            self._begin(name)
        while len(names) < most and self._soonest() < math.inf:
            names.append(heapq.heappop(self._due)[1])
            self._begin(names[-1])
        return names

    def settle(self, name: str, count: Count, now: float, *, blind: bool = False) -> set[KeyT]:
        """Keep the answer, plan the next count, and return the keys to wake: who asked, and who waits for somebody.

        Where no count is to be had, and all are `blind`, those who wait are woken as well.
        """
        self._keep(name, count, now)
        # Whoever asked anew since is served as well.
        self._asked.pop(name, None)
        room = self._rooms.get(name)
        if room is None:
            return set()
        woken, room.askers, room.being_counted = room.askers, set(), False
        for key in woken - room.waiters:
            del self._room_of[key]
        if count is UNANSWERED:
            room.failures += 1
        else:
            room.failures, room.counted = 0, now
        if room.waiters:
            self._plan(name, room, now)
        self._tidy(name, room)
        come = blind if count is UNANSWERED else count > 0
        return woken | room.waiters if come else woken

    @property
    def waiting(self) -> int:
        """How many keys wait for somebody to come."""
        return sum(len(room.waiters) for room in self._rooms.values())

    def oldest(self, now: float) -> float:
        """Return for how many seconds the longest uncounted room that is waited for was not counted; 0 for none."""
        return max((now - room.counted for room in self._rooms.values() if room.waiters), default=0.0)

    def _join(self, key: KeyT, name: str, now: float) -> _Room[KeyT]:
        if self._room_of.get(key, name) != name:
            self.drop(key)
        self._room_of[key] = name
        return self._rooms.setdefault(name, _Room(now))

    def _tidy(self, name: str, room: _Room[KeyT]) -> None:
        if not room.askers and not room.waiters:
            del self._rooms[name]

    def _plan(self, name: str, room: _Room[KeyT], now: float) -> None:
        """Say when to count the room for those who wait: an interval after it was, sooner after a first failure.

        The waits after failures are a quarter, half, one, two and four intervals.
        """
        when, count = self._answers.get(name, (-math.inf, None))
        failures = room.failures or (count is UNANSWERED)
        pause = self._interval * (2 ** (min(failures, 5) - 3) if failures else 1)
        room.due = max(when + pause, now + _GATHERING_SECONDS)
        heapq.heappush(self._due, (room.due, name))

    def _soonest(self) -> float:
        while self._due:
            due, name = self._due[0]
            if name in self._rooms and self._rooms[name].due == due:
                return due
            heapq.heappop(self._due)
        return math.inf

    def _begin(self, name: str) -> None:
        room = self._rooms[name]
        room.due, room.being_counted = math.inf, True

    def _keep(self, name: str, count: Count, now: float) -> None:
        self._answers.pop(name, None)
        self._answers[name] = (now, count)
        for old in tuple(takewhile(lambda other: self._answers[other][0] + _FRESH_SECONDS < now, self._answers)):
            del self._answers[old]
