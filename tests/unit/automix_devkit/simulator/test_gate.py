"""The environments of a project, and what separates them."""

import pytest

from automix_devkit.simulator import Fault, SimulatorSettings
from automix_devkit.simulator.settings import Environments
from unit.automix_devkit.simulator.caller import APP_ID, ROOM, SECRET, Caller, start_body

PREFIX = f"zegotest-{APP_ID}-"


def start(zego: Caller, is_test: str = "true", /, **changes: object) -> int:
    body = start_body(**({"MixOutput": [{"StreamId": f"{PREFIX}mix"}]} | changes))
    return int(zego.send(zego.request("StartAutoMix", body=body, IsTest=is_test))["Code"])


@pytest.mark.parametrize(
    ("is_test", "in_test"),
    [("true", True), ("TRUE", True), ("True", True), ("false", False), ("False", False), ("", False), ("1", False)],
)
def test_is_test_chooses_the_environment_whatever_its_case(is_test: str, in_test: bool) -> None:  # noqa: FBT001 -- a table
    zego = Caller()
    assert start(zego, is_test) == 0
    assert [task.is_test for task in zego.simulator.state().tasks] == [in_test]
    assert [call.is_test for call in zego.simulator.calls] == [in_test]


def test_the_environments_do_not_see_each_others_tasks() -> None:
    zego = Caller()
    zego.start()
    query = [("TaskId", "task")]
    assert zego.send(zego.request("GetMixTaskInfo", query, IsTest="true"))["Code"] == 110209001
    assert start(zego) == 0
    assert [task.is_test for task in zego.simulator.state().tasks] == [False, True]
    stop = {"TaskId": "task", "RoomId": ROOM}
    assert zego.send(zego.request("StopAutoMix", body=stop, IsTest="true"))["Code"] == 0
    assert [task.is_test for task in zego.simulator.state().tasks] == [False]
    assert zego.breaches() == []


def test_a_sequence_has_no_effect_in_the_test_environment() -> None:
    zego = Caller(SimulatorSettings(require_sequence=True, refuse_stale_sequence=True))
    assert start(zego, Sequence=5, UserData="AAAA") == 0
    assert start(zego, Sequence=4, UserData="BBBB") == 0
    assert start(zego) == 0
    assert zego.task().parameters["UserData"] == "BBBB"
    assert zego.simulator.state().sequences == {}
    assert zego.breaches() == []


def test_a_room_is_that_of_every_environment() -> None:
    zego = Caller()
    counts = zego.send(zego.request("DescribeUserNum", [("RoomId[]", ROOM)], IsTest="true"))["Data"]["UserCountList"]
    assert counts == [{"RoomId": ROOM, "UserCount": 1, "AdminUserCount": 0}]


@pytest.mark.parametrize(
    ("environments", "is_test", "code"),
    [
        (Environments.BOTH, "false", 0),
        (Environments.BOTH, "true", 0),
        (Environments.PRODUCTION, "false", 0),
        (Environments.PRODUCTION, "true", 0),
        (Environments.TEST, "false", 100000016),
        (Environments.TEST, "", 100000016),
        (Environments.TEST, "true", 0),
    ],
)
def test_a_call_needs_an_environment_its_project_has(environments: Environments, is_test: str, code: int) -> None:
    for settings, chosen in ((SimulatorSettings(environments=environments), None), (SimulatorSettings(), environments)):
        zego = Caller(settings)
        zego.simulator.add_app(APP_ID, SECRET, environments=chosen)
        assert start(zego, is_test) == code


def test_a_project_without_test_environment_ignores_is_test_and_that_is_counted() -> None:
    zego = Caller(SimulatorSettings(environments=Environments.PRODUCTION))
    assert start(zego) == 0
    assert [task.is_test for task in zego.simulator.state().tasks] == [False]
    assert [call.is_test for call in zego.simulator.calls] == [False]
    assert zego.breaches() == [
        ("unexpected parameter", "StartAutoMix: IsTest of a project without test environment"),
    ]


def test_a_missing_environment_is_found_before_the_action_and_says_where_to_look() -> None:
    zego = Caller(SimulatorSettings(environments=Environments.TEST))
    answer = zego.send(zego.request("", body=[]))
    assert answer["Code"] == 100000016
    assert answer["Message"] == "the project is not configured for production, see IsTest"


def test_a_fault_meets_both_environments() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", code=110200001))
    assert start(zego) == 110200001


def test_breaches_are_counted_though_the_mix_is_impossible() -> None:
    zego = Caller()
    answer = zego.start(Unknown=1, MixOutput=[{"StreamId": "a"}, {"StreamId": "a"}])
    assert answer["Code"] == 110200176
    assert zego.breaches() == [("unknown field", "StartAutoMix: Unknown")]


def test_checks_before_the_parameters_come_in_their_order() -> None:
    zego = Caller(SimulatorSettings(calls_per_second={"StartAutoMix": 0}))
    zego.simulator.add_app(APP_ID, SECRET, mixing_enabled=False)
    assert zego.start(TaskId=1)["Code"] == 110200157
    zego.simulator.add_app(APP_ID, SECRET)
    assert zego.start(TaskId=1)["Code"] == 110200190
    assert zego.start(TaskId=1)["Message"] == "too many requests"
