"""The calls that one app may make."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from automix.engine.budget import Budget
from automix.engine.line import Priority

pytestmark = pytest.mark.looptime


@dataclass
class Crowd:
    """Keys that take turns as the operator does: when there is none, they come back when they are woken."""

    rate: int
    pause: float = 0.0
    """Seconds between being woken and taking the turn."""
    taken: list[tuple[str, float]] = field(default_factory=list)
    priorities: dict[str, Priority] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.budget = Budget[str](self.rate, self._woken)

    def ask(self, key: str, priority: Priority = Priority.START) -> bool:
        """Ask for a turn; return whether it was had at once."""
        self.priorities[key] = priority
        had = self.budget.take(key, priority)
        if had:
            self.budget.spend(key)
            self.taken.append((key, asyncio.get_running_loop().time()))
        return had

    @property
    def keys(self) -> list[str]:
        """Those who had a turn, in order."""
        return [key for key, _ in self.taken]

    def busiest_second(self) -> int:
        """Return the most turns of any second that begins with one."""
        times = [time for _, time in self.taken]
        return max(sum(1 for time in times if start <= time < start + 1) for start in times)

    def _woken(self, key: str) -> None:
        loop = asyncio.get_running_loop()
        if self.pause:
            loop.call_later(self.pause, self.ask, key, self.priorities[key])
        else:
            loop.call_soon(self.ask, key, self.priorities[key])


def timers() -> list[asyncio.TimerHandle]:
    """Return what the event loop still has to do at some time."""
    scheduled: list[asyncio.TimerHandle] = vars(asyncio.get_running_loop())["_scheduled"]
    return [handle for handle in scheduled if not handle.cancelled()]


async def test_turns_are_free_until_the_rate_is_reached() -> None:
    crowd = Crowd(rate=3)

    assert [crowd.ask(key) for key in "abcd"] == [True, True, True, False]
    assert crowd.budget.waiting == 1


async def test_a_second_after_a_turn_there_is_another() -> None:
    crowd = Crowd(rate=1)
    crowd.ask("a")
    await asyncio.sleep(0.4)
    crowd.ask("b")
    await asyncio.sleep(10)

    assert crowd.taken == [("a", 0.0), ("b", 1.0)]


@pytest.mark.parametrize("pause", [0.0, 0.3], ids=["turns are taken at once", "turns are taken late"])
async def test_no_second_holds_more_turns_than_the_rate(pause: float) -> None:
    crowd = Crowd(rate=5, pause=pause)
    chance = random.Random(7)  # noqa: S311 -- a test's arrivals
    for number in range(100):
        crowd.ask(str(number), chance.choice(list(Priority)))
        await asyncio.sleep(chance.choice([0, 0, 0.05, 0.4]))
    await asyncio.sleep(100)

    assert sorted(Counter(crowd.keys).values()) == [1] * 100
    assert crowd.busiest_second() == 5


async def test_priorities_go_first_and_equals_in_order_of_arrival() -> None:
    crowd = Crowd(rate=1)
    crowd.ask("first")
    asked = [("look", Priority.LOOK), ("start 1", Priority.START), ("start 2", Priority.START)]
    asked += [("retry", Priority.RETRY), ("stop", Priority.STOP), ("change", Priority.CHANGE)]
    for key, priority in asked:
        crowd.ask(key, priority)
        await asyncio.sleep(0.01)
    for _ in asked:
        await asyncio.sleep(1)
        crowd.budget.drop("nobody")

    assert crowd.keys[1:] == ["stop", "change", "start 1", "start 2", "retry", "look"]


async def test_a_newcomer_does_not_overtake_those_who_wait() -> None:
    crowd = Crowd(rate=1, pause=0.5)
    crowd.ask("a")
    crowd.ask("b")
    await asyncio.sleep(1.2)

    assert not crowd.ask("c")
    await asyncio.sleep(10)
    assert crowd.keys[:2] == ["a", "b"]


async def test_a_key_that_waits_may_become_more_urgent() -> None:
    crowd = Crowd(rate=1)
    crowd.ask("a")
    crowd.ask("b", Priority.CHANGE)
    crowd.ask("c", Priority.LOOK)
    crowd.ask("c", Priority.STOP)
    await asyncio.sleep(1.5)

    assert crowd.keys == ["a", "c"]


async def test_asking_again_less_urgently_loses_nothing() -> None:
    crowd = Crowd(rate=1)
    crowd.ask("a")
    crowd.ask("b", Priority.STOP)
    crowd.ask("c", Priority.CHANGE)
    crowd.ask("b", Priority.LOOK)
    await asyncio.sleep(1.5)

    assert crowd.keys == ["a", "b"]


async def test_ten_edits_while_waiting_cost_one_turn() -> None:
    crowd = Crowd(rate=1)
    crowd.ask("a")
    for _ in range(10):
        crowd.ask("b", Priority.CHANGE)
        await asyncio.sleep(0.05)
    assert crowd.budget.waiting == 1
    await asyncio.sleep(10)

    assert crowd.keys == ["a", "b"]


async def test_ten_thousand_that_wait_cost_one_timer_and_no_task() -> None:
    budget = Budget[str](1, lambda _: None)
    budget.take("first", Priority.START)
    budget.spend("first")
    tasks = asyncio.all_tasks()
    for number in range(10_000):
        budget.take(str(number), Priority.START)

    assert budget.waiting == 10_000
    assert asyncio.all_tasks() == tasks
    assert len(timers()) == 1


async def test_a_turn_that_was_granted_is_kept_until_it_is_taken() -> None:
    crowd = Crowd(rate=1, pause=30)
    crowd.ask("a")
    crowd.ask("b")
    await asyncio.sleep(20)

    assert not crowd.ask("c", Priority.STOP)
    await asyncio.sleep(11.5)
    assert crowd.taken[:2] == [("a", 0.0), ("b", 31.0)]


async def test_an_app_that_does_not_answer_holds_few_workers_until_it_does() -> None:
    loop, seconds = asyncio.get_running_loop(), 10.0
    under_way: set[str] = set()

    def call(key: str) -> None:
        if budget.take(key, Priority.START):
            under_way.add(key)
            loop.call_later(seconds, answered, key)

    def answered(key: str) -> None:
        under_way.discard(key)
        budget.spend(key, seconds)

    budget = Budget[str](90, call)
    for number in range(500):
        call(str(number))
    await asyncio.sleep(9)
    assert len(under_way) == 60
    await asyncio.sleep(12)
    assert len(under_way) == 6
    seconds = 0.05
    await asyncio.sleep(20)
    assert budget.waiting == 0


async def test_who_waits_for_another_budget_makes_way_for_a_call() -> None:
    woken: list[str] = []
    budget = Budget[str](90, woken.append)
    assert all(budget.take(str(number), Priority.START) for number in range(60))
    budget.take("next", Priority.START)
    await asyncio.sleep(5)
    assert not woken
    assert budget.keep("0")
    await asyncio.sleep(0.1)
    assert woken == ["next"]


async def test_who_waits_for_another_budget_is_not_among_the_few_calls_of_an_app_that_does_not_answer() -> None:
    budget = Budget[str](90, lambda _: None)
    for number in range(11):
        assert budget.take(str(number), Priority.START)
        await asyncio.sleep(0.1)
    for number in range(10):
        assert budget.keep(str(number))
    budget.spend("10", 10.0)
    await asyncio.sleep(2)
    for number in range(6):
        assert budget.take(f"next-{number}", Priority.START)
        await asyncio.sleep(0.1)
    assert not budget.take("seventh", Priority.START)


@pytest.mark.parametrize(("rate", "kept"), [(1, 0), (2, 1), (8, 1), (9, 1), (18, 2), (90, 10), (100, 11)])
async def test_of_nine_turns_one_is_kept_for_another_budget_and_never_the_last(rate: int, kept: int) -> None:
    budget = Budget[str](rate, lambda _: None)
    keys = [str(number) for number in range(rate)]
    assert sum(budget.take(key, Priority.START) and budget.keep(key) for key in keys) == kept


async def test_where_the_rate_falls_below_what_is_kept_the_rest_is_given_back() -> None:
    budget = Budget[str](90, lambda _: None)
    keys = [str(number) for number in range(10)]
    assert all(budget.take(key, Priority.START) and budget.keep(key) for key in keys)
    budget.change_rate(5)
    await asyncio.sleep(5)
    assert [budget.take(f"next-{number}", Priority.START) for number in range(4)] == [True] * 4
    assert sum(budget.keep(key) for key in keys) == 1


async def test_an_app_that_asks_for_time_has_it_though_all_its_calls_are_on_their_way() -> None:
    budget = Budget[str](90, lambda _: None)
    assert all(budget.take(str(number), Priority.START) for number in range(60))
    assert budget.slow_down(30) == 30


async def test_a_key_that_is_dropped_waits_no_more() -> None:
    crowd = Crowd(rate=1)
    for key in "abc":
        crowd.ask(key)
    crowd.budget.drop("b")
    await asyncio.sleep(10)

    assert crowd.keys == ["a", "c"]
    assert crowd.budget.waiting == 0


async def test_a_granted_turn_that_is_dropped_goes_to_the_next() -> None:
    woken: list[str] = []
    budget = Budget[str](1, woken.append)
    for key in "abc":
        budget.take(key, Priority.START)
    budget.spend("a")
    await asyncio.sleep(1.5)
    budget.drop("b")
    await asyncio.sleep(0.1)

    assert woken == ["b", "c"]
    assert budget.take("c", Priority.START)


async def test_a_turn_lasts_until_a_second_after_its_call_was_answered() -> None:
    budget = Budget[str](1, lambda _: None)
    assert budget.take("a", Priority.START)
    await asyncio.sleep(5)
    budget.spend("a")

    await asyncio.sleep(0.9)
    assert not budget.take("b", Priority.START)
    await asyncio.sleep(0.2)
    assert budget.take("b", Priority.START)


async def test_no_more_calls_than_a_part_of_the_workers_can_wait_for_are_on_their_way_at_once() -> None:
    woken: list[str] = []
    budget = Budget[str](90, woken.append, limit=100)
    names = [str(number) for number in range(90)]
    for name in names:
        budget.take(name, Priority.START)
        await asyncio.sleep(0.01)
    await asyncio.sleep(5)
    under_way = names[:60]

    assert [budget.take(name, Priority.START) for name in names] == [True] * 60 + [False] * 30
    assert woken == []
    budget.spend(under_way[0])
    budget.drop(under_way[1])
    await asyncio.sleep(5)
    assert woken == names[60:62]


async def test_a_turn_that_was_taken_and_is_dropped_goes_to_the_next() -> None:
    woken: list[str] = []
    budget = Budget[str](1, woken.append)
    budget.take("a", Priority.START)
    budget.take("b", Priority.START)
    budget.drop("a")
    await asyncio.sleep(0.1)

    assert woken == ["b"]


async def test_turns_are_used_as_soon_as_they_are_there() -> None:
    crowd = Crowd(rate=2)
    for number in range(8):
        crowd.ask(str(number))
        await asyncio.sleep(0.3)
    await asyncio.sleep(10)

    apart = [later - earlier for (_, earlier), (_, later) in pairwise(crowd.taken)]
    assert len(apart) == 7
    assert max(apart) <= 1


async def test_the_refusals_of_one_second_halve_the_rate_once() -> None:
    budget = Budget[str](100, lambda _: None)
    for _ in range(90):
        budget.slow_down()
        await asyncio.sleep(0.01)

    assert budget.current_rate == pytest.approx(50, abs=0.1)


async def test_refusals_that_go_on_halve_the_rate_down_to_one() -> None:
    budget = Budget[str](100, lambda _: None)
    rates = []
    for _ in range(20):
        budget.slow_down()
        rates.append(budget.current_rate)
        await asyncio.sleep(1)

    assert rates[:3] == [50, pytest.approx(27.5), pytest.approx(16.25)]  # 5 come back in between
    assert min(rates) < 6
    budget.change_rate(1)
    budget.slow_down()
    assert budget.current_rate == 1


@pytest.mark.parametrize(
    ("seconds", "rate"),
    [
        pytest.param(0, 20, id="at once it is half"),
        pytest.param(4, 28, id="it rises by a twentieth a second"),
        pytest.param(10, 40, id="from half to whole in ten seconds"),
        pytest.param(1000, 40, id="not beyond what is configured"),
    ],
)
async def test_the_rate_recovers_after_a_refusal(seconds: float, rate: float) -> None:
    budget = Budget[str](40, lambda _: None)
    budget.slow_down()
    await asyncio.sleep(seconds)

    assert budget.current_rate == pytest.approx(rate)


async def test_a_slowed_budget_grants_fewer_turns_and_more_as_it_recovers() -> None:
    crowd = Crowd(rate=10)
    crowd.budget.slow_down()
    for number in range(200):
        crowd.ask(str(number))
    await asyncio.sleep(60)

    seconds = Counter(int(time) for _, time in crowd.taken)
    assert [seconds[second] for second in range(15)] == [5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 10, 10, 10]
    assert sum(seconds.values()) == 200


@pytest.mark.parametrize("retry_after", [None, 0.0, 2.5], ids=["busy alone", "at once", "with a time to wait"])
async def test_refusals_at_any_time_lose_no_turn_and_break_no_limit(retry_after: float | None) -> None:
    crowd = Crowd(rate=5, pause=0.1)
    chance = random.Random(11)  # noqa: S311 -- a test's arrivals
    for number in range(100):
        crowd.ask(str(number), chance.choice(list(Priority)))
        if chance.random() < 0.2:
            crowd.budget.slow_down(retry_after)
        await asyncio.sleep(chance.choice([0, 0.05, 0.4, 1.1]))
    await asyncio.sleep(200)

    assert sorted(Counter(crowd.keys).values()) == [1] * 100
    assert crowd.busiest_second() <= 5


async def test_no_turn_is_granted_before_retry_after_is_over() -> None:
    crowd = Crowd(rate=3)
    assert crowd.budget.slow_down(7.5) == 7.5
    await asyncio.sleep(1)
    assert crowd.budget.slow_down(2) == 6.5  # the longer one stands
    for key in "ab":
        assert not crowd.ask(key, Priority.STOP)
    await asyncio.sleep(30)

    assert crowd.taken[0] == ("a", 7.5)
    assert crowd.keys == ["a", "b"]


async def test_the_rate_rises_again_when_retry_after_is_over_and_not_before() -> None:
    crowd = Crowd(rate=10)
    crowd.budget.slow_down(30)
    await asyncio.sleep(30)
    assert crowd.budget.current_rate == 5
    await asyncio.sleep(4)
    assert crowd.budget.current_rate == 7


async def test_what_a_refusal_returns_is_when_the_next_turn_is_granted() -> None:
    crowd = Crowd(rate=4)
    for key in "abcd":
        crowd.ask(key)
        await asyncio.sleep(0.1)
    crowd.ask("e")
    wait = crowd.budget.slow_down()
    await asyncio.sleep(10)

    # Two may be in a window of two: the third of the four has to be over.
    assert wait == pytest.approx(0.8)
    assert crowd.taken[4][1] == pytest.approx(1.2)


async def test_a_refusal_while_all_turns_are_on_their_way_says_a_second() -> None:
    budget = Budget[str](1, lambda _: None)
    budget.take("a", Priority.START)

    assert budget.slow_down() == 1


async def test_a_refusal_of_a_budget_that_has_turns_to_spare_says_now() -> None:
    assert Budget[str](100, lambda _: None).slow_down() == 0


async def test_those_who_wait_share_in_the_recovery_though_no_call_is_answered() -> None:
    woken: list[str] = []
    budget = Budget[str](4, woken.append)
    budget.slow_down()
    assert [budget.take(key, Priority.START) for key in "abc"] == [True, True, False]
    await asyncio.sleep(4.9)
    assert woken == []
    await asyncio.sleep(0.2)

    assert woken == ["c"]


async def test_a_turn_that_was_granted_outlives_a_refusal() -> None:
    budget = Budget[str](2, lambda _: None)
    budget.take("a", Priority.START)
    budget.slow_down(60)

    assert budget.take("a", Priority.START)


async def test_a_refusal_leaves_no_timer_behind_when_nobody_waits() -> None:
    budget = Budget[str](2, lambda _: None)
    budget.take("a", Priority.START)
    budget.spend("a")
    budget.slow_down(60)

    assert timers() == []
    budget.take("b", Priority.START)
    assert len(timers()) == 1
    budget.drop("b")
    await asyncio.sleep(60)
    assert timers() == []
