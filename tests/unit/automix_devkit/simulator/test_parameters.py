"""Every business parameter: types, ranges, defaults, codes."""

import base64

import pytest

from automix_devkit.simulator.parameters import ACTIONS
from unit.automix_devkit.simulator.caller import ROOM, Caller, start_body

OUTPUT = {"StreamId": "out"}
EXTRA = {"StreamId": "guest"}


def extras(count: int) -> list[dict[str, object]]:
    return [{"StreamId": f"guest{number}"} for number in range(count)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"TaskId": None}, "TaskId", id="no TaskId"),
        pytest.param({"UserId": None}, "UserId", id="no UserId"),
        pytest.param({"RoomId": None}, "RoomId", id="no RoomId"),
        pytest.param({"MixOutput": None}, "MixOutput", id="no MixOutput"),
        pytest.param({"MixOutput": []}, "MixOutput", id="an empty MixOutput"),
        pytest.param({"MixOutput": OUTPUT}, "MixOutput", id="an object for a list"),
        pytest.param({"MixOutput": [{}]}, "MixOutput[0]", id="an output without target"),
        pytest.param({"MixOutput": [{"StreamId": "a b"}]}, "MixOutput[0].StreamId", id="a blank in a StreamId"),
        pytest.param({"MixOutput": [{"StreamId": "a" * 257}]}, "MixOutput[0].StreamId", id="a long StreamId"),
        pytest.param(
            {"MixOutput": [{"StreamUrl": "rtmps://h/a/b"}]}, "MixOutput[0].StreamUrl", id="an output by rtmps"
        ),
        pytest.param({"MixOutput": [{"StreamUrl": "http://h/a/b"}]}, "MixOutput[0].StreamUrl", id="an output by http"),
        pytest.param(
            {"MixOutput": [{"StreamUrl": "rtmp://h/" + "a" * 1015}]}, "MixOutput[0].StreamUrl", id="1024 bytes of URL"
        ),
        pytest.param({"MixOutput": [OUTPUT | {"AudioCodec": 4}]}, "MixOutput[0].AudioCodec", id="an unknown codec"),
        pytest.param(
            {"MixOutput": [OUTPUT | {"AudioCodec": "0"}]}, "MixOutput[0].AudioCodec", id="a codec as a string"
        ),
        pytest.param({"MixOutput": [OUTPUT | {"AudioBitrate": 0}]}, "MixOutput[0].AudioBitrate", id="no bit rate"),
        pytest.param(
            {"MixOutput": [OUTPUT | {"AudioBitrate": 192_001}]}, "MixOutput[0].AudioBitrate", id="a high bit rate"
        ),
        pytest.param(
            {"MixOutput": [OUTPUT | {"SoundChannel": "1"}]},
            "MixOutput[0].SoundChannel",
            id="a string for an output's channel",
        ),
        pytest.param({"TaskId": "a#b"}, "TaskId", id="a TaskId with a hash"),
        pytest.param({"TaskId": "http-task"}, "TaskId", id="a TaskId with http in it"),
        pytest.param({"TaskId": "a" * 257}, "TaskId", id="a long TaskId"),
        pytest.param({"TaskId": ""}, "TaskId", id="an empty TaskId"),
        pytest.param({"TaskId": 123}, "TaskId", id="a TaskId as a number"),
        pytest.param({"RoomId": "a/b"}, "RoomId", id="a RoomId with a slash"),
        pytest.param({"RoomId": "a" * 129}, "RoomId", id="a long RoomId"),
        pytest.param({"UserId": "ü"}, "UserId", id="a UserId that is not ASCII"),
        pytest.param({"UserId": "a" * 65}, "UserId", id="a long UserId"),
        pytest.param({"Sequence": "1"}, "Sequence", id="a Sequence as a string"),
        pytest.param({"Sequence": True}, "Sequence", id="a Sequence that is a boolean"),
        pytest.param({"Sequence": 1.0}, "Sequence", id="a Sequence with a fraction"),
        pytest.param({"Sequence": 2**31}, "Sequence", id="a Sequence in milliseconds"),
        pytest.param({"UserData": "no base64!"}, "UserData", id="UserData in plain text"),
        pytest.param({"UserData": "ü"}, "UserData", id="UserData that is not ASCII"),
        pytest.param({"UserData": "A" * 4004}, "UserData", id="UserData over 4000 bytes"),
        pytest.param({"SoundLevel": 2}, "SoundLevel", id="a SoundLevel of 2"),
        pytest.param({"SoundLevel": True}, "SoundLevel", id="a SoundLevel that is a boolean"),
        pytest.param({"ByPass": "1"}, "ByPass", id="a ByPass as a string"),
        pytest.param({"SoundChannel": 3}, "SoundChannel", id="three channels"),
        pytest.param({"SoundChannel": [1]}, "SoundChannel", id="channels as a list"),
        pytest.param({"AlignmentType": 3}, "AlignmentType", id="an unknown alignment"),
        pytest.param({"RecvBufferLevel": -1}, "RecvBufferLevel", id="a buffer below zero"),
        pytest.param({"RecvBufferLevel": 4001}, "RecvBufferLevel", id="a buffer over four seconds"),
        pytest.param({"ExPara": [{"Key": 1}]}, "ExPara[0].Key", id="a key that is a number"),
        pytest.param({"ExtraMixInput": [{}]}, "ExtraMixInput[0]", id="an input without source"),
        pytest.param(
            {"ExtraMixInput": [{"StreamUrl": "rtmp://h/a", "ModifyType": 1}]},
            "ExtraMixInput[0]",
            id="a removed input without StreamId",
        ),
        pytest.param({"ExtraMixInput": [EXTRA | {"Volume": 201}]}, "ExtraMixInput[0].Volume", id="a high volume"),
        pytest.param({"ExtraMixInput": [EXTRA | {"ModifyType": 2}]}, "ExtraMixInput[0].ModifyType", id="a third type"),
        pytest.param(
            {"ExtraMixInput": [EXTRA | {"SoundLevelId": -1}]}, "ExtraMixInput[0].SoundLevelId", id="a negative level id"
        ),
        pytest.param(
            {"ExtraMixInput": [EXTRA], "SoundLevel": 1},
            "ExtraMixInput.SoundLevelId",
            id="an added input without SoundLevelId under SoundLevel",
        ),
    ],
)
def test_a_bad_field_is_refused_by_name(changes: dict[str, object], field: str) -> None:
    zego = Caller()
    body = start_body() | changes
    answer = zego.send(zego.request("StartAutoMix", body={k: v for k, v in body.items() if v is not None}))
    assert answer["Code"] == 110200002
    assert answer["Message"].partition(":")[0] == field
    assert zego.running() == []


@pytest.mark.parametrize("name", ["UserData", "Sequence", "ExtraMixInput", "SoundChannel"])
def test_null_is_not_a_value(name: str) -> None:
    zego = Caller()
    answer = zego.send(zego.request("StartAutoMix", body={**start_body(), name: None}))
    assert (answer["Code"], answer["Message"].partition(":")[0]) == (110200002, name)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"TaskId": "~!@$%^&*()_+=-`;',.<>/\\"}, id="every character of a TaskId"),
        pytest.param({"UserId": "~!@#$%^&*()_+=-`;',.<>\\"}, id="every character of a UserId"),
        pytest.param({"TaskId": "a" * 256, "UserId": "a" * 64}, id="the longest ids"),
        pytest.param({"UserData": "A" * 4000}, id="4000 bytes of UserData"),
        pytest.param({"UserData": ""}, id="empty UserData"),
        pytest.param({"Sequence": 2**31 - 1, "RecvBufferLevel": 4000, "AlignmentType": 2}, id="the largest numbers"),
        pytest.param(
            {"ExtraMixInput": [EXTRA | {"Volume": 0}, {"StreamUrl": "http://h/a.flv"}]}, id="a volume of zero"
        ),
        pytest.param({"ExtraMixInput": extras(8)}, id="nine inputs with that of the room"),
        pytest.param(
            {"SoundLevel": 1, "ExtraMixInput": [EXTRA | {"ModifyType": 1}]}, id="a removed input needs no level id"
        ),
        pytest.param({"MixOutput": [{"StreamId": c} for c in "abc"]}, id="three outputs"),
        pytest.param({"MixOutput": [{"StreamUrl": "rtmp://h/" + "a" * 1014}]}, id="1023 bytes of URL"),
        pytest.param({"SoundChannel": "2"}, id="the global channel as a string"),
    ],
)
def test_the_edges_of_what_is_allowed_are_accepted_without_breach(changes: dict[str, object]) -> None:
    zego = Caller()
    assert zego.start(**changes)["Code"] == 0
    assert zego.breaches() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"MixOutput": [{"StreamId": c} for c in "abcd"]}, 110200178, id="four outputs"),
        pytest.param({"MixOutput": [OUTPUT, OUTPUT | {"AudioCodec": 1}]}, 110200176, id="the same output twice"),
        pytest.param({"MixOutput": [{"StreamId": "mic"}]}, 110200140, id="an output that is the room's stream"),
        pytest.param(
            {"MixOutput": [EXTRA], "ExtraMixInput": [EXTRA]}, 110200140, id="an output that is an added stream"
        ),
        pytest.param({"ExtraMixInput": extras(9)}, 110200158, id="ten inputs with that of the room"),
        pytest.param({"ExtraMixInput": extras(10)}, 110200158, id="ten extra inputs"),
        pytest.param({"ExtraMixInput": [EXTRA, EXTRA]}, 110200175, id="the same input twice"),
        pytest.param({"RoomId": "elsewhere"}, 110200151, id="a room that does not exist"),
    ],
)
def test_an_impossible_mix_has_its_code(changes: dict[str, object], code: int) -> None:
    zego = Caller()
    assert zego.start(**changes)["Code"] == code
    assert zego.running() == []


def test_a_removed_stream_leaves_room_for_another() -> None:
    zego = Caller()
    removed = {"StreamId": "mic", "ModifyType": 1}
    assert zego.start(ExtraMixInput=[*extras(8), removed])["Code"] == 0


def test_a_running_task_shows_its_defaults() -> None:
    zego = Caller()
    zego.start(SoundChannel="2", ExtraMixInput=[EXTRA], MixOutput=[OUTPUT, {"StreamId": "mono", "SoundChannel": 1}])
    (task,) = zego.simulator.state().tasks
    encoding = {"StreamUrl": "", "AudioCodec": 0, "AudioBitrate": 48000}
    assert task.parameters == {
        "TaskId": "task",
        "UserId": "user-task",
        "RoomId": ROOM,
        "ExtraMixInput": [{"StreamId": "guest", "StreamUrl": "", "ModifyType": 0, "Volume": 100}],
        "MixOutput": [
            {"StreamId": "out", "SoundChannel": 2, **encoding},
            {"StreamId": "mono", "SoundChannel": 1, **encoding},
        ],
        "UserData": "",
        "SoundLevel": 0,
        "ByPass": 0,
        "SoundChannel": 2,
        "AlignmentType": 0,
        "RecvBufferLevel": 0,
        "ExPara": [],
    }


def test_unknown_fields_are_tolerated_and_counted_by_path() -> None:
    zego = Caller()
    answer = zego.start(Appid=1, MixOutput=[OUTPUT | {"Bitrate": 1}], ExPara=[{"Key": "k", "Val": "v"}])
    assert answer["Code"] == 0
    assert sorted(zego.breaches()) == [
        ("unknown field", "StartAutoMix: Appid"),
        ("unknown field", "StartAutoMix: ExPara[0].Val"),
        ("unknown field", "StartAutoMix: MixOutput[0].Bitrate"),
    ]


def test_an_output_with_both_addresses_goes_to_the_url_and_is_counted() -> None:
    zego = Caller()
    answer = zego.start(MixOutput=[{"StreamId": "out", "StreamUrl": "rtmp://push.example/live/show"}])
    assert [info["StreamId"] for info in answer["Data"]["PlayInfo"]] == ["show"]
    assert zego.breaches() == [
        ("unexpected parameter", "StartAutoMix: MixOutput[0] has StreamId and StreamUrl, StreamUrl counts")
    ]


@pytest.mark.parametrize(("modify_type", "code", "counts"), [(0, 110200140, "StreamUrl"), (1, 0, "StreamId")])
def test_an_input_with_both_addresses_is_added_by_url_and_removed_by_id(
    modify_type: int, code: int, counts: str
) -> None:
    zego = Caller()
    url = "rtmp://pull.example/live/a"
    both = {"StreamId": "mic", "StreamUrl": url, "ModifyType": modify_type}
    # The output is the URL: one too many as an input, and none when the StreamId counts.
    assert zego.start(ExtraMixInput=[both], MixOutput=[{"StreamUrl": url}])["Code"] == code
    assert zego.breaches() == [
        ("unexpected parameter", f"StartAutoMix: ExtraMixInput[0] has StreamId and StreamUrl, {counts} counts")
    ]


@pytest.mark.parametrize(
    ("action", "pairs", "body", "code"),
    [
        pytest.param("StopAutoMix", [], {"TaskId": "task"}, 110200002, id="a stop without RoomId"),
        pytest.param("StopAutoMix", [], {"RoomId": ROOM}, 110200002, id="a stop without TaskId"),
        pytest.param(
            "StopAutoMix", [], {"TaskId": "t", "RoomId": ROOM, "Sequence": "1"}, 110200002, id="a stop by string"
        ),
        pytest.param("GetMixTaskInfo", [], None, 110200004, id="a query without TaskId"),
        pytest.param("GetMixTaskInfo", [("TaskId", "a"), ("TaskId", "b")], None, 110200004, id="a query for two tasks"),
        pytest.param("DescribeUserNum", [], None, 2, id="a count of no room"),
        pytest.param("DescribeUserNum", [("RoomId", "r")], None, 2, id="a count without brackets"),
        pytest.param(
            "DescribeUserNum", [("RoomId[]", str(n)) for n in range(11)], None, 2, id="a count of eleven rooms"
        ),
    ],
)
def test_other_actions_refuse_bad_parameters(
    action: str, pairs: list[tuple[str, str]], body: dict[str, object] | None, code: int
) -> None:
    zego = Caller()
    assert zego.send(zego.request(action, pairs, body=body))["Code"] == code


def test_user_data_arrives_as_it_was_sent() -> None:
    zego = Caller()
    data = base64.b64encode("grüße".encode()).decode()
    zego.start(UserData=data)
    assert zego.simulator.state().tasks[0].parameters["UserData"] == data


def test_the_documented_rates_are_the_defaults() -> None:
    assert {name: action.calls_per_second for name, action in ACTIONS.items()} == {
        "StartAutoMix": 100,
        "StopAutoMix": 100,
        "GetMixTaskInfo": 100,
        "DescribeUserNum": 10,
    }


def test_a_removed_stream_is_no_input() -> None:
    zego = Caller()
    removed = {"StreamId": "mic", "ModifyType": 1}
    assert zego.start(ExtraMixInput=[removed], MixOutput=[{"StreamId": "mic"}])["Code"] == 0
