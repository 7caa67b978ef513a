"""Rate limits and the lock of a user id."""

import pytest

from automix_devkit.simulator import Fault, SimulatorSettings
from automix_devkit.simulator.model import Response
from unit.automix_devkit.simulator.caller import ROOM, Caller, envelope, start_body

BODIES: dict[str, object] = {
    "StartAutoMix": start_body(),
    "StopAutoMix": {"TaskId": "task", "RoomId": ROOM},
    "GetMixTaskInfo": None,
    "DescribeUserNum": None,
}


@pytest.mark.parametrize(
    ("action", "limit", "code"),
    [
        ("StartAutoMix", 100, 110200190),
        ("StopAutoMix", 100, 110200191),
        ("GetMixTaskInfo", 100, 110200194),
        ("DescribeUserNum", 10, 206),
    ],
)
def test_one_call_over_the_limit_is_refused_and_counted(action: str, limit: int, code: int) -> None:
    zego = Caller()
    request = zego.request(action, body=BODIES[action])
    codes = [zego.send(request)["Code"] for _ in range(limit + 1)]
    assert codes[-1] == code
    assert code not in codes[:-1]
    assert zego.breaches() == [("over the limit", f"{action} of app 12345: more than {limit} in a second")]


def test_the_window_slides_over_accepted_calls_only() -> None:
    zego = Caller(SimulatorSettings(calls_per_second={"GetMixTaskInfo": 2}))
    seen = []
    for pause in (0, 0.625, 0.25, 0.125, 0.5, 0.125):
        zego.clock.now += pause
        seen.append(zego.info()["Code"])
    # At 0, 0.625, 0.875 (refused, not counted), 1 (the first is gone), 1.5 (refused), 1.625 (the second is gone).
    assert seen == [110209001, 110209001, 110200194, 110209001, 110200194, 110209001]


def test_actions_and_apps_have_limits_of_their_own() -> None:
    zego = Caller(SimulatorSettings(calls_per_second={"GetMixTaskInfo": 1}))
    zego.info()
    assert zego.info()["Code"] == 110200194
    assert zego.start()["Code"] == 0


def test_overload_is_found_before_the_parameters_are_read() -> None:
    zego = Caller(SimulatorSettings(calls_per_second={"StartAutoMix": 1}))
    zego.start()
    assert zego.start(TaskId=1)["Code"] == 110200190


def test_a_service_that_is_not_enabled_is_found_before_overload() -> None:
    zego = Caller(SimulatorSettings(calls_per_second={"StartAutoMix": 0}))
    zego.simulator.add_app(12345, "9193cc662a4c0ec135ec71fb57194b38", mixing_enabled=False)
    assert zego.start()["Code"] == 110200157
    assert zego.send(zego.request("DescribeUserNum", [("RoomId[]", ROOM)]))["Code"] == 0


@pytest.mark.parametrize(
    "fault", [Fault(action="StartAutoMix", delay_before=5), Fault(action="StartAutoMix", delay_after=5)]
)
@pytest.mark.parametrize(("second", "code"), [("StartAutoMix", 110200005), ("StopAutoMix", 110200006)])
def test_a_second_call_for_a_user_is_refused_until_the_first_is_answered(fault: Fault, second: str, code: int) -> None:
    zego = Caller()
    zego.simulator.add_fault(fault)
    body = {"TaskId": "task", "RoomId": ROOM, "UserId": "user-task"} if second == "StopAutoMix" else start_body()
    exchange = zego.simulator.exchange(zego.request("StartAutoMix", body=start_body()))
    pauses = iter(exchange)
    assert next(pauses) == 5
    assert zego.send(zego.request(second, body=body))["Code"] == code
    assert next(pauses, None) is None
    assert isinstance(exchange.response, Response)
    assert envelope(exchange.response)["Code"] == 0
    assert zego.breaches() == [("calls at once for one user id", f"{second} of user user-task")]
    assert zego.send(zego.request(second, body=body))["Code"] == 0


def test_other_users_and_queries_do_not_wait() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", delay_before=5))
    zego.simulator.create_room("second")
    pauses = iter(zego.simulator.exchange(zego.request("StartAutoMix", body=start_body())))
    next(pauses)
    assert zego.info()["Code"] == 110209001
    assert zego.start("other", RoomId="second")["Code"] == 0
    assert zego.breaches() == []
