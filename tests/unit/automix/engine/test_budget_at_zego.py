"""When turns are granted, and what ZEGO sees of that: calls arrive late, and so do answers."""

import asyncio
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from automix.engine.budget import Budget
from automix.engine.line import Priority

pytestmark = pytest.mark.looptime


@dataclass
class Callers:
    """Keys that call ZEGO at their turn: each call is sent after a while, accepted some time later, and answered."""

    rate: int
    takes: Callable[[], tuple[float, float, float]]
    """Returns for how many seconds a call is prepared, is on its way, and its answer is."""
    granted: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.budget = Budget[int](self.rate, self._woken, limit=100)
        self.calls: set[asyncio.Task[None]] = set()
        self.answered = asyncio.Semaphore(0)

    async def start(self, count: int) -> None:
        """Start so many at once, and wait until all are answered."""
        for key in range(count):
            if self.budget.take(key, Priority.START):
                self._woken(key)
        for _ in range(count):
            await self.answered.acquire()

    def _woken(self, key: int) -> None:
        self.calls.add(asyncio.create_task(self._call(key)))

    async def _call(self, key: int) -> None:
        loop = asyncio.get_running_loop()
        self.granted.append(loop.time())
        preparing, there, back = self.takes()
        await asyncio.sleep(preparing + there)
        self.accepted.append(loop.time())
        await asyncio.sleep(back)
        self.budget.spend(key)
        self.answered.release()


def busiest(times: list[float]) -> int:
    """Return the most of any second that begins with one."""
    ordered = sorted(times)
    return max(bisect_left(ordered, start + 1 - 1e-9) - number for number, start in enumerate(ordered))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [1, 8, 50, 90, 98, 100])
async def test_however_late_calls_arrive_no_second_at_zego_holds_more_than_its_limit(rate: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- a test's network

    def takes() -> tuple[float, float, float]:
        late = chance.choice([0.0, 0.0, 0.01, 0.2, 1.0])
        return chance.choice([0.0, 0.05, 0.3]), chance.random() * late, chance.random() * late

    callers = Callers(rate, takes)
    await callers.start(6 * rate)

    assert busiest(callers.granted) <= rate
    assert busiest(callers.accepted) <= min(100, rate + rate // 9)


@pytest.mark.parametrize("rate", [50, 90, 98])
async def test_calls_that_arrive_together_leave_no_room_for_as_many_in_the_same_second(rate: int) -> None:
    loop = asyncio.get_running_loop()
    callers = Callers(rate, lambda: (0.0, max(2.0 - loop.time(), 0.0), 0.0))
    await callers.start(4 * rate)

    assert rate <= busiest(callers.accepted) <= min(100, rate + rate // 9)


@pytest.mark.parametrize(
    ("rate", "seconds", "part"),
    [(90, 0.05, 0.99), (98, 0.015, 0.99), (90, 0.15, 0.9), (5, 0.08, 0.9)],
    ids=[
        "a twentieth of a second is made up for",
        "nearer to the limit there is less to make it up with",
        "what takes longer costs rate",
        "few calls a second have no spare one",
    ],
)
async def test_slow_calls_cost_no_rate_while_zego_allows_more_than_is_configured(
    rate: int, seconds: float, part: float
) -> None:
    callers = Callers(rate, lambda: (seconds / 2, seconds / 4, seconds / 4))
    await callers.start(10 * rate + 1)

    measured = (len(callers.accepted) - 1) / (max(callers.accepted) - min(callers.accepted))
    assert measured == pytest.approx(rate * part, rel=0.03)


async def test_where_some_may_be_at_once_turns_are_granted_at_the_same_moments_by_all_budgets() -> None:
    woken: list[tuple[str, float]] = []
    loop = asyncio.get_running_loop()
    one, other = (
        Budget[int](90, lambda _, name=name: woken.append((name, loop.time())), limit=100)  # type: ignore[misc]
        for name in ("one", "other")
    )

    assert 4 <= sum(one.take(key, Priority.CHANGE) for key in range(15)) <= 6
    await asyncio.sleep(0.01)
    assert 4 <= sum(other.take(key, Priority.CHANGE) for key in range(15)) <= 6
    await asyncio.sleep(1)
    moments = sorted({round(moment, 3) for _, moment in woken})
    assert len(moments) > 2
    assert [later - sooner for sooner, later in pairwise(moments)] == pytest.approx([0.042] * (len(moments) - 1))
    assert max(Counter((name, round(moment, 3)) for name, moment in woken).values()) <= 5


@pytest.mark.parametrize(
    ("rate", "pace", "at_once"), [(98, 1 / 100, 2), (10, 1 / 11, 1)], ids=["near to the limit", "few calls"]
)
async def test_where_hardly_two_may_be_at_once_turns_are_granted_one_by_one(
    rate: int, pace: float, at_once: int
) -> None:
    woken: list[float] = []
    loop = asyncio.get_running_loop()
    budget = Budget[int](rate, lambda _: woken.append(loop.time()), limit=100)

    assert sum(budget.take(key, Priority.CHANGE) for key in range(6)) == at_once
    await asyncio.sleep(1)
    assert woken == pytest.approx([pace * number for number in range(1, 7 - at_once)], abs=0.002)


async def test_a_turn_that_is_over_between_two_moments_is_granted_with_the_others() -> None:
    woken: list[float] = []
    loop = asyncio.get_running_loop()
    budget = Budget[int](90, lambda _: woken.append(loop.time()), limit=100)
    begun = [key for key in range(200) if budget.take(key, Priority.CHANGE)]
    for key in begun:
        budget.spend(key)
    await asyncio.sleep(0.9)
    for key in range(len(begun), len(begun) + len(woken)):
        await asyncio.sleep(0.0101)
        budget.spend(key)  # which looks for turns that are over

    await asyncio.sleep(1)
    assert len(woken) > 90
    assert [moment / 0.042 for moment in woken] == pytest.approx([round(moment / 0.042) for moment in woken], abs=0.01)
