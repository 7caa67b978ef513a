"""What the simulator calls back is understood, in every form that ZEGO's documents leave open."""

from typing import TypeVar

import pytest
from pydantic import SecretStr

from automix.zego import (
    Callback,
    CallbackNotGenuine,
    Credentials,
    Delivery,
    MixOutput,
    MixStart,
    MixStop,
    RoomClose,
    RoomCreate,
    RoomLogin,
    RoomLogout,
    StartAutoMix,
    StopAutoMix,
    StreamClose,
    StreamCreate,
    ZegoClient,
)
from automix_devkit.simulator import ALTERNATIVES, Simulator, SimulatorSettings, mock_transport
from support.canaries import canary

CallbackT = TypeVar("CallbackT", bound=Callback)

APP_ID = 12345
SECRET, CALLBACK_SECRET = canary("server"), canary("callback")
START = StartAutoMix(
    task_id="task;1",
    user_id="mixer",
    room_id="lobby",
    mix_output=(MixOutput(stream_id="out"), MixOutput(stream_url="rtmp://push.example/live/cdn")),
    sequence=1,
)
READINGS = {
    name: settings for name, settings in ALTERNATIVES.items() if any(key.startswith("callback") for key in settings)
}


class Clock:
    """A clock that tests turn."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def called_back(clock: Clock, reading: str = "") -> Simulator:
    """Return a simulator that calls back."""
    simulator = Simulator(SimulatorSettings(**READINGS.get(reading, {})), clock)
    simulator.add_app(APP_ID, SECRET)
    simulator.set_callbacks(APP_ID, "https://receiver.example/zego", CALLBACK_SECRET)
    return simulator


async def live_and_end(simulator: Simulator, clock: Clock) -> None:
    """Let a room fill, be mixed and empty again."""
    credentials = Credentials(app_id=APP_ID, server_secret=SecretStr(SECRET))
    client = ZegoClient(credentials, clock=clock, transport=mock_transport(simulator))
    simulator.join("lobby", "host")
    simulator.publish("lobby", "voice")
    await client.start_auto_mix(START)
    await client.stop_auto_mix(StopAutoMix(task_id="task;1", room_id="lobby", user_id="mixer", sequence=2))
    simulator.close_stream("lobby", "voice")
    simulator.leave("lobby", "host")
    await client.aclose()


def events(simulator: Simulator, clock: Clock, secret: str = CALLBACK_SECRET) -> list[Callback]:
    """Return what is to be delivered now, checked and read; none of it arrives."""
    found = []
    for delivery in simulator.callbacks_due():
        simulator.callback_settled(delivery, delivered=False)
        found.append(Delivery.parse(delivery.body).open(SecretStr(secret), now=clock(), tolerance=60))
    return found


def first(told: list[Callback], kind: type[CallbackT]) -> CallbackT:
    """Return the first event of a kind."""
    return next(event for event in told if isinstance(event, kind))


@pytest.mark.parametrize("reading", ["as documented", *READINGS])
async def test_what_happens_in_a_room_is_told(reading: str) -> None:
    clock = Clock()
    simulator = called_back(clock, reading)
    await live_and_end(simulator, clock)
    told = events(simulator, clock)
    assert {(event.app_id, event.timestamp) for event in told} == {(APP_ID, int(clock()))}
    started, stopped = first(told, MixStart), first(told, MixStop)
    assert started.task == stopped.task == (APP_ID, "task;1")
    assert (started.channel_id, started.publish_id, started.seq) == ("lobby", "mixer", 1)
    outputs = {event.mix_stream_alias for event in told if isinstance(event, MixStart)}
    assert outputs <= {"out", "cdn"}
    assert outputs
    assert first(told, RoomCreate).room_session_id == first(told, RoomClose).room_session_id != ""
    assert first(told, RoomLogin).user_account == first(told, RoomLogout).user_account == "host"
    assert first(told, StreamCreate).stream_id == first(told, StreamClose).stream_id == "voice"


async def test_what_is_told_again_is_the_same() -> None:
    clock = Clock()
    simulator = called_back(clock)
    await live_and_end(simulator, clock)
    told = events(simulator, clock)
    clock.now += 2
    assert events(simulator, clock) == told


def test_what_another_apps_secret_signed_is_not_believed() -> None:
    clock = Clock()
    simulator = called_back(clock)
    simulator.join("lobby", "host")
    with pytest.raises(CallbackNotGenuine):
        events(simulator, clock, canary("other"))
