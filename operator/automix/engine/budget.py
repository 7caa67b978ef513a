"""The calls that one app may make of one action: paced, in order of priority, without a coroutine per waiting key.

When ZEGO says that it has too many, the rate falls by half and rises again step by step, as TCP's does (additive
increase, multiplicative decrease). ZEGO documents no penalty, so the numbers are ours.
"""

import asyncio
import math
from bisect import insort
from collections.abc import Callable, Hashable
from typing import Generic

from automix.engine.alarm import Alarm
from automix.engine.line import Line, Priority
from automix.engine.queue import KeyT

WINDOW_SECONDS = 1.0  # ZEGO: "100 calls a second" on the pages of all three actions
_HALVING_SECONDS = 1.0  # the refusals of one burst are one piece of news
_RECOVERY = 0.05  # of the configured rate, each second: from half to whole in 10 s
_LEAST = 1.0  # calls a second
_ROUNDING = 1e-6  # calls; what a moment computed from a rate may miss of it
_SPARE = 9  # of so many turns one may be used beside them, where ZEGO allows more than is configured
_LATE = 2  # of so many of those one makes up for turns that were granted late, or are granted together
_KEPT = 9  # of so many turns one may wait for that of another budget
_AT_ONCE = 60  # calls on their way, each of which holds a worker: what 100 a second need whose answers take 0.6 s
# The moments at which waiting keys have their turns, the same for all budgets, are so far apart. Some passes in a row
# find in the CPU's caches what they need: it is a fifth less CPU. A second and a little is a whole number of them, as a
# turn that is over just after such a moment waits for the next one.
_BATCH_SECONDS = 0.042
_HANGING_SECONDS = 9.0  # ZEGO's client gives a call up after 10 s; what takes so long gets no answer
_HANGING_AT_ONCE = 6  # so many are on their way until one is answered sooner


class Budget(Generic[KeyT]):
    """At most `rate` turns at a time, each taken from when it is granted until a second after its call was answered.

    ZEGO stamps a call at some moment in between, so however late calls arrive, no second of ZEGO's holds more. Where
    ZEGO allows more than is configured, a part of that is spent on slow answers: a turn is over a little earlier, and
    turns are granted a few at a time, so that in that little time there are never more than ZEGO has room for.

    Of an app that does not answer no more than a part of all workers wait: there are only so many turns that were not
    spent yet, and fewer as soon as it is known.

    A key that gets no turn is remembered; `wake` is called with it when its turn has come. A turn is kept for its key
    until it is spent on a call or dropped. So an object is planned afresh at its turn, not when it began to wait.
    """

    def __init__(
        self,
        rate: int,
        wake: Callable[[KeyT], None],
        namespace_of: Callable[[KeyT], Hashable] = lambda _: None,
        *,
        limit: int = 0,
    ) -> None:
        """`rate` and `limit`, ZEGO's own, in calls a second; between namespaces turns are shared fairly."""
        self._limit = limit
        self._set_rate(rate)
        self._slowed = math.inf
        """The rate right after the last refusal, in calls a second."""
        self._refused = -math.inf
        """When that was, or when the time to wait that came with it is over: from then on the rate rises."""
        self._halved = -math.inf
        self._held = -math.inf
        """Until when no turn is granted."""
        self._wake = wake
        self._over: list[float] = []
        """When the turns of answered calls are over, the first first."""
        self._line = Line[KeyT](namespace_of)
        self._granted: dict[KeyT, float] = {}
        """When each turn was granted whose call was not answered yet."""
        self._kept: set[KeyT] = set()
        """Those of them that wait for a turn of another budget."""
        self._at_once = _AT_ONCE
        """How many of the others there may be."""
        self._paced = -math.inf
        """From when on a further turn keeps the pace."""
        self._alarm = Alarm(self._grant)

    def change_rate(self, rate: int) -> None:
        """Allow another number of calls a second from now on."""
        self._set_rate(rate)
        while len(self._kept) > self._may_keep:
            self._granted.pop(self._kept.pop())  # its key waits for the other turn, and then for this one again
        self._schedule()

    def hold_until(self, moment: float) -> None:
        """Grant no turn before a moment of the loop's time; those that were granted already are kept."""
        self._held = max(self._held, moment)
        self._schedule()

    def slow_down(self, retry_after: float | None = None) -> float:
        """Take note that ZEGO refused a call as one too many; return the seconds until the budget grants a turn again.

        The rate is halved, at most once a second. With `retry_after`, in seconds, no turn is granted before it is over;
        turns that were granted already are kept. Whether a key has to wait for others as well is not counted.
        """
        now = asyncio.get_running_loop().time()
        if now - self._halved >= _HALVING_SECONDS:
            self._slowed = max(self.current_rate / 2, _LEAST)
            self._halved = now
        self._refused = max(self._refused, now + (retry_after or 0.0))
        self.hold_until(self._refused)
        moment = self._next_turn()
        # All turns are on their way: none is over earlier than a second after an answer.
        return moment - now if moment < math.inf else max(self._held - now, WINDOW_SECONDS)

    @property
    def current_rate(self) -> float:
        """Calls a second that are allowed now: the configured ones, or fewer after ZEGO had too many."""
        quiet = max(asyncio.get_running_loop().time() - self._refused, 0.0)
        return min(self._rate, self._slowed + _RECOVERY * self._rate * quiet)

    @property
    def waiting(self) -> int:
        """How many keys wait for a turn."""
        return len(self._line)

    @property
    def oldest(self) -> float:
        """For how many seconds the one that came first has waited; 0 if nobody waits."""
        return self._line.waited(asyncio.get_running_loop().time())

    def take(self, key: KeyT, priority: Priority) -> bool:
        """Return whether the key has a turn, which is kept for it; if not, it waits for one."""
        if key in self._granted:
            self._kept.discard(key)
            return True
        if not self._line and self._may_grant():
            self._note_grant(key)
            return True
        self._line.join(key, priority, asyncio.get_running_loop().time())
        self._schedule()
        return False

    def keep(self, key: KeyT) -> bool:
        """Keep the key's turn while it waits for one of another budget; return False if it has none, or others do so.

        Most are left to those who can call now: two keys that each keep what the other waits for stop nobody.
        """
        if key in self._granted and len(self._kept) < self._may_keep:
            self._kept.add(key)
            self._schedule()  # one more call may be on its way
        return key in self._kept

    def spend(self, key: KeyT, seconds: float = 0.0) -> None:
        """Use up the key's turn: its call has been answered now, after some seconds, or will not be."""
        now = asyncio.get_running_loop().time()
        granted = self._granted.pop(key, now)
        self._kept.discard(key)
        self._at_once = _AT_ONCE if seconds < _HANGING_SECONDS else _HANGING_AT_ONCE
        insort(self._over, max(granted + WINDOW_SECONDS, now + WINDOW_SECONDS - self._early))
        self._schedule()

    def drop(self, key: KeyT) -> None:
        """Forget that the key waits or has a turn."""
        if key in self._line or self._granted.pop(key, None) is not None:
            self._kept.discard(key)
            self._line.leave(key)
            self._schedule()

    def _set_rate(self, rate: int) -> None:
        self._rate = rate
        # Whatever turns are over early: so many more than `rate` fit in a second of ZEGO's.
        beside = max(min(self._limit - rate, rate // _SPARE), 0)
        self._pace = WINDOW_SECONDS / (rate + beside) if beside else 0.0
        self._lateness = self._pace * (beside // _LATE)
        # In so little time no more than `beside` are granted, however late some of them are.
        self._early = self._pace * beside - self._lateness
        # One is left to others, however few there are.
        self._may_keep = min(max(rate // _KEPT, 1), rate - 1)

    def _note_grant(self, key: KeyT) -> None:
        now = asyncio.get_running_loop().time()
        self._granted[key] = now
        self._paced = max(self._paced, now - self._lateness) + self._pace

    def _used(self) -> int:
        # The very moment that the timer is set to: a difference would round otherwise.
        now = asyncio.get_running_loop().time()
        while self._over and self._over[0] <= now:
            self._over.pop(0)
        return len(self._over) + len(self._granted)

    def _allowed(self) -> int:
        return int(self.current_rate + _ROUNDING)

    @property
    def _busy(self) -> bool:
        """Whether as many calls are on their way as may be; who waits for another budget makes none yet."""
        return len(self._granted) - len(self._kept) >= self._at_once

    def _may_grant(self) -> bool:
        open_from = max(self._held, self._paced)
        due = open_from <= asyncio.get_running_loop().time()
        return due and not self._busy and self._used() < self._allowed()

    def _next_turn(self) -> float:
        """Return when a turn can be granted, in the loop's time; infinity when `spend` or `drop` has to come first."""
        if self._busy:
            return math.inf
        used, open_from = self._used(), max(self._held, self._paced)
        surplus = used - self._allowed()
        if surplus < 0:
            return open_from
        over = recovered = math.inf
        if surplus < len(self._over):
            over = self._over[surplus]
        if used < self._rate:
            recovered = self._refused + (used + 1 - self._slowed) / (_RECOVERY * self._rate)
        return max(open_from, min(over, recovered))

    def _grant(self) -> None:
        while self._line and self._may_grant():
            key = self._line.pop()
            self._note_grant(key)
            self._wake(key)
        self._schedule()

    def _schedule(self) -> None:
        self._alarm.set(self._batched(self._next_turn()) if self._line else math.inf)

    def _batched(self, moment: float) -> float:
        """Return when turns are granted that may be from a moment on: together, where there may be some at once."""
        if self._lateness < _BATCH_SECONDS or moment == math.inf:
            return moment
        moment = max(moment, asyncio.get_running_loop().time())  # one that is over by now would not wait for the others
        batched = math.ceil(moment / _BATCH_SECONDS) * _BATCH_SECONDS
        return batched if batched >= moment else batched + _BATCH_SECONDS  # the product may be rounded down
