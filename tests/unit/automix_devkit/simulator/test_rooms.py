"""People and streams come and go, one at a time."""

from collections.abc import Callable

import pytest

from automix_devkit.simulator import Simulator, SimulatorSettings
from automix_devkit.simulator.room import Role
from automix_devkit.simulator.state import RoomState
from unit.automix_devkit.simulator.caller import ROOM, Caller


def rooms(zego: Caller) -> dict[str, RoomState]:
    return {room.room_id: room for room in zego.simulator.state().rooms}


def test_the_first_login_creates_a_room() -> None:
    zego = Caller()
    zego.simulator.join("new", "bob")
    assert rooms(zego)["new"] == RoomState(room_id="new", users=("bob",), admins=(), streams=())


def test_the_last_logout_ends_a_room_at_once() -> None:
    zego = Caller()
    zego.simulator.join(ROOM, "bob")
    zego.simulator.leave(ROOM, "alice")
    assert rooms(zego)[ROOM].users == ("bob",)
    zego.simulator.leave(ROOM, "bob")
    assert rooms(zego) == {}


def test_an_empty_room_can_live_on_for_a_while() -> None:
    zego = Caller(SimulatorSettings(empty_room_seconds=10))
    zego.simulator.leave(ROOM, "alice")
    zego.clock.now += 9.5
    assert rooms(zego)[ROOM].users == ()
    zego.clock.now += 0.5
    assert rooms(zego) == {}


def test_a_user_who_comes_in_time_keeps_the_room() -> None:
    zego = Caller(SimulatorSettings(empty_room_seconds=10))
    zego.simulator.leave(ROOM, "alice")
    zego.clock.now += 9.5
    zego.simulator.join(ROOM, "bob")
    zego.clock.now += 100
    assert rooms(zego)[ROOM].users == ("bob",)
    zego.simulator.leave(ROOM, "bob")
    zego.clock.now += 9.5
    assert list(rooms(zego)) == [ROOM]


def test_empty_rooms_end_each_at_its_own_time() -> None:
    zego = Caller(SimulatorSettings(empty_room_seconds=10))
    zego.simulator.create_room("second", users=["bob"])
    zego.simulator.leave("second", "bob")
    zego.clock.now += 4
    zego.simulator.leave(ROOM, "alice")
    zego.clock.now += 6
    assert list(rooms(zego)) == [ROOM]
    zego.clock.now += 4
    assert rooms(zego) == {}


def test_what_a_user_publishes_goes_with_the_user() -> None:
    zego = Caller()
    zego.simulator.join(ROOM, "bob")
    zego.simulator.publish(ROOM, "of-bob", user_id="bob")
    zego.simulator.publish(ROOM, "of-alice")
    assert rooms(zego)[ROOM].streams == ("mic", "of-bob", "of-alice")
    zego.simulator.leave(ROOM, "bob")
    assert rooms(zego)[ROOM].streams == ("mic", "of-alice")
    zego.simulator.close_stream(ROOM, "mic")
    assert rooms(zego)[ROOM].streams == ("of-alice",)


def test_administrators_are_users_and_counted_apart() -> None:
    zego = Caller()
    zego.simulator.join(ROOM, "recorder", role=Role.ADMIN)
    zego.simulator.join(ROOM, "listener", role=Role.AUDIENCE)
    assert zego.users(ROOM) == [{"RoomId": ROOM, "UserCount": 3, "AdminUserCount": 1}]
    assert rooms(zego)[ROOM].admins == ("recorder",)
    zego.simulator.create_room("second", users=["bob"], admins=["a", "b"])
    assert zego.users("second") == [{"RoomId": "second", "UserCount": 3, "AdminUserCount": 2}]


def test_an_administrator_alone_keeps_a_room() -> None:
    zego = Caller()
    zego.simulator.create_room("second", users=[], admins=["recorder"])
    assert rooms(zego)["second"].users == ("recorder",)


def test_replacing_a_room_changes_who_is_there_in_which_role_and_what_is_published() -> None:
    zego = Caller()
    zego.simulator.create_room(ROOM, users=["bob", "carol"], streams=["voice", "mic"], admins=["alice"])
    assert rooms(zego)[ROOM].users == ("alice", "bob", "carol")
    assert rooms(zego)[ROOM].admins == ("alice",)
    assert rooms(zego)[ROOM].streams == ("mic", "voice")
    zego.simulator.create_room(ROOM, users=["bob"], streams=["voice"])
    assert rooms(zego)[ROOM] == RoomState(room_id=ROOM, users=("bob",), admins=(), streams=("voice",))


def test_a_stream_that_stays_when_its_user_is_replaced_is_the_first_users() -> None:
    zego = Caller()
    zego.simulator.create_room(ROOM, users=["bob", "carol"], streams=["mic"])
    zego.simulator.leave(ROOM, "carol")
    assert rooms(zego)[ROOM].streams == ("mic",)
    zego.simulator.join(ROOM, "dave")
    zego.simulator.leave(ROOM, "bob")
    assert rooms(zego)[ROOM].streams == ()


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(lambda zego: zego.leave("elsewhere", "alice"), id="leaving a room that is not there"),
        pytest.param(lambda zego: zego.leave(ROOM, "bob"), id="leaving without being there"),
        pytest.param(lambda zego: zego.publish("elsewhere", "s"), id="publishing in a room that is not there"),
        pytest.param(lambda zego: zego.publish(ROOM, "s", user_id="bob"), id="publishing without being there"),
        pytest.param(lambda zego: zego.close_stream("elsewhere", "mic"), id="closing in a room that is not there"),
        pytest.param(lambda zego: zego.close_stream(ROOM, "s"), id="closing what is not published"),
    ],
)
def test_what_is_not_there_is_a_key_error_and_changes_nothing(operation: Callable[[Simulator], None]) -> None:
    zego = Caller()
    before = rooms(zego)
    with pytest.raises(KeyError):
        operation(zego.simulator)
    assert rooms(zego) == before


def test_nobody_publishes_in_an_empty_room() -> None:
    zego = Caller(SimulatorSettings(empty_room_seconds=10))
    zego.simulator.leave(ROOM, "alice")
    with pytest.raises(KeyError):
        zego.simulator.publish(ROOM, "s")


def test_nobody_comes_twice_and_nothing_is_published_twice() -> None:
    zego = Caller()
    with pytest.raises(ValueError, match="UserId: the user is in the room"):
        zego.simulator.join(ROOM, "alice")
    with pytest.raises(ValueError, match="StreamId: the stream is published already"):
        zego.simulator.publish(ROOM, "mic")
    assert rooms(zego)[ROOM].streams == ("mic",)
