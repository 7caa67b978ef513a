"""Who is in the rooms that someone asks about."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from pydantic import SecretStr

from automix import zego
from automix.engine.census import UNANSWERED, Census
from automix_devkit.simulator import Simulator, SimulatorSettings, mock_transport
from support.canaries import canary

pytestmark = pytest.mark.looptime


def busy(retry_after: float | None = None) -> zego.ZegoRefused:
    """Return ZEGO's word for too many calls."""
    return refused(206, retry_after)


def refused(code: int, retry_after: float | None = None) -> zego.ZegoRefused:
    """Return a refusal of a count."""
    row = zego.classify(code)
    return zego.ZegoRefused("DescribeUserNum", row, message="", request_id="r", retry_after=retry_after)


@dataclass
class Town:
    """Rooms with people, who counts them, and who is woken when."""

    calls_per_second: int = 10
    interval: float = 30.0
    latency: float = 0.1
    people: Counter[str] = field(default_factory=Counter)
    trouble: Exception | None = None
    silent: set[str] = field(default_factory=set)
    """Rooms that the answer leaves out."""
    calls: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    woken: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.census = Census[str](self._wake, calls_per_second=self.calls_per_second, interval=self.interval)
        self.census.connect(self.describe)

    async def describe(self, rooms: Sequence[str]) -> dict[str, int]:
        """Answer as ZEGO does."""
        self.calls.append((now(), tuple(rooms)))
        await asyncio.sleep(self.latency)
        if self.trouble is not None:
            raise self.trouble
        return {room: self.people[room] for room in rooms if room not in self.silent}

    @property
    def counted(self) -> Counter[str]:
        """How often each room was counted."""
        return Counter(room for _, rooms in self.calls for room in rooms)

    def counts_of(self, room: str) -> list[float]:
        """Return when a room was counted."""
        return [time for time, rooms in self.calls if room in rooms]

    def busiest_second(self) -> int:
        """Return the most calls of any second that begins with one."""
        times = [time for time, _ in self.calls]
        return max(sum(1 for time in times if start <= time < start + 1) for start in times)

    def _wake(self, key: str) -> None:
        self.woken.append((now(), key))


def now() -> float:
    """Return the loop's time."""
    return asyncio.get_running_loop().time()


def timers() -> list[asyncio.TimerHandle]:
    """Return what the event loop still has to do at some time."""
    scheduled: list[asyncio.TimerHandle] = vars(asyncio.get_running_loop())["_scheduled"]
    return [handle for handle in scheduled if not handle.cancelled()]


@pytest.fixture(autouse=True)
async def calls_end() -> AsyncIterator[None]:
    """End the calls that are under way when a test ends."""
    yield
    calls = asyncio.all_tasks() - {asyncio.current_task()}
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_who_asks_is_woken_with_the_answer() -> None:
    town = Town(people=Counter({"lobby": 3}))
    assert town.census.answer("lobby") is None
    town.census.ask("mix", "lobby")
    town.census.ask("other", "attic")
    await asyncio.sleep(1)

    assert sorted(key for _, key in town.woken) == ["mix", "other"]
    assert (town.census.answer("lobby"), town.census.answer("attic")) == (3, 0)
    assert town.woken[0][0] < 0.2


async def test_an_answer_is_forgotten_after_ten_seconds() -> None:
    town = Town(latency=0)
    town.census.ask("mix", "lobby")
    await asyncio.sleep(10)
    assert town.census.answer("lobby") == 0
    await asyncio.sleep(0.1)

    assert town.census.answer("lobby") is None


async def test_many_who_ask_together_share_calls() -> None:
    town = Town()
    for number in range(45):
        town.census.ask(f"mix {number}", f"room {number}")
        town.census.ask(f"same {number}", f"room {number}")
    await asyncio.sleep(5)

    assert [len(rooms) for _, rooms in town.calls] == [10, 10, 10, 10, 5]
    assert sorted(Counter(key for _, key in town.woken).values()) == [1] * 90


async def test_who_asks_while_the_room_is_being_counted_has_that_answer() -> None:
    town = Town(latency=1)
    town.census.ask("first", "lobby")
    await asyncio.sleep(0.5)
    town.census.ask("second", "lobby")
    await asyncio.sleep(5)

    assert sorted(key for _, key in town.woken) == ["first", "second"]
    assert len(town.calls) == 1


async def test_asking_again_later_counts_again() -> None:
    town = Town()
    town.census.ask("mix", "lobby")
    await asyncio.sleep(1)
    town.people["lobby"] = 1
    town.census.ask("mix", "lobby")
    await asyncio.sleep(1)

    assert len(town.woken) == 2
    assert town.census.answer("lobby") == 1


async def test_who_asks_goes_before_those_who_wait() -> None:
    town = Town(calls_per_second=1)
    for number in range(100):
        town.census.wait(f"mix {number}", f"room {number}")
    await asyncio.sleep(2)
    town.census.ask("asker", "lobby")
    await asyncio.sleep(2)

    assert "asker" in [key for _, key in town.woken]


async def test_a_room_that_fills_wakes_who_waits_within_the_interval() -> None:
    town = Town()
    for number in range(25):
        town.census.wait(f"mix {number}", f"room {number}")
    town.census.wait("twin", "room 7")
    await asyncio.sleep(65)
    assert town.woken == []
    town.people["room 7"] = 2
    await asyncio.sleep(30.5)

    assert {key for _, key in town.woken} == {"mix 7", "twin"}
    assert len(town.calls) == 12  # three for 25 rooms, four times


async def test_a_room_that_is_still_full_wakes_once_an_interval_until_it_is_dropped() -> None:
    town = Town(people=Counter({"lobby": 1}))
    town.census.wait("mix", "lobby")
    await asyncio.sleep(95)
    assert [round(time) for time, _ in town.woken] == [0, 30, 60, 90]
    town.census.drop("mix")
    await asyncio.sleep(100)

    assert len(town.woken) == 4


async def test_who_waits_after_asking_costs_no_second_count() -> None:
    town = Town()
    town.census.ask("mix", "lobby")
    await asyncio.sleep(1)
    town.census.wait("mix", "lobby")
    await asyncio.sleep(29)
    assert len(town.calls) == 1
    await asyncio.sleep(2)

    assert len(town.calls) == 2


async def test_waiting_again_for_the_same_room_changes_nothing() -> None:
    town = Town()
    for _ in range(100):
        town.census.wait("mix", "lobby")
        await asyncio.sleep(1)

    assert len(town.calls) == 4
    assert town.census.waiting == 1


async def test_a_call_has_room_for_those_due_soonest() -> None:
    town = Town()
    town.census.wait("early", "early")
    await asyncio.sleep(10)
    for number in range(9):
        town.census.wait(f"mix {number}", f"room {number}")
    await asyncio.sleep(1)

    assert [len(rooms) for _, rooms in town.calls] == [1, 10]
    assert town.census.oldest < 1


@pytest.mark.parametrize("latency", [0.0, 0.1], ids=["answers come at once", "answers take a tenth of a second"])
async def test_ten_thousand_rooms_are_counted_within_115_seconds_and_no_second_holds_more_than_ten_calls(
    latency: float,
) -> None:
    town = Town(latency=latency)
    for number in range(10_000):
        town.census.wait(f"mix {number}", f"room {number}")
    await asyncio.sleep(100)
    assert town.census.oldest == 100
    await asyncio.sleep(15)
    assert len(town.counted) == 10_000

    assert town.census.waiting == 10_000
    town.people["room 4711"] = 1
    await asyncio.sleep(115)
    assert {key for _, key in town.woken} == {"mix 4711"}
    assert max(town.counted.values()) <= 3
    assert town.busiest_second() <= 10
    assert town.census.oldest <= 112


async def test_slow_answers_lower_the_rate_and_break_no_limit() -> None:
    town = Town(latency=0.9)
    for number in range(1000):
        town.census.wait(f"mix {number}", f"room {number}")
    await asyncio.sleep(30)

    assert len(town.counted) == 1000
    # Whenever ZEGO stamps a call between its sending and its answer: no more than ten within a second and an answer.
    sent = [time for time, _ in town.calls]
    assert max(sum(1 for time in sent if start <= time < start + 1.89) for start in sent) <= 10


async def test_a_test_environment_is_called_once_a_second_at_most() -> None:
    town = Town(calls_per_second=1, latency=0)
    for number in range(100):
        town.census.wait(f"mix {number}", f"room {number}")
    await asyncio.sleep(12)

    assert len(town.counted) == 100
    assert town.busiest_second() == 1


async def test_keys_that_are_dropped_cost_nothing() -> None:
    town = Town()
    for number in range(100):
        town.census.wait(f"mix {number}", f"room {number}")
        town.census.ask(f"asker {number}", f"hall {number}")
    for number in range(100):
        town.census.drop(f"mix {number}")
        town.census.drop(f"asker {number}")
    assert timers() == []
    await asyncio.sleep(100)

    assert (town.calls, town.woken, town.census.waiting, town.census.oldest) == ([], [], 0, 0)


async def test_a_room_is_counted_while_one_of_several_waits() -> None:
    town = Town()
    for key in ("a", "b"):
        town.census.wait(key, "lobby")
    town.census.drop("a")
    await asyncio.sleep(35)
    assert len(town.calls) == 2
    town.census.drop("b")
    await asyncio.sleep(100)

    assert len(town.calls) == 2


async def test_a_key_that_is_dropped_while_its_room_is_counted_is_not_woken() -> None:
    town = Town(latency=1, people=Counter({"lobby": 1}))
    town.census.wait("mix", "lobby")
    await asyncio.sleep(0.5)
    town.census.drop("mix")
    await asyncio.sleep(100)

    assert (town.woken, len(town.calls)) == ([], 1)


async def test_a_key_that_comes_back_while_its_room_is_counted_is_served() -> None:
    town = Town(latency=1)
    town.census.ask("mix", "lobby")
    await asyncio.sleep(0.5)
    town.census.drop("mix")
    town.census.wait("mix", "lobby")
    town.census.ask("mix", "lobby")
    await asyncio.sleep(35)

    assert town.census.waiting == 1
    assert len(town.woken) == 1
    town.people["lobby"] = 1
    await asyncio.sleep(35)
    assert len(town.woken) == 2


async def test_a_key_that_waits_for_another_room_has_left_the_first() -> None:
    town = Town()
    town.census.wait("mix", "lobby")
    town.census.wait("mix", "attic")
    await asyncio.sleep(65)

    assert set(town.counted) == {"attic"}
    assert town.census.waiting == 1


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(refused(121), id="ZEGO failed"),
        pytest.param(zego.ZegoUnreachable("DescribeUserNum", "no route", may_have_had_effect=False), id="unreachable"),
        pytest.param(zego.ZegoBadAnswer("DescribeUserNum", "a page", http_status=502, retry_after=None), id="a proxy"),
    ],
)
async def test_a_count_in_vain_wakes_who_asked_and_leaves_who_waits(trouble: zego.ZegoError) -> None:
    town = Town(trouble=trouble)
    town.census.ask("asker", "lobby")
    town.census.wait("waiter", "attic")
    await asyncio.sleep(1)

    assert [key for _, key in town.woken] == ["asker"]
    assert (town.census.answer("lobby"), town.census.answer("attic")) == (UNANSWERED, UNANSWERED)
    assert town.census.waiting == 1
    town.trouble = None
    town.people["attic"] = 1
    await asyncio.sleep(8)
    assert [key for _, key in town.woken] == ["asker", "waiter"]


async def test_counts_in_vain_come_after_growing_waits_and_success_ends_them() -> None:
    town = Town(latency=0, trouble=refused(121))
    town.census.wait("mix", "lobby")
    await asyncio.sleep(500)
    times = town.counts_of("lobby")
    assert [round(later - earlier, 1) for earlier, later in pairwise(times)] == [
        *(7.5, 15, 30, 60, 120, 120, 120),
    ]
    assert town.census.oldest == 500

    town.trouble = None
    await asyncio.sleep(125)
    recovered = town.counts_of("lobby")[len(times) :]
    assert [round(later - earlier) for earlier, later in pairwise(recovered)] == [30]
    assert town.census.oldest < 31


@pytest.mark.parametrize(
    ("trouble", "woken"),
    [
        pytest.param(refused(121), [52.9, 113.0], id="refused, they are woken to do without a count"),
        pytest.param(
            zego.ZegoUnreachable("DescribeUserNum", "no route", may_have_had_effect=False),
            [],
            id="unreachable as a whole, so that nothing else would do better, they wait on",
        ),
    ],
)
async def test_where_counts_are_in_vain_for_a_minute_because_zego_is(
    trouble: zego.ZegoError, woken: list[float]
) -> None:
    town = Town(trouble=trouble)
    for mix in ("one", "other"):
        town.census.wait(mix, mix)
    await asyncio.sleep(150)

    assert [round(time, 1) for time, key in town.woken if key == "one"] == woken
    assert town.census.blind is bool(woken)
    town.trouble = None
    await asyncio.sleep(120)
    assert not town.census.blind


async def test_that_nobody_could_ask_for_a_moment_says_nothing_of_counts_that_are_refused() -> None:
    town = Town(trouble=refused(121))
    town.census.wait("mix", "lobby")
    await asyncio.sleep(20)
    town.trouble, town.silent = None, {"lobby"}  # an app whose credentials are being checked asks nothing
    await asyncio.sleep(20)
    town.trouble = refused(121)
    await asyncio.sleep(60)

    assert town.census.blind


async def test_a_room_that_the_answer_leaves_out_is_unanswered_and_the_others_are_not() -> None:
    town = Town(silent={"lobby"})
    town.census.ask("a", "lobby")
    town.census.ask("b", "attic")
    await asyncio.sleep(1)

    assert (town.census.answer("lobby"), town.census.answer("attic")) == (UNANSWERED, 0)
    assert len(town.woken) == 2


async def test_busy_slows_the_census_and_it_recovers() -> None:
    town = Town(latency=0)
    for number in range(10_000):
        town.census.wait(f"mix {number}", f"room {number}")
    await asyncio.sleep(0.5)
    town.trouble = busy()
    await asyncio.sleep(5)
    town.trouble = None
    slow = len(town.calls)
    await asyncio.sleep(1)
    assert len(town.calls) - slow <= 2
    await asyncio.sleep(30)
    quick = len(town.calls)
    await asyncio.sleep(10)

    assert len(town.calls) - quick == pytest.approx(90, abs=1)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(busy(retry_after=20), id="busy"),
        pytest.param(
            zego.ZegoBadAnswer("DescribeUserNum", "a page", http_status=503, retry_after=20), id="a proxy that is busy"
        ),
    ],
)
async def test_retry_after_is_obeyed_by_the_whole_census(trouble: zego.ZegoError) -> None:
    town = Town(latency=0, trouble=trouble)
    town.census.ask("mix", "lobby")
    await asyncio.sleep(1)
    town.trouble = None
    town.census.ask("other", "attic")
    await asyncio.sleep(30)

    assert [round(time, 1) for time, _ in town.calls] == [0.0, 20.0]


async def test_no_retry_after_ends_the_counts_for_longer_than_five_minutes() -> None:
    town = Town(latency=0, trouble=busy(retry_after=86_400))
    town.census.ask("mix", "lobby")
    await asyncio.sleep(1)
    town.trouble = None
    town.census.ask("other", "attic")
    await asyncio.sleep(301)

    assert [round(time) for time, _ in town.calls] == [0, 300]


async def test_a_gateway_that_has_too_many_calls_slows_the_census_like_zego() -> None:
    too_many = zego.ZegoBadAnswer("DescribeUserNum", "a page", http_status=429, retry_after=None)
    rates = []
    for trouble in (busy(), too_many):
        town = Town(latency=0, trouble=trouble)
        before = town.census.current_rate
        town.census.ask("mix", "lobby")
        await asyncio.sleep(0.5)
        rates.append(town.census.current_rate)
        assert rates[-1] < before

    assert rates[0] == pytest.approx(rates[1])


async def test_a_limit_of_one_room_slows_no_other() -> None:
    town = Town(latency=0, trouble=refused(207))
    town.census.ask("mix", "lobby")
    await asyncio.sleep(0.1)
    town.trouble = None
    begun = len(town.calls)
    for number in range(1000):
        town.census.ask(f"mix {number}", f"room {number}")
    await asyncio.sleep(10)

    assert len(town.calls) - begun == pytest.approx(90, abs=1)


async def test_a_bug_in_a_call_does_not_end_the_census(caplog: pytest.LogCaptureFixture) -> None:
    town = Town(trouble=RuntimeError("the client has been closed"))
    town.census.ask("mix", "lobby")
    await asyncio.sleep(1)
    assert town.census.answer("lobby") is UNANSWERED
    assert "rooms could not be counted" in caplog.text
    town.trouble = None
    town.census.ask("mix", "lobby")
    await asyncio.sleep(1)

    assert town.census.answer("lobby") == 0


async def test_who_asks_before_there_is_a_client_is_served_when_there_is_one() -> None:
    town = Town()
    town.census.connect(None)
    town.census.ask("mix", "lobby")
    await asyncio.sleep(100)
    assert town.calls == []
    town.census.connect(town.describe)
    await asyncio.sleep(1)

    assert [key for _, key in town.woken] == ["mix"]


async def test_other_credentials_are_used_from_the_next_call_on() -> None:
    before, after = Town(), Town()
    before.census.wait("mix", "lobby")
    await asyncio.sleep(1)
    before.census.connect(after.describe)
    await asyncio.sleep(35)

    assert (len(before.calls), len(after.calls)) == (1, 1)


async def test_closing_ends_the_calls_under_way_and_makes_no_more() -> None:
    town = Town(latency=5)
    for number in range(100):
        town.census.wait(f"mix {number}", f"room {number}")
    await asyncio.sleep(1)
    begun = len(town.calls)
    assert begun > 1  # several are under way at once
    await town.census.close()
    assert timers() == []
    town.census.ask("late", "lobby")
    await asyncio.sleep(100)

    assert (len(town.calls), town.woken) == (begun, [])
    assert len(asyncio.all_tasks()) == 1


async def test_the_simulator_sees_every_room_in_few_calls_and_no_breach() -> None:
    app_id, secret = 12345, canary("census")
    loop = asyncio.get_running_loop()
    simulator = Simulator(SimulatorSettings(), lambda: 1_700_000_000 + loop.time())
    simulator.add_app(app_id, secret)
    credentials = zego.Credentials(app_id=app_id, server_secret=SecretStr(secret))
    client = zego.ZegoClient(
        credentials, clock=lambda: 1_700_000_000 + loop.time(), transport=mock_transport(simulator)
    )
    woken: list[str] = []
    census = Census[str](woken.append, calls_per_second=10)
    census.connect(client.describe_user_num)
    for number in range(600):
        census.wait(f"mix {number}", f"room-{number}")
    await asyncio.sleep(25)
    assert woken == []
    simulator.create_room("room-99", users=["host"])
    await asyncio.sleep(31)

    assert woken == ["mix 99"]
    counters = simulator.state().counters
    assert counters.calls == {"DescribeUserNum": 120}
    assert simulator.breaches == []
    await census.close()
    await client.aclose()


async def test_nothing_is_counted_while_the_calls_of_another_process_may_count() -> None:
    town = Town()
    town.census.hold_until(now() + 1)
    town.census.ask("lena", "lobby")
    await asyncio.sleep(2)

    assert [time for time, _ in town.calls] == [pytest.approx(1)]
