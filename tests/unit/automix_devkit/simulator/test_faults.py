"""Scripted faults: what the caller sees, and what had its effect."""

import json

import pytest
from pydantic import ValidationError

from automix_devkit.simulator import CallbackFault, Fault, SimulatorSettings
from automix_devkit.simulator.model import LostError
from unit.automix_devkit.simulator.caller import APP_ID, NOW, Caller, start_body


def test_a_scripted_code_is_answered_without_effect_and_only_as_often_as_asked() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", code=110200001, message="try again", times=2))
    answers = [zego.start() for _ in range(2)]
    assert [(answer["Code"], answer["Message"]) for answer in answers] == [(110200001, "try again")] * 2
    assert zego.running() == []
    assert zego.start()["Code"] == 0
    assert zego.running() == ["task"]


def test_a_success_that_is_not_true_looks_like_one() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", code=0))
    lie = zego.start(Sequence=7)
    assert zego.running() == []
    assert zego.simulator.state().sequences == {}
    truth = zego.start(Sequence=7)
    assert zego.running() == ["task"]
    assert {**lie, "RequestId": ""} == {**truth, "RequestId": ""}


def test_a_stop_that_did_not_stop_looks_like_one_that_did() -> None:
    zego = Caller()
    zego.start(Sequence=1)
    zego.simulator.add_fault(Fault(action="StopAutoMix", code=0))
    lie = zego.stop(Sequence=2)
    assert zego.running() == ["task"]
    truth = zego.stop(Sequence=2)
    assert zego.running() == []
    assert {**lie, "RequestId": ""} == {**truth, "RequestId": ""}


@pytest.mark.parametrize(("when", "running"), [("before", []), ("after", ["task"]), ("midway", ["task"])])
def test_a_connection_drops_before_or_after_the_effect(when: str, running: list[str]) -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault.model_validate({"Action": "StartAutoMix", "Lost": when}))
    with pytest.raises(LostError) as lost:
        zego.start()
    assert lost.value.when == when
    assert (lost.value.response.status, b'"Code": 0' in lost.value.response.body) == (
        (500, False) if when == "before" else (200, True)
    )
    assert zego.running() == running


@pytest.mark.parametrize("fields", [{"Status": 502}, {"Code": 110200001}], ids=["a server error", "a code"])
@pytest.mark.parametrize(("effect", "running"), [(False, []), (True, ["task"])])
def test_a_failure_may_have_had_its_effect(fields: dict[str, int], effect: bool, running: list[str]) -> None:  # noqa: FBT001 -- a table
    zego = Caller()
    zego.simulator.add_fault(Fault.model_validate({"Action": "StartAutoMix", "Effect": effect, **fields}))
    response = zego.simulator.handle(zego.request("StartAutoMix", body=start_body(Sequence=3)))
    assert response.status == fields.get("Status", 200)
    if "Code" in fields:
        answer = json.loads(response.body)
        assert (answer["Code"], answer["Message"], "Data" in answer) == (110200001, "scripted fault", False)
    assert zego.running() == running
    assert zego.simulator.state().sequences == ({APP_ID: {"user-task": 3}} if effect else {})


def test_a_failure_with_effect_hides_that_the_call_was_refused() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", code=110200001, effect=True))
    assert zego.start(RoomId="elsewhere")["Code"] == 110200001


def test_a_server_error_may_be_empty_and_say_when_to_come_again() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", status=429, retry_after=7, body="empty"))
    response = zego.simulator.handle(zego.request("StartAutoMix", body=start_body()))
    assert (response.status, response.body, response.headers["Retry-After"]) == (429, b"", "7")
    assert zego.running() == []


@pytest.mark.parametrize("size", [0, 1, 40])
def test_an_answer_is_cut_short_after_its_effect(size: int) -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", cut=size))
    response = zego.simulator.handle(zego.request("StartAutoMix", body=start_body()))
    assert (response.status, len(response.body)) == (200, size)
    assert b'{"Code": 0, "Message": "success", "RequestId": '.startswith(response.body)
    assert response.headers["Content-Type"] == "application/json"
    assert zego.running() == ["task"]


def test_a_fault_without_action_meets_every_call() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(code=110200001, times=3))
    answers = [zego.start(), zego.info(), zego.send(zego.request("DescribeUserNum", [("RoomId[]", "r")]))]
    assert [answer["Code"] for answer in answers] == [110200001] * 3
    assert zego.start()["Code"] == 0


def test_a_fault_for_a_task_does_not_meet_a_count_of_users() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(task_id="task", code=110200001))
    assert zego.users("r") == [{"RoomId": "r", "UserCount": 0, "AdminUserCount": 0}]
    assert zego.start()["Code"] == 110200001


def hit(percent: float, seed: int, times: int = 1000) -> list[bool]:
    zego = Caller(SimulatorSettings(calls_per_second={"GetMixTaskInfo": 10_000}))
    zego.simulator.add_fault(Fault(action="GetMixTaskInfo", code=110200001, percent=percent, seed=seed, times=times))
    return [zego.info()["Code"] == 110200001 for _ in range(300)]


def test_chance_is_the_same_for_the_same_seed() -> None:
    assert hit(30, seed=1) == hit(30, seed=1)
    assert hit(30, seed=1) != hit(30, seed=2)


def test_chance_strikes_as_often_as_it_says() -> None:
    # Of 300: within four standard deviations of 90.
    assert 58 <= sum(hit(30, seed=1)) <= 122
    assert sum(hit(100, seed=1)) == 300
    assert sum(hit(0.001, seed=1)) == 0


def test_calls_that_are_spared_do_not_use_a_fault_up() -> None:
    assert sum(hit(30, seed=1, times=5)) == 5


def test_a_call_that_one_fault_spares_meets_the_next() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", code=110200001, percent=0.001))
    zego.simulator.add_fault(Fault(action="StartAutoMix", code=110200007))
    assert [zego.start()["Code"] for _ in range(2)] == [110200007, 0]


def test_a_server_error_is_html_and_has_no_effect() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", status=503))
    response = zego.simulator.handle(zego.request("StartAutoMix", body=start_body()))
    assert (response.status, response.headers["Content-Type"]) == (503, "text/html")
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.body)
    assert zego.running() == []


@pytest.mark.parametrize(
    ("fault", "running_meanwhile"),
    [
        pytest.param(Fault(action="StartAutoMix", delay_before=3), [], id="before the effect"),
        pytest.param(Fault(action="StartAutoMix", delay_after=3), ["task"], id="after the effect"),
    ],
)
def test_a_delay_comes_before_or_after_the_effect(fault: Fault, running_meanwhile: list[str]) -> None:
    zego = Caller()
    zego.simulator.add_fault(fault)
    pauses = iter(zego.simulator.exchange(zego.request("StartAutoMix", body=start_body())))
    assert next(pauses) == 3
    assert zego.running() == running_meanwhile
    zego.clock.now += 3
    assert next(pauses, None) is None
    (task,) = zego.simulator.state().tasks
    assert task.started == (NOW if running_meanwhile else NOW + 3)


def test_delays_combine_with_a_lost_answer() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", delay_before=1, delay_after=2, lost="after"))
    pauses = iter(zego.simulator.exchange(zego.request("StartAutoMix", body=start_body())))
    assert [next(pauses), next(pauses)] == [1, 2]
    with pytest.raises(LostError):
        next(pauses)
    assert zego.running() == ["task"]


def test_a_fault_waits_for_its_action_and_task() -> None:
    zego = Caller()
    zego.simulator.create_room("second")
    zego.simulator.add_fault(Fault(action="StartAutoMix", task_id="two", code=110200001))
    assert zego.start("one")["Code"] == 0
    assert zego.stop("two")["Code"] == 110209001
    assert zego.start("two", RoomId="second")["Code"] == 110200001


def test_faults_are_suffered_in_the_order_they_were_scripted() -> None:
    zego = Caller()
    for code in (110200001, 110200007):
        zego.simulator.add_fault(Fault(action="StartAutoMix", code=code))
    assert [zego.start()["Code"] for _ in range(3)] == [110200001, 110200007, 0]


def test_faults_that_are_forgotten_are_not_suffered() -> None:
    zego = Caller()
    for action in ("StartAutoMix", "StopAutoMix"):
        zego.simulator.add_fault(Fault(action=action, code=110200001))
    zego.simulator.clear_faults()
    assert zego.start()["Code"] == 0
    assert zego.stop(Sequence=2)["Code"] == 0


def test_a_fault_that_waits_for_another_action_is_not_lost_when_the_next_is_suffered() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StopAutoMix", code=110200001))
    zego.simulator.add_fault(Fault(action="StartAutoMix", code=110200007))
    assert [zego.start()["Code"], zego.start()["Code"], zego.stop()["Code"]] == [110200007, 0, 110200001]


def test_a_call_that_is_refused_at_the_door_uses_no_fault_up() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", code=110200001))
    assert zego.start(MixOutput=[])["Code"] == 110200002
    assert zego.start()["Code"] == 110200001


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        pytest.param({"Action": "StartMix", "Code": 1}, "Action must be one of", id="an unknown action"),
        pytest.param({"Action": "StartAutoMix"}, "is required", id="nothing that goes wrong"),
        pytest.param({"Action": "StartAutoMix", "Code": 1, "Status": 500}, "at most one", id="two answers"),
        pytest.param({"Cut": 1, "Lost": "after"}, "at most one", id="a lost answer that is cut"),
        pytest.param({"Lost": "between"}, "Lost", id="an unknown moment"),
        pytest.param({"Code": 0, "Effect": True}, "Effect needs", id="a success that is true"),
        pytest.param({"Lost": "after", "Effect": True}, "Effect needs", id="an effect beside a lost answer"),
        pytest.param({"Code": 1, "RetryAfter": 1}, "need a Status", id="a time to retry beside a code"),
        pytest.param({"Code": 1, "Body": "empty"}, "need a Status", id="a body beside a code"),
        pytest.param({"Status": 500, "Body": "xml"}, "Body", id="an unknown body"),
        pytest.param({"Status": 500, "RetryAfter": -1}, "RetryAfter", id="a retry in the past"),
        pytest.param({"Status": 399}, "Status", id="a status that is no error"),
        pytest.param({"Status": 600}, "Status", id="a status that does not exist"),
        pytest.param({"Code": -1}, "Code", id="a code below zero"),
        pytest.param({"Cut": -1}, "Cut", id="a cut before the beginning"),
        pytest.param({"Code": 1, "Percent": 0}, "Percent", id="what never happens"),
        pytest.param({"Code": 1, "Percent": 100.5}, "Percent", id="more than always"),
        pytest.param({"DelayAfter": -0.5}, "DelayAfter", id="a delay backwards"),
        pytest.param({"Action": "StartAutoMix", "Code": 1, "Times": 0}, "Times", id="no times"),
        pytest.param({"Action": "StartAutoMix", "DelayBefore": 601}, "DelayBefore", id="an endless delay"),
        pytest.param({"Action": "StartAutoMix", "Delay": 1, "Code": 1}, "Delay", id="a misspelt field"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fields: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Fault.model_validate(fields)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"Status": 400}, id="the lowest status"),
        pytest.param({"Status": 599, "RetryAfter": 0}, id="the highest status"),
        pytest.param({"DelayBefore": 600}, id="the longest delay before"),
        pytest.param({"DelayAfter": 600}, id="the longest delay after"),
        pytest.param({"DelayAfter": 0.5, "Cut": 0}, id="a delay beside an empty answer"),
        pytest.param({"Code": 0, "Percent": 100}, id="always"),
        pytest.param({"Code": 1, "Times": 1}, id="once, in so many words"),
    ],
)
def test_the_edges_of_a_fault_are_accepted(fields: dict[str, object]) -> None:
    Fault.model_validate(fields)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        pytest.param({}, "is required", id="nothing that goes wrong"),
        pytest.param({"Lost": True, "Doubled": True}, "one of", id="two things that go wrong"),
        pytest.param({"Delay": 0}, "is required", id="no delay"),
        pytest.param({"Delay": 601}, "Delay", id="an endless delay"),
        pytest.param({"Lost": True, "Action": "StartAutoMix"}, "Action", id="an unknown field"),
    ],
)
def test_a_callback_fault_that_makes_no_sense_is_refused(fields: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        CallbackFault.model_validate(fields)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"Delay": 0.5}, id="a short delay"),
        pytest.param({"Delay": 600}, id="the longest delay"),
        pytest.param({"Lost": True, "Delay": 0}, id="no delay, in so many words"),
    ],
)
def test_the_edges_of_a_callback_fault_are_accepted(fields: dict[str, object]) -> None:
    CallbackFault.model_validate(fields)
