"""How many people are in the rooms that someone asks about: ten rooms a call, within the limit of DescribeUserNum."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic

from automix import zego
from automix.engine.alarm import Alarm
from automix.engine.budget import Budget
from automix.engine.failures import failure_of
from automix.engine.line import Priority
from automix.engine.queue import KeyT
from automix.engine.rooms import UNANSWERED, Count, Rooms, Unanswered

__all__ = ["UNANSWERED", "Census", "Count", "Describe", "Unanswered"]

log = logging.getLogger(__name__)

Describe = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]

_SHARE = 0.9  # of ZEGO's limit: others may count with the same app
# So many calls in a row, and for so long, that it is no hiccup: counts are refused, by ZEGO or on the way there.
_BLIND_CALLS, _BLIND_SECONDS = 3, 45.0


class Census(Generic[KeyT]):
    """Who is in the rooms that someone asks about, of one app at ZEGO.

    At nine tenths of ZEGO's limit of 10 calls a second and 10 rooms a call (ZEGO: DescribeUserNum page), 5,400 rooms
    are counted in a minute, and all of 10,000 in 111 s; the limit itself would be 6,000 a minute. No second of ZEGO's
    holds more calls than the limit, however late they arrive: answers that take more than 0.1 s lower the rate
    instead. "Busy" slows the census, as it does any budget. Nothing is called while nobody asks or waits.
    """

    def __init__(self, wake: Callable[[KeyT], None], *, calls_per_second: int, interval: float = 30.0) -> None:
        """`calls_per_second` is ZEGO's limit: 10, and 1 in a test environment; `interval` is in seconds."""
        self._wake = wake
        self._rooms = Rooms[KeyT](interval)
        self._describe: Describe | None = None
        self._budget = Budget[int](calls_per_second, lambda _: self._run())
        self._turn = 0
        """The next call's key in the budget."""
        self._not_before = -math.inf
        self._alarm = Alarm(self._run)
        self._calls: set[asyncio.Task[None]] = set()
        self._refused = 0
        """How many calls in a row were answered, and not with a count."""
        self._refused_since = math.inf

    def connect(self, describe: Describe | None) -> None:
        """Count with this call from now on, the client's `describe_user_num`; None for not at all."""
        self._describe = describe
        self._schedule()

    def hold_until(self, moment: float) -> None:
        """Make no call before a moment of the loop's time."""
        self._budget.hold_until(moment)

    def ask(self, key: KeyT, room: str) -> None:
        """Count the room as soon as its turn comes, and wake the key once with whatever came out.

        A key asks about, or waits for, one room: another one takes its place.
        """
        self._rooms.ask(key, room, _now())
        self._schedule()

    def wait(self, key: KeyT, room: str) -> None:
        """Wake the key when somebody is in the room, and again at each count while that is so and it is not dropped.

        The room is counted at most once in `interval` seconds for that, the longest uncounted first.
        """
        self._rooms.wait(key, room, _now())
        self._schedule()

    def answer(self, room: str) -> Count | None:
        """Return what the room's last count said, if that was not more than ten seconds ago."""
        return self._rooms.answer(room, _now())

    def drop(self, key: KeyT) -> None:
        """Forget the key. A room that nobody asks about is not counted."""
        if self._rooms.drop(key):
            self._schedule()

    async def close(self) -> None:
        """Call no more, and end the calls under way."""
        self.connect(None)
        for call in self._calls:
            call.cancel()
        if self._calls:
            await asyncio.wait(self._calls)

    @property
    def blind(self) -> bool:
        """Whether ZEGO has answered calls, and given no count, for most of a minute: who is where is not to be learnt.

        While it does not answer at all, no other call would do better.
        """
        return self._refused >= _BLIND_CALLS and _now() >= self._refused_since + _BLIND_SECONDS

    @property
    def current_rate(self) -> float:
        """Calls a second that are made at most."""
        return _SHARE * self._budget.current_rate

    @property
    def waiting(self) -> int:
        """How many keys wait for somebody to come."""
        return self._rooms.waiting

    @property
    def oldest(self) -> float:
        """For how many seconds the longest uncounted of the rooms that are waited for was not counted; 0 for none."""
        return self._rooms.oldest(_now())

    def _next_call(self) -> float:
        """Return when a call is to be made; infinity for none."""
        return math.inf if self._describe is None else max(self._rooms.next(), self._not_before)

    def _schedule(self) -> None:
        moment = self._next_call()
        self._alarm.set(moment)
        if moment == math.inf:
            self._budget.drop(self._turn)

    def _run(self) -> None:
        """Make a call if one is due and its turn has come."""
        self._alarm.stop()
        if self._describe is not None and self._next_call() <= _now():
            if not self._budget.take(self._turn, Priority.LOOK):
                return  # the budget comes back here
            rooms = self._rooms.take(zego.MAX_ROOMS)
            call = asyncio.get_running_loop().create_task(self._count(self._describe, self._turn, rooms))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
            self._turn += 1
            self._not_before = _now() + 1 / self.current_rate
        self._schedule()

    async def _count(self, describe: Describe, turn: int, rooms: Sequence[str]) -> None:
        counts: Mapping[str, int] = {}
        try:
            counts = await describe(rooms)
            if counts:  # else nobody could ask
                self._refused, self._refused_since = 0, math.inf
        except zego.ZegoError as error:
            self._heed(error)
        except Exception:  # the border: a bug in one call must not end the census
            log.exception("rooms could not be counted")
        finally:
            self._budget.spend(turn)
        for room in rooms:
            for key in self._rooms.settle(room, counts.get(room, UNANSWERED), _now(), blind=self.blind):
                self._wake(key)
        self._schedule()

    def _heed(self, error: zego.ZegoError) -> None:
        """Slow down when ZEGO had too many calls, or asks for time; take note of what is no answer to the question."""
        failure = failure_of(error)
        if failure.busy or failure.retry_after is not None:
            self._budget.slow_down(failure.retry_after)
        elif not isinstance(error, zego.ZegoUnreachable):
            self._refused += 1
            self._refused_since = min(self._refused_since, _now())


def _now() -> float:
    return asyncio.get_running_loop().time()
