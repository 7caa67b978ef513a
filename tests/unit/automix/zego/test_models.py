"""What is written is what ZEGO documents; what is read may be less."""

import json
from collections.abc import Callable
from enum import IntEnum

import pytest
from pydantic import ValidationError

from automix.zego.models import (
    AlignmentType,
    AudioCodec,
    ExPara,
    ExtraMixInput,
    MixOutput,
    ModifyType,
    SoundChannel,
    StartAutoMix,
    StartResult,
    StopAutoMix,
    Switch,
    TaskInfoResult,
    UserNumResult,
    WireRequest,
)

PAGE_REQUEST = {
    "TaskId": "2213699902971205739",
    "UserId": "123",
    "RoomId": "room123",
    "MixOutput": [{"StreamId": "stream3"}],
}
OUTPUTS = (MixOutput(stream_id="stream3"),)


def _start(**fields: object) -> StartAutoMix:
    return StartAutoMix.model_validate(
        {"task_id": "t", "user_id": "u", "room_id": "r", "mix_output": OUTPUTS, **fields}
    )


def test_the_pages_start_request_is_written_as_printed() -> None:
    request = StartAutoMix(task_id="2213699902971205739", user_id="123", room_id="room123", mix_output=OUTPUTS)

    assert json.loads(request.body()) == PAGE_REQUEST
    assert StartAutoMix.model_validate_json(json.dumps(PAGE_REQUEST)) == request


def test_the_pages_stop_request_is_written_as_printed() -> None:
    request = StopAutoMix(task_id="2213699902971205739", sequence=1, room_id="room123")

    assert json.loads(request.body()) == {"TaskId": "2213699902971205739", "Sequence": 1, "RoomId": "room123"}


def test_every_documented_field_has_zegos_name_and_type() -> None:
    request = _start(
        extra_mix_input=(
            ExtraMixInput(stream_id="other", modify_type=ModifyType.REMOVE),
            ExtraMixInput(stream_url="rtmp://host/app/key", modify_type=ModifyType.ADD, sound_level_id=7, volume=50),
        ),
        mix_output=(
            MixOutput(
                stream_url="rtmp://host/app/out",
                audio_codec=AudioCodec.OPUS,
                audio_bitrate=64000,
                sound_channel=SoundChannel.STEREO,
            ),
        ),
        sequence=3,
        user_data="aGk=",
        sound_level=Switch.ON,
        by_pass=Switch.OFF,
        sound_channel=SoundChannel.MONO,
        alignment_type=AlignmentType.ALL,
        recv_buffer_level=200,
        ex_para=(ExPara(key="k", value="v"),),
    )

    assert json.loads(request.body()) == {
        "TaskId": "t",
        "UserId": "u",
        "RoomId": "r",
        "ExtraMixInput": [
            {"StreamId": "other", "ModifyType": 1},
            {"StreamUrl": "rtmp://host/app/key", "ModifyType": 0, "SoundLevelId": 7, "Volume": 50},
        ],
        "MixOutput": [{"StreamUrl": "rtmp://host/app/out", "AudioCodec": 3, "AudioBitrate": 64000, "SoundChannel": 2}],
        "Sequence": 3,
        "UserData": "aGk=",
        "SoundLevel": 1,
        "ByPass": 0,
        "SoundChannel": 1,
        "AlignmentType": 2,
        "RecvBufferLevel": 200,
        "ExPara": [{"Key": "k", "Value": "v"}],
    }


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        (AudioCodec, {"HE_AAC": 0, "AAC_LC": 1, "MP3": 2, "OPUS": 3}),
        (SoundChannel, {"MONO": 1, "STEREO": 2}),
        (ModifyType, {"ADD": 0, "REMOVE": 1}),
        (AlignmentType, {"NONE": 0, "CHOSEN": 1, "ALL": 2}),
        (Switch, {"OFF": 0, "ON": 1}),
    ],
)
def test_words_have_zegos_numbers(kind: type[IntEnum], numbers: dict[str, int]) -> None:
    assert {name: int(member) for name, member in kind.__members__.items()} == numbers


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(_start(), "sequence", 1)  # noqa: B010 -- what mypy would not let pass


def test_user_data_can_be_cleared_because_an_empty_text_is_sent() -> None:
    assert json.loads(_start(user_data="", sound_level=Switch.OFF).body())["UserData"] == ""


@pytest.mark.parametrize(
    ("build", "named"),
    [
        pytest.param(lambda: _start(colour="red"), "colour", id="a field ZEGO does not have"),
        pytest.param(lambda: _start(task_id=""), "task_id", id="an empty task id"),
        pytest.param(lambda: _start(sequence="1"), "sequence", id="a number as text"),
        pytest.param(lambda: _start(mix_output=()), "mix_output", id="no output"),
        pytest.param(
            lambda: _start(mix_output=tuple(MixOutput(stream_id=f"s{n}") for n in range(4))),
            "mix_output",
            id="four outputs",
        ),
        pytest.param(
            lambda: _start(extra_mix_input=tuple(ExtraMixInput(stream_id=f"s{n}") for n in range(10))),
            "extra_mix_input",
            id="ten extras",
        ),
        pytest.param(lambda: _start(user_id="a b"), "user_id", id="a blank in a user id"),
        pytest.param(lambda: _start(room_id="a/b"), "room_id", id="a slash in a room id"),
        pytest.param(
            lambda: _start(extra_mix_input=(ExtraMixInput(stream_id="s"), ExtraMixInput(stream_id="s", volume=1))),
            "extra_mix_input\n  Value error, must not name the same",
            id="an input twice by id",
        ),
        pytest.param(
            lambda: _start(extra_mix_input=(ExtraMixInput(stream_url="http://h/a"),) * 2),
            "extra_mix_input\n  Value error, must not name the same",
            id="an input twice by address",
        ),
        pytest.param(
            lambda: _start(mix_output=OUTPUTS * 2),
            "mix_output\n  Value error, must not name the same",
            id="an output twice by id",
        ),
        pytest.param(
            lambda: _start(mix_output=(MixOutput(stream_url="rtmp://h/a"),) * 2),
            "mix_output\n  Value error, must not name the same",
            id="an output twice by address",
        ),
        pytest.param(
            lambda: _start(extra_mix_input=(ExtraMixInput(stream_id="a"), ExtraMixInput(stream_id="stream3"))),
            "an output of MixOutput must not be one of the inputs",
            id="an output that is added by id",
        ),
        pytest.param(
            lambda: _start(
                extra_mix_input=(ExtraMixInput(stream_url="rtmp://h/a", modify_type=ModifyType.ADD),),
                mix_output=(*OUTPUTS, MixOutput(stream_url="rtmp://h/a")),
            ),
            "an output of MixOutput must not be one of the inputs",
            id="an output that is added by address",
        ),
        pytest.param(
            lambda: _start(
                extra_mix_input=(ExtraMixInput(stream_id="a", sound_level_id=0), ExtraMixInput(stream_id="b")),
                sound_level=Switch.ON,
            ),
            "SoundLevelId must be given",
            id="an added input without the number that sound levels need",
        ),
        pytest.param(lambda: ExPara(key="", value="v"), "key", id="an extension parameter without a name"),
        pytest.param(lambda: _start(user_data="not base64!"), "user_data", id="user data that is not base64"),
        pytest.param(lambda: _start(user_data="A" * 4004), "user_data", id="user data over 4000 bytes"),
        pytest.param(lambda: _start(recv_buffer_level=4001), "recv_buffer_level", id="a buffer over 4000 ms"),
        pytest.param(MixOutput, "exactly one of StreamId and StreamUrl", id="an output to nowhere"),
        pytest.param(
            lambda: MixOutput(stream_id="s", stream_url="rtmp://h/a"),
            "exactly one of StreamId and StreamUrl",
            id="an output to two places",
        ),
        pytest.param(ExtraMixInput, "exactly one of StreamId and StreamUrl", id="an input from nowhere"),
        pytest.param(
            lambda: ExtraMixInput(stream_id="s", stream_url="rtmp://h/a"),
            "exactly one of StreamId and StreamUrl",
            id="an input from two places",
        ),
        pytest.param(lambda: MixOutput(stream_url="https://h/a"), "stream_url", id="an output URL that is not RTMP"),
        pytest.param(lambda: MixOutput(stream_id="a b"), "stream_id", id="a blank in a stream id"),
        pytest.param(lambda: ExtraMixInput(stream_id="s", volume=201), "volume", id="a volume over 200"),
        pytest.param(
            lambda: ExtraMixInput(stream_url="rtmp://h/a", modify_type=ModifyType.REMOVE),
            "removal",
            id="a removal by URL",
        ),
    ],
)
def test_what_zego_does_not_document_is_not_written(build: Callable[[], WireRequest], named: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        build()

    assert named in str(refusal.value)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(
            {"extra_mix_input": (ExtraMixInput(stream_id="stream3", modify_type=ModifyType.REMOVE),)},
            id="an output of the room is left out of the inputs",
        ),
        pytest.param(
            {
                "extra_mix_input": (
                    ExtraMixInput(stream_id="a", sound_level_id=0),
                    ExtraMixInput(stream_id="b", modify_type=ModifyType.REMOVE),
                ),
                "sound_level": Switch.ON,
            },
            id="sound levels of added inputs that have a number and removed ones that have none",
        ),
        pytest.param(
            {"extra_mix_input": (ExtraMixInput(stream_id="a"),), "sound_level": Switch.OFF},
            id="no sound levels and no numbers",
        ),
        pytest.param(
            {"extra_mix_input": tuple(ExtraMixInput(stream_id=f"s{n}") for n in range(9))}, id="nine extra inputs"
        ),
        pytest.param({"mix_output": tuple(MixOutput(stream_id=f"s{n}") for n in range(3))}, id="three outputs"),
        pytest.param({"ex_para": (ExPara(key="k", value=""),)}, id="an extension parameter without a value"),
    ],
)
def test_what_zego_documents_is_written(fields: dict[str, object]) -> None:
    assert StartAutoMix.model_validate_json(_start(**fields).body()) == _start(**fields)


def test_what_could_start_once_can_be_stopped_whatever_the_limits_are_now() -> None:
    request = StopAutoMix(task_id="http://a?b#c", room_id="r" * 500, user_id="a b", sequence=0)

    assert json.loads(request.body()) == {
        "TaskId": "http://a?b#c",
        "RoomId": "r" * 500,
        "Sequence": 0,
        "UserId": "a b",
    }


@pytest.mark.parametrize("field", ["task_id", "room_id", "user_id"])
def test_a_stop_names_what_it_names(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        StopAutoMix.model_validate({"task_id": "t", "room_id": "r", field: ""})


def test_stream_keys_and_user_data_show_neither_in_repr_nor_in_errors() -> None:
    request = _start(
        extra_mix_input=(ExtraMixInput(stream_url="rtmp://other/app/hunter2"),),
        mix_output=(MixOutput(stream_url="rtmp://host/app/hunter2"),),
        user_data="aHVudGVyMg==",
    )
    with pytest.raises(ValidationError) as refusal:
        MixOutput(stream_url="http://host/app/hunter2")

    assert "hunter2" not in repr(request) + str(refusal.value)
    assert "aHVudGVyMg==" not in repr(request)


def test_numbers_are_read_from_strings_and_strings_from_numbers() -> None:
    result = StartResult.model_validate(
        {"UserId": 123, "Sequence": "7", "PlayInfo": [{"StreamId": 5, "Status": "0", "New": True}], "RequestId": 42}
    )

    assert (result.user_id, result.sequence, result.request_id) == ("123", 7, "42")
    assert (result.play_info[0].stream_id, result.play_info[0].status) == ("5", 0)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({}, id="absent"),
        pytest.param({"UserId": None, "Sequence": None, "RoomId": None, "PlayInfo": None}, id="null"),
    ],
)
def test_absent_and_null_parts_are_empty(data: dict[str, object]) -> None:
    assert StartResult.model_validate(data).model_dump() == {
        "request_id": "",
        "user_id": "",
        "sequence": None,
        "room_id": "",
        "play_info": (),
    }


def test_absent_parts_of_parts_are_empty() -> None:
    start = StartResult.model_validate({"PlayInfo": [{}]})
    task = TaskInfoResult.model_validate({"TaskInfo": {}})
    count = UserNumResult.model_validate({"UserCountList": [{}]})

    assert start.play_info[0].model_dump() == {
        "stream_id": "",
        "rtmp": "",
        "hls": "",
        "flv": "",
        "status": None,
        "user_name": "",
    }
    assert task.task_info.model_dump() == {"task_id": "", "mix_duration": None}
    assert count.user_count_list[0].model_dump() == {"room_id": "", "user_count": None, "admin_user_count": None}


def test_a_number_with_a_fraction_is_read_as_the_whole_one() -> None:
    assert StartResult.model_validate({"Sequence": 7.0}).sequence == 7


@pytest.mark.parametrize("number", ["", "many", [], float("inf"), None])
def test_a_number_that_cannot_be_read_is_none(number: object) -> None:
    assert TaskInfoResult.model_validate({"TaskInfo": {"MixDuration": number}}).task_info.mix_duration is None


def test_user_counts_are_read() -> None:
    result = UserNumResult.model_validate({"UserCountList": [{"RoomId": "room1", "UserCount": 3, "AdminUserCount": 1}]})

    row = result.user_count_list[0]
    assert (row.room_id, row.user_count, row.admin_user_count) == ("room1", 3, 1)
