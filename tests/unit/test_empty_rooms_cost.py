"""What an hour of empty rooms costs where ZEGO makes the room for a mix: trying blindly, and asking who is there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import pytest
from pydantic import SecretStr

from automix.engine.census import Census
from automix.zego import Credentials, MixOutput, StartAutoMix, ZegoClient
from automix_devkit.simulator import Simulator, SimulatorSettings, mock_transport
from support.canaries import canary

pytestmark = pytest.mark.looptime

APP_ID = 12345
ROOMS = [f"room-{number}" for number in range(10)]
LOOK_SECONDS = 30
HOUR = 3600


@dataclass
class Site:
    """A client, the simulator it speaks to, and who counts."""

    simulator: Simulator
    client: ZegoClient
    census: Census[str]
    comes: dict[str, asyncio.Event]
    """What is set when somebody is in a room."""


Policy = Callable[[Site, str], Coroutine[None, None, None]]


async def blind(site: Site, room: str) -> None:
    """Start the mix again whenever it has ended."""
    for sequence in count(1):
        await mix_until_it_ends(site, room, sequence)


async def asking(site: Site, room: str) -> None:
    """Start the mix again when it has ended and somebody is there."""
    for sequence in count(1):
        await mix_until_it_ends(site, room, sequence)
        site.comes[room].clear()
        site.census.wait(room, room)
        await site.comes[room].wait()
        site.census.drop(room)


async def mix_until_it_ends(site: Site, room: str, sequence: int) -> None:
    """Start a room's mix, and look whether it runs until it does not."""
    output = (MixOutput(stream_id=f"mix-{room}"),)
    await site.client.start_auto_mix(
        StartAutoMix(task_id=room, user_id=f"u-{room}", room_id=room, mix_output=output, sequence=sequence)
    )
    while await site.client.get_mix_task_info(room) is not None:  # noqa: ASYNC110 -- ZEGO tells nobody that it ended
        await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Have a ZEGO without rooms that makes the room for a mix, on the event loop's clock."""
    loop = asyncio.get_running_loop()

    def clock() -> float:
        return 1_700_000_000 + loop.time()

    simulator = Simulator(SimulatorSettings(create_missing_rooms=True), clock)
    secret = canary("cost")
    simulator.add_app(APP_ID, secret)
    credentials = Credentials(app_id=APP_ID, server_secret=SecretStr(secret))
    client = ZegoClient(credentials, clock=clock, transport=mock_transport(simulator))
    comes = {room: asyncio.Event() for room in ROOMS}
    census = Census[str](lambda room: comes[room].set(), calls_per_second=10)
    census.connect(client.describe_user_num)
    yield Site(simulator, client, census, comes)
    await census.close()
    await client.aclose()


async def under(policy: Policy, then: Callable[[Site], Awaitable[None]]) -> None:
    """Let a policy care for all rooms for an hour, and look at what became of it."""
    async with site() as world:
        mixes = [asyncio.create_task(policy(world, room)) for room in ROOMS]
        await asyncio.sleep(HOUR)
        await then(world)
        assert world.simulator.breaches == []
        for mix in mixes:
            mix.cancel()
        await asyncio.gather(*mixes, return_exceptions=True)


async def idle_minutes(policy: Policy) -> float:
    """Return the minutes without anyone that a room's mix is charged for in an hour."""
    billed: list[float] = []

    async def charge(world: Site) -> None:
        billed.append(world.simulator.state().counters.billed_idle_seconds / 60 / len(ROOMS))

    await under(policy, charge)
    return billed[0]


async def test_asking_who_is_there_costs_a_fortieth_of_trying_blindly() -> None:
    tried, asked = await idle_minutes(blind), await idle_minutes(asking)
    print(f"an hour of an empty room is charged as {tried:g} minutes blindly, {asked:g} when asked")  # noqa: T201 -- the result

    assert asked == 1.5  # ZEGO ends a mix without streams after 90 s: the one that was tried
    assert tried / asked == pytest.approx(40, rel=0.02)


async def test_a_room_that_fills_at_last_has_its_mix_within_a_minute() -> None:
    async def fill(world: Site) -> None:
        world.simulator.create_room("room-7", users=["host"], streams=["voice"])
        await asyncio.sleep(60)
        running = {task.task_id: task.inputs for task in world.simulator.state().tasks}
        assert running == {"room-7": ("voice",)}

    await under(asking, fill)
