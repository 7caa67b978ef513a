"""The client and the simulator, written apart from the same documents, understand each other."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from automix.zego import (
    Credentials,
    Failure,
    MixOutput,
    StartAutoMix,
    StopAutoMix,
    Switch,
    ZegoClient,
    ZegoRefused,
    ZegoUnreachable,
)
from automix_devkit.simulator import Fault, Simulator, SimulatorSettings, mock_transport
from support.canaries import canary

APP_ID = 12345
SECRET = canary("meets")


class Clock:
    """A clock that tests turn."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Simulator:
    simulator = Simulator(SimulatorSettings(), clock)
    simulator.add_app(APP_ID, SECRET)
    simulator.create_room("lobby", users=["host", "guest"], streams=["host-stream"])
    return simulator


@pytest.fixture
async def client(simulator: Simulator, clock: Clock) -> AsyncIterator[ZegoClient]:
    credentials = Credentials(app_id=APP_ID, server_secret=SecretStr(SECRET))
    client = ZegoClient(credentials, clock=clock, transport=mock_transport(simulator))
    yield client
    await client.aclose()


def start(sequence: int, **fields: object) -> StartAutoMix:
    return StartAutoMix.model_validate(
        {
            "task_id": "lobby",
            "user_id": "u",
            "room_id": "lobby",
            "mix_output": (MixOutput(stream_id="out"),),
            "sequence": sequence,
            **fields,
        }
    )


async def test_a_mix_starts_changes_is_seen_and_stops(client: ZegoClient, simulator: Simulator, clock: Clock) -> None:
    result = await client.start_auto_mix(start(1))
    assert (result.sequence, result.room_id, [info.stream_id for info in result.play_info]) == (1, "lobby", ["out"])
    clock.now += 42
    info = await client.get_mix_task_info("lobby")
    assert info is not None
    assert info.mix_duration == 42
    await client.start_auto_mix(start(2, user_data="aGk=", sound_level=Switch.ON))
    assert simulator.state().tasks[0].parameters["UserData"] == "aGk="
    await client.stop_auto_mix(StopAutoMix(task_id="lobby", room_id="lobby", user_id="u", sequence=3))
    assert await client.get_mix_task_info("lobby") is None
    assert simulator.breaches == []


async def test_stopping_what_does_not_run_is_gone(client: ZegoClient) -> None:
    with pytest.raises(ZegoRefused) as refused:
        await client.stop_auto_mix(StopAutoMix(task_id="lobby", room_id="lobby", sequence=1))
    assert refused.value.failure is Failure.GONE


async def test_people_are_counted_for_several_rooms(client: ZegoClient) -> None:
    assert await client.describe_user_num(["lobby", "nowhere"]) == {"lobby": 2, "nowhere": 0}


async def test_a_wrong_secret_is_a_matter_of_credentials(simulator: Simulator, clock: Clock) -> None:
    credentials = Credentials(app_id=APP_ID, server_secret=SecretStr(canary("other")))
    client = ZegoClient(credentials, clock=clock, transport=mock_transport(simulator))
    with pytest.raises(ZegoRefused) as refused:
        await client.get_mix_task_info("lobby")
    assert refused.value.failure is Failure.CREDENTIALS
    await client.aclose()


async def test_a_clock_that_is_off_is_mended_by_the_date_of_the_first_answer(
    simulator: Simulator, clock: Clock
) -> None:
    credentials = Credentials(app_id=APP_ID, server_secret=SecretStr(SECRET))
    client = ZegoClient(credentials, clock=lambda: clock() - 3600, transport=mock_transport(simulator))
    with pytest.raises(ZegoRefused):
        await client.get_mix_task_info("lobby")
    assert await client.get_mix_task_info("lobby") is None
    assert client.now() == pytest.approx(clock.now, abs=1)
    await client.aclose()


async def test_an_answer_lost_after_the_effect_may_have_had_it(client: ZegoClient, simulator: Simulator) -> None:
    simulator.add_fault(Fault(action="StartAutoMix", lost="after"))
    with pytest.raises(ZegoUnreachable) as unreachable:
        await client.start_auto_mix(start(1))
    assert unreachable.value.may_have_had_effect
    assert len(simulator.state().tasks) == 1
