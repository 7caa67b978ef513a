"""Scripted faults: what the caller sees, and what had its effect."""

import json

import pytest
from pydantic import ValidationError

from automix_devkit.simulator import Fault
from automix_devkit.simulator.model import LostError
from unit.automix_devkit.simulator.caller import NOW, Caller, start_body


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


@pytest.mark.parametrize(("when", "running"), [("before", []), ("after", ["task"])])
def test_a_connection_drops_before_or_after_the_effect(when: str, running: list[str]) -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault.model_validate({"Action": "StartAutoMix", "Lost": when}))
    with pytest.raises(LostError) as lost:
        zego.start()
    assert lost.value.when == when
    assert zego.running() == running


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
        pytest.param({"Action": "StartAutoMix", "Code": 1, "Times": 0}, "Times", id="no times"),
        pytest.param({"Action": "StartAutoMix", "DelayBefore": 601}, "DelayBefore", id="an endless delay"),
        pytest.param({"Action": "StartAutoMix", "Delay": 1, "Code": 1}, "Delay", id="a misspelt field"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fields: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Fault.model_validate(fields)
