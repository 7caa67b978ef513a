"""Every business parameter: types, ranges, defaults, codes."""

import base64

import pytest

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
        *(
            pytest.param(
                {"MixOutput": [OUTPUT, {"StreamUrl": url}]}, "MixOutput[1].StreamUrl", id=f"an output to {url!r}"
            )
            for url in (
                "rtmp://h",
                "rtmp://h/",
                "rtmp:///a",
                "rtmp://h/a b",
                "rtmp://h /a",
                "rtmp://h/ü",
                "rtmp://h/a\x7f",
                "RTMP://h/a",
                " rtmp://h/a",
                "rtmp://h/a\n",
            )
        ),
        *(
            pytest.param(
                {"ExtraMixInput": [EXTRA, {"StreamUrl": url}]},
                "ExtraMixInput[1].StreamUrl",
                id=f"an input from {url!r}",
            )
            for url in (
                "ftp://h/a",
                "http://h",
                "https://h/",
                "rtmp:///a",
                "http://h/a b",
                "http://h/ü",
                "httpss://h/a",
                " http://h/a",
                "http://h/" + "a" * 1015,
            )
        ),
        pytest.param({"MixOutput": [OUTPUT | {"AudioCodec": 4}]}, "MixOutput[0].AudioCodec", id="an unknown codec"),
        pytest.param({"MixOutput": [OUTPUT | {"AudioCodec": -1}]}, "MixOutput[0].AudioCodec", id="a codec below zero"),
        pytest.param({"MixOutput": [OUTPUT | {"SoundChannel": 0}]}, "MixOutput[0].SoundChannel", id="no channel"),
        pytest.param({"MixOutput": [OUTPUT | {"SoundChannel": 3}]}, "MixOutput[0].SoundChannel", id="a third channel"),
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
        pytest.param({"TaskId": "a?b"}, "TaskId", id="a TaskId with a question mark"),
        pytest.param({"TaskId": "a b"}, "TaskId", id="a TaskId with a blank"),
        pytest.param({"TaskId": "a\n"}, "TaskId", id="a TaskId with a line break at its end"),
        pytest.param({"TaskId": "http-task"}, "TaskId", id="a TaskId with http in it"),
        pytest.param({"TaskId": "a" * 257}, "TaskId", id="a long TaskId"),
        pytest.param({"TaskId": ""}, "TaskId", id="an empty TaskId"),
        pytest.param({"TaskId": 123}, "TaskId", id="a TaskId as a number"),
        pytest.param({"RoomId": "a/b"}, "RoomId", id="a RoomId with a slash"),
        pytest.param({"RoomId": "a" * 129}, "RoomId", id="a long RoomId"),
        pytest.param({"UserId": "ü"}, "UserId", id="a UserId that is not ASCII"),
        pytest.param({"UserId": "a" * 33}, "UserId", id="a long UserId"),
        pytest.param({"Sequence": "1"}, "Sequence", id="a Sequence as a string"),
        pytest.param({"Sequence": True}, "Sequence", id="a Sequence that is a boolean"),
        pytest.param({"Sequence": 1.0}, "Sequence", id="a Sequence with a fraction"),
        pytest.param({"Sequence": 2**31}, "Sequence", id="a Sequence in milliseconds"),
        pytest.param({"Sequence": -1}, "Sequence", id="a negative Sequence"),
        pytest.param({"UserData": "no base64!"}, "UserData", id="UserData in plain text"),
        pytest.param({"UserData": "ü"}, "UserData", id="UserData that is not ASCII"),
        pytest.param({"UserData": "A" * 4004}, "UserData", id="UserData over 4000 bytes"),
        pytest.param({"UserData": "AAA"}, "UserData", id="UserData without padding"),
        pytest.param({"UserData": "AA="}, "UserData", id="UserData with half its padding"),
        pytest.param({"UserData": "A==="}, "UserData", id="UserData with too much padding"),
        pytest.param({"UserData": "===="}, "UserData", id="UserData of padding alone"),
        pytest.param({"UserData": "AA==AAAA"}, "UserData", id="UserData with padding in its midst"),
        pytest.param({"UserData": "AA-_"}, "UserData", id="UserData in the URL-safe alphabet"),
        pytest.param({"UserData": "AAAA\n"}, "UserData", id="UserData with a line break"),
        pytest.param({"SoundLevel": 2}, "SoundLevel", id="a SoundLevel of 2"),
        pytest.param({"SoundLevel": True}, "SoundLevel", id="a SoundLevel that is a boolean"),
        pytest.param({"ByPass": "1"}, "ByPass", id="a ByPass as a string"),
        pytest.param({"SoundChannel": 3}, "SoundChannel", id="three channels"),
        pytest.param({"SoundChannel": 0}, "SoundChannel", id="no channel at all"),
        pytest.param({"SoundChannel": "3"}, "SoundChannel", id="three channels as a string"),
        pytest.param({"SoundChannel": [1]}, "SoundChannel", id="channels as a list"),
        pytest.param({"ByPass": 2}, "ByPass", id="a ByPass of 2"),
        pytest.param({"AlignmentType": -1}, "AlignmentType", id="an alignment below zero"),
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
        pytest.param({"ExtraMixInput": [EXTRA | {"Volume": -1}]}, "ExtraMixInput[0].Volume", id="a volume below zero"),
        pytest.param(
            {"ExtraMixInput": [EXTRA | {"SoundLevelId": 2**32}]}, "ExtraMixInput[0].SoundLevelId", id="a high level id"
        ),
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
        pytest.param({"TaskId": "a" * 256, "UserId": "a" * 32}, id="the longest ids"),
        pytest.param({"UserData": "A" * 4000}, id="4000 bytes of UserData, though 850 are advised"),
        pytest.param({"UserData": "AA=="}, id="UserData with two bytes of padding"),
        pytest.param({"UserData": "zZ9+/w8="}, id="UserData of the whole alphabet"),
        pytest.param({"Sequence": 0, "RecvBufferLevel": 0, "AlignmentType": 0}, id="the smallest numbers"),
        pytest.param({"AlignmentType": 1, "ByPass": 1, "SoundLevel": 1}, id="the middle of the numbers"),
        pytest.param({"ExPara": [{"Key": "k"}, {"Key": "l", "Value": ""}]}, id="extension parameters without value"),
        pytest.param(
            {"MixOutput": [{"StreamId": "a" * 256, "AudioCodec": 3, "AudioBitrate": 192_000, "SoundChannel": 2}]},
            id="the best output",
        ),
        pytest.param(
            {"MixOutput": [{"StreamUrl": "rtmp://h/~", "AudioCodec": 2, "AudioBitrate": 1, "SoundChannel": 1}]},
            id="the poorest output",
        ),
        pytest.param(
            {"ExtraMixInput": [EXTRA | {"Volume": 200, "SoundLevelId": 2**32 - 1}], "SoundLevel": 1},
            id="an input with everything at its highest",
        ),
        pytest.param(
            {"ExtraMixInput": [{"StreamUrl": "https://u:p@h:443/a?b=c#d!", "SoundLevelId": 0}], "SoundLevel": 1},
            id="an input by https with every part of an address",
        ),
        pytest.param({"ExtraMixInput": [{"StreamUrl": "http://h/" + "a" * 1014}]}, id="1023 bytes of an input's URL"),
        pytest.param({"ExtraMixInput": [{"StreamUrl": "rtmp://h/a"}]}, id="an input by rtmp"),
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
        pytest.param({"SoundChannel": "1"}, id="the other global channel as a string"),
    ],
)
def test_the_edges_of_what_is_allowed_are_accepted_without_breach(changes: dict[str, object]) -> None:
    zego = Caller()
    assert zego.start(**changes)["Code"] == 0
    assert zego.breaches() == []


@pytest.mark.parametrize(
    "room",
    [
        pytest.param("r" * 128, id="128 bytes"),
        pytest.param("~!@#$%^&*()_+=-`;',.<>\\", id="every character of a RoomId"),
    ],
)
def test_the_edges_of_a_room_id_are_accepted(room: str) -> None:
    zego = Caller()
    zego.simulator.create_room(room)
    assert zego.start(RoomId=room)["Code"] == 0


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
        pytest.param(
            {"ExtraMixInput": [EXTRA, EXTRA | {"ModifyType": 1}]}, 110200175, id="an input both added and removed"
        ),
        pytest.param({"ExPara": [{"Key": "k"}, {"Value": "v"}]}, 110200172, id="an extension parameter without key"),
        pytest.param({"ExPara": [{"Key": "", "Value": "v"}]}, 110200172, id="an extension parameter with an empty key"),
        pytest.param({"RoomId": "elsewhere"}, 110200151, id="a room that does not exist"),
    ],
)
def test_an_impossible_mix_has_its_code(changes: dict[str, object], code: int) -> None:
    zego = Caller()
    assert zego.start(**changes)["Code"] == code
    assert zego.running() == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"MixOutput": [{"StreamId": c} for c in "abcd"]}, "MixOutput: at most 3 are allowed", id="outputs"
        ),
        pytest.param({"MixOutput": [OUTPUT, OUTPUT]}, "MixOutput: two outputs are the same", id="an output twice"),
        pytest.param({"ExtraMixInput": extras(10)}, "ExtraMixInput: at most 9 are allowed", id="extra inputs"),
        pytest.param({"ExtraMixInput": extras(9)}, "10 inputs, at most 9 are allowed", id="inputs with the room's"),
        pytest.param({"ExtraMixInput": [EXTRA, EXTRA]}, "ExtraMixInput: two inputs are the same", id="an input twice"),
        pytest.param(
            {"MixOutput": [EXTRA], "ExtraMixInput": [EXTRA]},
            "MixOutput: an output is one of the added inputs",
            id="an output that is added",
        ),
        pytest.param(
            {"MixOutput": [{"StreamId": "mic"}]},
            "MixOutput: an output is one of the inputs",
            id="an output of the room",
        ),
        pytest.param({"ExPara": [{"Key": "k"}, {}]}, "ExPara[1].Key: required", id="no key"),
        pytest.param({"RoomId": "elsewhere"}, "RoomId: the room does not exist", id="no room"),
        pytest.param({"TaskId": "http"}, "TaskId: must not contain http", id="http in a TaskId"),
        pytest.param({"TaskId": ""}, "TaskId: String should have at least 1 character", id="an empty TaskId"),
        pytest.param({"RoomId": ""}, "RoomId: String should have at least 1 character", id="an empty RoomId"),
        pytest.param({"UserId": ""}, "UserId: String should have at least 1 character", id="an empty UserId"),
        pytest.param(
            {"MixOutput": [{"StreamId": ""}]},
            "MixOutput[0].StreamId: String should have at least 1 character",
            id="an empty StreamId",
        ),
        pytest.param({"UserData": "A" * 4004}, "UserData: must have at most 4000 bytes", id="long user data"),
        pytest.param({"UserData": "A"}, "UserData: must be base64", id="plain user data"),
        pytest.param({"SoundLevel": True}, "SoundLevel: must be an integer", id="a boolean"),
        pytest.param({"MixOutput": [{}]}, "MixOutput[0]: one of StreamId and StreamUrl is required", id="no target"),
        pytest.param(
            {"ExtraMixInput": [{}]},
            "ExtraMixInput[0]: StreamId is required to remove a stream, StreamId or StreamUrl to add one",
            id="no source",
        ),
        pytest.param(
            {"ExtraMixInput": [EXTRA], "SoundLevel": 1},
            "ExtraMixInput.SoundLevelId: required when SoundLevel is 1",
            id="no level id",
        ),
        pytest.param({"ByPass": None}, "ByPass: null is not a value; leave the field out", id="a null"),
    ],
)
def test_a_refusal_says_what_is_wrong(changes: dict[str, object], message: str) -> None:
    zego = Caller()
    answer = zego.send(zego.request("StartAutoMix", body=start_body() | changes))
    assert answer["Message"] == message


def test_an_impossible_update_is_refused_as_well_and_changes_nothing() -> None:
    zego = Caller()
    zego.start(UserData="AAAA")
    assert zego.start(UserData="BBBB", MixOutput=[OUTPUT, OUTPUT])["Code"] == 110200176
    assert zego.task().parameters["UserData"] == "AAAA"


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


def test_an_extension_parameter_without_value_has_an_empty_one() -> None:
    zego = Caller()
    zego.start(ExPara=[{"Key": "k"}])
    assert zego.task().parameters["ExPara"] == [{"Key": "k", "Value": ""}]


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
        pytest.param("DescribeUserNum", [("RoomId[]", "")], None, 2, id="a count of a room without id"),
        pytest.param(
            "StopAutoMix", [], {"TaskId": "t", "RoomId": ROOM, "UserId": ""}, 110200002, id="a stop by nobody"
        ),
        pytest.param("StopAutoMix", [], {"TaskId": "a#b", "RoomId": ROOM}, 110200002, id="a stop of a bad TaskId"),
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


def test_ten_rooms_are_counted_at_once() -> None:
    assert len(Caller().users(*map(str, range(10)))) == 10


def test_a_removed_stream_is_no_input() -> None:
    zego = Caller()
    removed = {"StreamId": "mic", "ModifyType": 1}
    assert zego.start(ExtraMixInput=[removed], MixOutput=[{"StreamId": "mic"}])["Code"] == 0
