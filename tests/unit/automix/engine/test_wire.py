"""Our words into ZEGO's numbers, and ZEGO's answers into ours."""

import base64
import json
from typing import Any

import pytest

from automix import zego
from automix.api.automix import AutoMixSpec, PlayInfo
from automix.core.record import Started
from automix.engine.account import Account
from automix.engine.sequences import Owner
from automix.engine.wire import InvalidSpec, start_request, started, stop_request
from builders import a_spec

OWNER = Owner(Account(7, is_test=False), "u")
MINIMAL = {"roomId": "room-1", "mixOutput": [{"streamId": "mix-1"}]}


def _sent(owner: Owner = OWNER, /, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 -- what an applied object says
    """Return what ZEGO receives for a spec."""
    spec = AutoMixSpec.model_validate(MINIMAL | fields)
    body: dict[str, Any] = json.loads(start_request(spec, 77, owner).body())
    return body


def _output(**fields: Any) -> Any:  # noqa: ANN401 -- JSON
    return _sent(mixOutput=[{"streamId": "mix-1"} | fields])["MixOutput"][0]


def _input(**fields: Any) -> Any:  # noqa: ANN401 -- JSON
    return _sent(extraMixInput=[{"streamId": "guest"} | fields])["ExtraMixInput"][0]


def test_a_spec_of_two_fields_sends_the_task_and_what_must_always_be_said() -> None:
    assert _sent() == {
        "TaskId": "room-1",
        "UserId": "automix-2cb5ddf410150fdff33e0d28",
        "RoomId": "room-1",
        "MixOutput": [{"StreamId": "mix-1"}],
        "Sequence": 77,
        "UserData": "",
        "SoundLevel": 0,
    }


@pytest.mark.parametrize(
    ("field", "value", "name", "number"),
    [
        ("taskId", "t", "TaskId", "t"),
        ("userId", "u", "UserId", "u"),
        ("userData", "título", "UserData", base64.b64encode("título".encode()).decode()),
        ("binaryUserData", "AP8=", "UserData", "AP8="),
        ("soundLevel", True, "SoundLevel", 1),
        ("soundLevel", False, "SoundLevel", 0),
        ("byPass", True, "ByPass", 1),
        ("byPass", False, "ByPass", 0),
        ("soundChannel", "Mono", "SoundChannel", 1),
        ("soundChannel", "Stereo", "SoundChannel", 2),
        ("alignmentType", "None", "AlignmentType", 0),
        ("alignmentType", "Chosen", "AlignmentType", 1),
        ("alignmentType", "All", "AlignmentType", 2),
        ("recvBufferLevel", 0, "RecvBufferLevel", 0),
        ("recvBufferLevel", 4000, "RecvBufferLevel", 4000),
        ("exPara", [{"key": "a", "value": "b"}], "ExPara", [{"Key": "a", "Value": "b"}]),
    ],
)
def test_a_field_of_the_spec_reaches_zego(field: str, value: object, name: str, number: object) -> None:
    assert _sent(**{field: value})[name] == number


@pytest.mark.parametrize(
    ("field", "value", "name", "number"),
    [
        ("audioCodec", "HE-AAC", "AudioCodec", 0),
        ("audioCodec", "AAC-LC", "AudioCodec", 1),
        ("audioCodec", "MP3", "AudioCodec", 2),
        ("audioCodec", "OPUS", "AudioCodec", 3),
        ("audioBitrate", 96000, "AudioBitrate", 96000),
        ("audioBitrate", 48000, "AudioBitrate", 48000),
        ("soundChannel", "Stereo", "SoundChannel", 2),
    ],
)
def test_a_field_of_an_output_reaches_zego(field: str, value: object, name: str, number: object) -> None:
    assert _output(**{field: value}) == {"StreamId": "mix-1", name: number}


@pytest.mark.parametrize(
    ("field", "value", "name", "number"),
    [
        ("modifyType", "Add", "ModifyType", 0),
        ("modifyType", "Remove", "ModifyType", 1),
        ("soundLevelId", 7, "SoundLevelId", 7),
        ("soundLevelId", 0, "SoundLevelId", 0),
        ("volume", 50, "Volume", 50),
        ("volume", 100, "Volume", 100),
    ],
)
def test_a_field_of_an_input_reaches_zego(field: str, value: object, name: str, number: object) -> None:
    assert _input(**{field: value}) == {"StreamId": "guest", name: number}


def test_addresses_reach_zego_in_place_of_stream_ids() -> None:
    body = _sent(mixOutput=[{"streamUrl": "rtmp://a/b"}], extraMixInput=[{"streamUrl": "https://a/b.flv"}])

    assert body["MixOutput"] == [{"StreamUrl": "rtmp://a/b"}]
    assert body["ExtraMixInput"] == [{"StreamUrl": "https://a/b.flv"}]


def test_outputs_and_inputs_keep_their_order() -> None:
    body = _sent(mixOutput=[{"streamId": "b"}, {"streamId": "a"}], extraMixInput=[{"streamId": "d"}, {"streamId": "c"}])

    assert [output["StreamId"] for output in body["MixOutput"]] == ["b", "a"]
    assert [extra["StreamId"] for extra in body["ExtraMixInput"]] == ["d", "c"]


@pytest.mark.parametrize("field", ["extraMixInput", "exPara"])
def test_an_empty_list_is_as_one_that_is_left_out(field: str) -> None:
    assert _sent(**{field: []}) == _sent()


def test_a_stop_names_the_task_its_room_and_its_user() -> None:
    assert json.loads(stop_request(a_spec(task_id="t", user_id="u"), 78).body()) == {
        "TaskId": "t",
        "RoomId": "room-1",
        "UserId": "u",
        "Sequence": 78,
    }


def test_an_answer_leaves_its_sequence_and_where_to_play_in_the_record() -> None:
    answer = zego.StartResult.model_validate(
        {"PlayInfo": [{"StreamId": "s", "RTMP": "r", "HLS": "h", "FLV": "f", "Status": 3, "UserName": "n"}]}
    )

    play = PlayInfo(stream_id="s", rtmp="r", hls="h", flv="f", status=3, user_name="n")
    assert started(answer, 77) == Started(77, (play,))


TEST_OWNER = Owner(Account(7, is_test=True), "u")
FOUND = {"mixOutput": [{"streamId": "zegotest-7-mix"}, {"streamUrl": "rtmp://push.example/live/a"}]}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        pytest.param({}, "mixOutput[0].streamId", id="an output"),
        pytest.param(FOUND | {"extraMixInput": [{"streamId": "a"}]}, "extraMixInput[0].streamId", id="an added input"),
        pytest.param(
            FOUND | {"extraMixInput": [{"streamUrl": "rtmp://a/b"}, {"streamId": "a", "modifyType": "Remove"}]},
            "extraMixInput[1].streamId",
            id="a removed input",
        ),
        pytest.param({"mixOutput": [{"streamId": "zegotest-8-mix"}]}, "mixOutput[0].streamId", id="another app's"),
    ],
)
def test_a_raw_stream_id_is_named_and_not_sent_in_the_test_environment(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        _sent(TEST_OWNER, **fields)
    assert str(refused.value) == (f"in the test environment a stream id must begin with zegotest-7-: {named} does not")


def test_stream_ids_with_the_prefix_are_sent_as_they_are() -> None:
    assert _sent(TEST_OWNER, **FOUND)["MixOutput"][0] == {"StreamId": "zegotest-7-mix"}


def test_a_spec_that_zego_would_not_take_is_named_without_its_values() -> None:
    valid = a_spec()
    outputs = (valid.mix_output[0].model_copy(update={"stream_id": "no stream"}),)
    with pytest.raises(InvalidSpec, match="streamId") as refused:
        start_request(valid.model_copy(update={"mix_output": outputs}), 77, OWNER)
    assert "no stream" not in str(refused.value)
