"""An HTTP answer is a result, a refusal or not ZEGO's at all."""

import json
from dataclasses import FrozenInstanceError

import pytest

from automix.zego.answers import Answer, interpret
from automix.zego.codes import Failure
from automix.zego.errors import ZegoBadAnswer, ZegoRefused
from automix.zego.models import PlayInfo, StartResult, StopResult

PAGE_ANSWER = {
    "Code": 0,
    "Message": "success",
    "RequestId": "8472822294336370476",
    "Data": {
        "UserId": "123",
        "Sequence": 1,
        "RoomId": "room123",
        "PlayInfo": [
            {
                "StreamId": "test",
                "RTMP": "rtmp://domain/appname/test",
                "HLS": "http://domain/appname/test/playlist.m3u8",
                "FLV": "http://domain/appname/test.flv",
                "Status": 0,
                "UserName": "",
            }
        ],
    },
}


def _envelope(http_status: int = 200, **fields: object) -> Answer:
    return Answer(http_status, json.dumps({"Code": 0, "Message": "success", "RequestId": "1", **fields}).encode())


def test_the_pages_start_answer_is_read_as_printed() -> None:
    result = interpret("StartAutoMix", Answer(200, json.dumps(PAGE_ANSWER).encode()), StartResult)

    assert result == StartResult(
        request_id="8472822294336370476",
        user_id="123",
        sequence=1,
        room_id="room123",
        play_info=(
            PlayInfo(
                stream_id="test",
                rtmp="rtmp://domain/appname/test",
                hls="http://domain/appname/test/playlist.m3u8",
                flv="http://domain/appname/test.flv",
                status=0,
                user_name="",
            ),
        ),
    )


def test_the_pages_stop_answer_is_read_as_printed() -> None:
    body = b'{"Code":0,"Message":"success","RequestId":"6351841974556802202"}'

    assert interpret("StopAutoMix", Answer(200, body), StopResult) == StopResult(request_id="6351841974556802202")


@pytest.mark.parametrize("data", [None, {}, [], ""])
def test_empty_data_is_an_empty_result(data: object) -> None:
    assert interpret("StartAutoMix", _envelope(Data=data), StartResult) == StartResult(request_id="1")


def test_a_refusal_may_be_no_more_than_a_code() -> None:
    refusal = interpret("StartAutoMix", Answer(200, b'{"Code":110200001}'), StartResult)

    assert isinstance(refusal, ZegoRefused)
    assert (refusal.message, refusal.request_id) == ("", "")


def test_a_code_and_a_request_id_of_the_other_type_are_read() -> None:
    assert interpret("StopAutoMix", _envelope(Code="0", RequestId=98004), StopResult) == StopResult(request_id="98004")


@pytest.mark.parametrize("http_status", [200, 403, 500])
def test_the_code_decides_whatever_the_http_status(http_status: int) -> None:
    refusal = interpret("StartAutoMix", _envelope(http_status, Code=110200157, Message="mix off"), StartResult)
    result = interpret("StartAutoMix", _envelope(http_status), StartResult)

    assert isinstance(refusal, ZegoRefused)
    assert (refusal.code, refusal.failure, refusal.message) == (110200157, Failure.ACCOUNT, "mix off")
    assert (refusal.request_id, refusal.advice) == (
        "1",
        "Enable the mixing service in the ZEGO console and wait 3 minutes.",
    )
    assert isinstance(result, StartResult)


def test_an_answer_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(_envelope(), "body", b"")  # noqa: B010 -- what mypy would not let pass


def test_what_zegos_text_repeats_is_cleaned() -> None:
    refusal = interpret(
        "StartAutoMix",
        _envelope(Code=110200002, Message="rtmp://h/app/hunter2\n" + "x" * 9999, RequestId="r-hunter2"),
        StartResult,
        secrets=("hunter2",),
    )

    assert isinstance(refusal, ZegoRefused)
    assert "hunter2" not in str(refusal)
    assert len(refusal.message) == 500


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>502 Bad Gateway</html>", id="a proxy's page"),
        pytest.param(b'{"code": 503, "message": "overloaded"}', id="a gateway's own JSON"),
        pytest.param(b'{"Code":0,"Message":"suc', id="an envelope cut off"),
        pytest.param(b'{"error":"not found"}', id="JSON without a Code"),
        pytest.param(b'{"Code":null}', id="a Code of null"),
        pytest.param(b"[0]", id="JSON that is no object"),
        pytest.param(b'{"Code":0,"Message":"\xff"}', id="text that is not UTF-8"),
        pytest.param(b'{"Code":0,"Data":"yes"}', id="data that is no object"),
        pytest.param(b'{"Code":0,"Data":{"PlayInfo":7}}', id="data of another shape"),
    ],
)
def test_anything_else_is_not_zegos_answer(body: bytes) -> None:
    error = interpret("StartAutoMix", Answer(502, body, retry_after=7.0), StartResult)

    assert isinstance(error, ZegoBadAnswer)
    assert (error.http_status, error.retry_after, error.may_have_had_effect) == (502, 7.0, True)
