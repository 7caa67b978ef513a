"""How answers are written: HTTP status, Data, and what a client has to tolerate."""

import json

import pytest

from automix_devkit.simulator import SimulatorSettings
from automix_devkit.simulator.codes import Code, http_status
from automix_devkit.simulator.model import Answer
from automix_devkit.simulator.responses import envelope, error_page
from automix_devkit.simulator.settings import DataParts, FailureStatus, NoData
from unit.automix_devkit.simulator.caller import NOW, ROOM, Caller, start_body

DATE = "Mon, 08 Mar 2021 07:02:23 GMT"
EXTRA = {"TraceId": "7d1c", "Extra": {"Version": 3, "Notes": [None, True]}}
RTC = {"StreamId": "mix-task", "RTMP": "", "HLS": "", "FLV": "", "Status": 0, "UserName": ""}


def test_an_envelope_is_json_with_a_date() -> None:
    response = envelope(Answer(data={"A": 1}), SimulatorSettings(), request_id="7", now=NOW)
    assert (response.status, response.headers) == (200, {"Content-Type": "application/json", "Date": DATE})
    assert json.loads(response.body) == {"Code": 0, "Message": "success", "RequestId": "7", "Data": {"A": 1}}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (0, 200),
        (Code.SIGNATURE_EXPIRED, 401),
        (Code.SIGNATURE_WRONG, 401),
        (Code.SECRET_NOT_FOUND, 401),
        (Code.NOT_FOR_PRODUCTION, 403),
        (Code.OWNERSHIP_NOT_UPDATED, 403),
        (Code.MIXING_NOT_ENABLED, 403),
        (Code.NOT_THE_OWNER, 403),
        (Code.TASK_NOT_FOUND, 404),
        (Code.START_LOCKED, 409),
        (Code.STOP_LOCKED, 409),
        (Code.ROOM_OVERLOAD, 429),
        (Code.START_OVERLOAD, 429),
        (Code.STOP_OVERLOAD, 429),
        (Code.OVERLOAD, 429),
        (Code.FAILED, 500),
        (Code.MIX_FAILED, 500),
        (Code.BAD_PARAMETER, 400),
        (Code.BAD_HOST, 400),
        (110200999, 400),
    ],
)
def test_a_failure_has_the_status_of_its_code_when_switched_and_200_otherwise(code: int, status: int) -> None:
    answer = Answer(code, "no")
    switched = SimulatorSettings(failure_status=FailureStatus.BY_CODE)
    assert http_status(code) == status
    assert envelope(answer, switched, request_id="7", now=NOW).status == status
    assert envelope(answer, SimulatorSettings(), request_id="7", now=NOW).status == 200


def test_a_refusal_under_another_status_is_the_same_json() -> None:
    zego = Caller(SimulatorSettings(failure_status=FailureStatus.BY_CODE))
    response = zego.simulator.handle(zego.request("GetMixTaskInfo", [("TaskId", "nothing")]))
    assert response.status == 404
    assert json.loads(response.body)["Code"] == 110209001
    assert zego.simulator.handle(zego.request("StartAutoMix", body=start_body(), Signature="0")).status == 401


@pytest.mark.parametrize(
    ("no_data", "data"), [(NoData.LEFT_OUT, {}), (NoData.NULL, {"Data": None}), (NoData.EMPTY_OBJECT, {"Data": {}})]
)
def test_an_answer_without_data_is_written_as_switched(no_data: NoData, data: dict[str, object]) -> None:
    zego = Caller(SimulatorSettings(no_data=no_data))
    zego.start()
    for answer in (zego.stop(), zego.stop()):
        assert {name: value for name, value in answer.items() if name == "Data"} == data
    assert zego.start()["Data"]["RoomId"] == ROOM


def test_numbers_of_data_are_strings_when_switched_and_the_code_is_not() -> None:
    zego = Caller(SimulatorSettings(numbers_as_strings=True))
    answer = zego.start(Sequence=5)
    assert answer["Code"] == 0
    assert answer["Data"]["Sequence"] == "5"
    assert answer["Data"]["PlayInfo"] == [{**RTC, "Status": "0"}]
    zego.clock.now += 3
    assert zego.info()["Data"] == {"TaskInfo": {"TaskId": "task", "MixDuration": "3"}}
    assert zego.users(ROOM) == [{"RoomId": ROOM, "UserCount": "1", "AdminUserCount": "0"}]


def test_only_numbers_become_strings() -> None:
    settings = SimulatorSettings(numbers_as_strings=True)
    response = envelope(Answer(data={"A": 1.5, "B": None, "C": [2]}), settings, request_id="7", now=NOW)
    assert json.loads(response.body)["Data"] == {"A": "1.5", "B": None, "C": ["2"]}


def test_every_object_of_an_answer_has_unknown_fields_when_switched() -> None:
    zego = Caller(SimulatorSettings(extra_fields=True))
    answer = zego.start(Sequence=1)
    assert {**answer, "RequestId": ""} == {
        "Code": 0,
        "Message": "success",
        "RequestId": "",
        "Data": {"UserId": "user-task", "RoomId": ROOM, "Sequence": 1, "PlayInfo": [{**RTC, **EXTRA}], **EXTRA},
        **EXTRA,
    }
    failure = zego.info("nothing")
    assert {**failure, "Message": "", "RequestId": ""} == {"Code": 110209001, "Message": "", "RequestId": "", **EXTRA}


def test_unknown_fields_keep_their_types_beside_numbers_as_strings() -> None:
    answer = Caller(SimulatorSettings(extra_fields=True, numbers_as_strings=True)).start()
    assert answer["Data"]["Extra"] == EXTRA["Extra"]


def test_sparse_data_lacks_what_a_client_can_do_without() -> None:
    zego = Caller(SimulatorSettings(data_parts=DataParts.SPARSE))
    assert zego.start(Sequence=1)["Data"] == {"UserId": "user-task", "RoomId": ROOM}
    assert zego.info()["Data"] == {"TaskInfo": {"TaskId": "task"}}
    assert zego.users(ROOM) == [{"RoomId": ROOM, "UserCount": 1, "AdminUserCount": 0}]


def test_absent_data_is_that_of_the_mixing_service() -> None:
    zego = Caller(SimulatorSettings(data_parts=DataParts.ABSENT))
    for answer in (zego.start(), zego.info(), zego.stop()):
        assert answer["Code"] == 0
        assert "Data" not in answer
    assert zego.users(ROOM) == [{"RoomId": ROOM, "UserCount": 1, "AdminUserCount": 0}]


def test_an_error_page_is_html_or_nothing() -> None:
    html = error_page(503, now=NOW)
    assert (html.status, html.headers) == (503, {"Content-Type": "text/html", "Date": DATE})
    assert html.body == b"<html><body><h1>503</h1></body></html>"
    empty = error_page(429, now=NOW, body="empty", retry_after=0)
    assert (empty.status, empty.body) == (429, b"")
    assert empty.headers == {"Content-Type": "text/html", "Date": DATE, "Retry-After": "0"}
