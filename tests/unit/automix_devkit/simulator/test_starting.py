"""Why a mix cannot start in a room: stream ids of the test environment, inputs that are missing or too many."""

import pytest

from automix_devkit.simulator import SimulatorSettings
from unit.automix_devkit.simulator.caller import APP_ID, ROOM, Caller, start_body

PREFIX = f"zegotest-{APP_ID}-"
OUTPUT = {"StreamId": f"{PREFIX}mix"}
URL = {"StreamUrl": "rtmp://push.example/live/show"}


def start(zego: Caller, **changes: object) -> tuple[int, str]:
    body = start_body(**({"MixOutput": [OUTPUT]} | changes))
    answer = zego.send(zego.request("StartAutoMix", body=body, IsTest="true"))
    return answer["Code"], answer["Message"]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        pytest.param({"MixOutput": [URL, {"StreamId": "mix"}]}, 110200154, "MixOutput[1].StreamId", id="an output"),
        pytest.param(
            {"MixOutput": [{"StreamId": "zegotest-1-mix"}]},
            110200154,
            "MixOutput[0].StreamId",
            id="that of another app",
        ),
        pytest.param(
            {"ExtraMixInput": [URL, {"StreamId": "guest"}]}, 110200153, "ExtraMixInput[1].StreamId", id="an added input"
        ),
        pytest.param(
            {"ExtraMixInput": [{"StreamId": "mic", "ModifyType": 1}]},
            110200153,
            "ExtraMixInput[0].StreamId",
            id="a removed input",
        ),
    ],
)
def test_a_raw_stream_id_is_refused_in_the_test_environment(changes: dict[str, object], code: int, field: str) -> None:
    zego = Caller()
    assert start(zego, **changes) == (code, f"{field}: must begin with {PREFIX} in the test environment")
    assert zego.running() == []


def test_in_production_no_stream_id_needs_a_prefix() -> None:
    zego = Caller()
    assert zego.start(ExtraMixInput=[{"StreamId": "guest"}])["Code"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"MixOutput": [URL]}, id="an output by URL"),
        pytest.param({"MixOutput": [{**URL, "StreamId": "raw"}]}, id="an output whose StreamId does not count"),
        pytest.param({"ExtraMixInput": [{"StreamUrl": "http://h/a.flv"}]}, id="an input by URL"),
        pytest.param({"ExtraMixInput": [{"StreamUrl": "http://h/a.flv", "StreamId": "raw"}]}, id="an input by both"),
        pytest.param({"ExtraMixInput": [{"StreamId": f"{PREFIX}guest"}]}, id="an input with the prefix"),
    ],
)
def test_what_has_the_prefix_or_needs_none_is_accepted(changes: dict[str, object]) -> None:
    assert start(Caller(), **changes)[0] == 0


def test_a_stream_of_the_room_has_the_prefix_without_anybody_saying_so() -> None:
    zego = Caller()
    assert start(zego, MixOutput=[{"StreamId": f"{PREFIX}mic"}])[0] == 110200140
    removed = {"StreamId": f"{PREFIX}mic", "ModifyType": 1}
    assert start(zego, ExtraMixInput=[removed])[0] == 0
    assert zego.task().inputs == ()


def test_a_stream_that_is_published_with_the_prefix_gets_no_second_one() -> None:
    zego = Caller()
    zego.simulator.publish(ROOM, f"{PREFIX}voice")
    start(zego)
    assert zego.task().inputs == (f"{PREFIX}mic", f"{PREFIX}voice")


def test_a_stream_id_without_prefix_is_found_before_a_missing_room() -> None:
    assert start(Caller(), RoomId="elsewhere", MixOutput=[{"StreamId": "mix"}])[0] == 110200154


@pytest.mark.parametrize(("refuse", "code"), [(False, 0), (True, 110200150)])
def test_an_added_stream_that_nobody_publishes_is_refused_when_switched(refuse: bool, code: int) -> None:  # noqa: FBT001 -- a table
    zego = Caller(SimulatorSettings(refuse_missing_inputs=refuse))
    zego.simulator.create_room("second", streams=["there"])
    inputs = [{"StreamId": stream} for stream in ("gone", "there", "away")]
    answer = zego.start(ExtraMixInput=inputs)
    assert answer["Code"] == code
    assert answer["Message"] == ("ExtraMixInput: nobody publishes gone, away" if refuse else "success")


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"StreamId": "there"}, id="a stream of another room"),
        pytest.param({"StreamId": "gone", "ModifyType": 1}, id="a removed stream that nobody publishes"),
        pytest.param({"StreamUrl": "rtmp://h/gone"}, id="an address, which nobody can look into"),
        pytest.param({"StreamUrl": "rtmp://h/gone", "StreamId": "gone"}, id="an address beside a StreamId"),
    ],
)
def test_an_input_that_is_not_known_to_be_missing_is_accepted(extra: dict[str, object]) -> None:
    zego = Caller(SimulatorSettings(refuse_missing_inputs=True))
    zego.simulator.create_room("second", streams=["there"])
    assert zego.start(ExtraMixInput=[extra])["Code"] == 0


def test_a_missing_input_is_looked_for_under_the_id_of_the_environment() -> None:
    zego = Caller(SimulatorSettings(refuse_missing_inputs=True))
    assert start(zego, ExtraMixInput=[{"StreamId": f"{PREFIX}mic"}])[0] == 0
    zego.stop()
    assert zego.start("other", ExtraMixInput=[{"StreamId": f"{PREFIX}mic"}])["Code"] == 110200150


def test_an_input_that_the_room_has_already_counts_once() -> None:
    zego = Caller()
    zego.simulator.create_room(ROOM, streams=[f"s{number}" for number in range(9)])
    assert zego.start(ExtraMixInput=[{"StreamId": "s3"}])["Code"] == 0
    assert len(zego.task().inputs) == 9


def test_a_tenth_publisher_of_a_running_mix_is_not_mixed_until_another_leaves() -> None:
    zego = Caller()
    zego.simulator.create_room(ROOM, streams=[f"s{number}" for number in range(8)])
    zego.start(ExtraMixInput=[{"StreamId": "guest"}])
    assert zego.task().inputs == ("guest", *(f"s{number}" for number in range(8)))
    zego.simulator.publish(ROOM, "late")
    assert zego.task().inputs == ("guest", *(f"s{number}" for number in range(8)))
    zego.simulator.close_stream(ROOM, "s0")
    assert zego.task().inputs == ("guest", *(f"s{number}" for number in range(1, 8)), "late")


@pytest.mark.parametrize(("create", "code"), [(False, 110200151), (True, 0)])
def test_a_missing_room_is_created_when_switched(create: bool, code: int) -> None:  # noqa: FBT001 -- a table
    zego = Caller(SimulatorSettings(create_missing_rooms=create))
    assert zego.start(RoomId="new")["Code"] == code
    rooms = [(room.room_id, room.users, room.streams) for room in zego.simulator.state().rooms]
    assert rooms[1:] == ([("new", (), ())] if create else [])


def test_a_room_that_was_made_for_a_mix_ends_with_its_last_mix() -> None:
    zego = Caller(SimulatorSettings(create_missing_rooms=True))
    zego.start("one", RoomId="new")
    zego.start("two", RoomId="new")
    zego.stop("one", RoomId="new")
    assert [room.room_id for room in zego.simulator.state().rooms] == [ROOM, "new"]
    zego.clock.now += 90
    assert [room.room_id for room in zego.simulator.state().rooms] == [ROOM]
    assert zego.running() == []


def test_a_room_that_was_made_for_a_mix_is_like_any_other_once_somebody_came() -> None:
    zego = Caller(SimulatorSettings(create_missing_rooms=True))
    zego.start(RoomId="new")
    zego.simulator.join("new", "bob")
    zego.stop(RoomId="new")
    assert [room.users for room in zego.simulator.state().rooms] == [("alice",), ("bob",)]


def test_no_room_is_made_for_a_mix_that_is_refused() -> None:
    zego = Caller(SimulatorSettings(create_missing_rooms=True, refuse_missing_inputs=True))
    assert zego.start(RoomId="new", ExtraMixInput=[{"StreamId": "gone"}])["Code"] == 110200150
    assert [room.room_id for room in zego.simulator.state().rooms] == [ROOM]
