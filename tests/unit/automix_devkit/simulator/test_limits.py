"""Rate limits and the lock of a user id."""

import pytest

from automix_devkit.simulator import Fault, SimulatorSettings
from automix_devkit.simulator.limits import LIMITERS, Nonces
from automix_devkit.simulator.model import Response
from automix_devkit.simulator.settings import RateLimit
from unit.automix_devkit.simulator.caller import NONCE, ROOM, Caller, envelope, start_body

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
    codes = [zego.send(zego.request(action, body=BODIES[action]))["Code"] for _ in range(limit + 1)]
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


def test_the_window_is_open_again_after_exactly_a_second() -> None:
    zego = Caller(SimulatorSettings(calls_per_second={"GetMixTaskInfo": 1}))
    seen = []
    for pause in (0, 0.984375, 0.015625):
        zego.clock.now += pause
        seen.append(zego.info()["Code"])
    assert seen == [110209001, 110200194, 110209001]


def test_a_token_bucket_starts_full_and_fills_at_its_rate() -> None:
    zego = Caller(SimulatorSettings(calls_per_second={"GetMixTaskInfo": 2}, rate_limit=RateLimit.TOKEN_BUCKET))
    seen = []
    for pause in (0, 0, 0, 0.25, 0.25, 0.5, 0, 10, 0, 0):
        zego.clock.now += pause
        seen.append(zego.info()["Code"] == 110209001)
    # Two at once, none left, half a token, one token; one token, none left; full again and not more than full.
    assert seen == [True, True, False, False, True, True, False, True, True, False]


def test_a_token_bucket_lets_more_through_than_a_window() -> None:
    for rate_limit, accepted in ((RateLimit.TOKEN_BUCKET, True), (RateLimit.SLIDING_WINDOW, False)):
        zego = Caller(SimulatorSettings(calls_per_second={"GetMixTaskInfo": 2}, rate_limit=rate_limit))
        zego.info()
        zego.info()
        zego.clock.now += 0.5
        assert (zego.info()["Code"] == 110209001) is accepted


def test_a_limit_of_zero_lets_nothing_through() -> None:
    for rate_limit in RateLimit:
        zego = Caller(SimulatorSettings(calls_per_second={"GetMixTaskInfo": 0}, rate_limit=rate_limit))
        assert zego.info()["Code"] == 110200194


def test_actions_and_apps_have_limits_of_their_own() -> None:
    zego = Caller(SimulatorSettings(calls_per_second={"GetMixTaskInfo": 1}))
    zego.info()
    assert zego.info()["Code"] == 110200194
    assert zego.start()["Code"] == 0


def test_apps_have_limits_of_their_own() -> None:
    for rate_limit in RateLimit:
        limiter = LIMITERS[rate_limit]()
        assert [limiter.accept(app, 1, 0) for app in ("one", "two", "one")] == [True, True, False]


@pytest.mark.parametrize(
    ("action", "code"),
    [("StartAutoMix", 110200194), ("StopAutoMix", 110200194), ("GetMixTaskInfo", 110200194), ("DescribeUserNum", 206)],
)
def test_one_code_can_stand_for_every_overload_of_mixing(action: str, code: int) -> None:
    zego = Caller(SimulatorSettings(calls_per_second={action: 0}, one_overload_code=True))
    assert zego.send(zego.request(action, body=BODIES[action]))["Code"] == code


@pytest.mark.parametrize(
    ("action", "limit"), [("StartAutoMix", 100), ("StopAutoMix", 100), ("GetMixTaskInfo", 100), ("DescribeUserNum", 1)]
)
def test_the_test_environment_has_limits_of_its_own(action: str, limit: int) -> None:
    zego = Caller()
    for _ in range(limit):
        zego.send(zego.request(action, body=BODIES[action], IsTest="true"))
    assert zego.breaches() == []
    zego.send(zego.request(action, body=BODIES[action]))
    assert zego.breaches() == []
    zego.send(zego.request(action, body=BODIES[action], IsTest="true"))
    assert zego.breaches() == [("over the limit", f"{action} of app 12345: more than {limit} in a second")]


def test_a_limit_that_is_set_is_that_of_both_environments() -> None:
    zego = Caller(SimulatorSettings(calls_per_second={"DescribeUserNum": 2}))
    for _ in range(2):
        zego.send(zego.request("DescribeUserNum", [("RoomId[]", ROOM)], IsTest="true"))
    assert zego.breaches() == []


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


def test_without_locks_two_calls_for_a_user_meet_and_are_counted_all_the_same() -> None:
    zego = Caller(SimulatorSettings(lock_user_ids=False))
    zego.simulator.add_fault(Fault(action="StartAutoMix", delay_before=5))
    exchange = zego.simulator.exchange(zego.request("StartAutoMix", body=start_body()))
    pauses = iter(exchange)
    next(pauses)
    assert zego.start()["Code"] == 0
    assert zego.running() == ["task"]
    assert next(pauses, None) is None
    assert envelope(exchange.response)["Code"] == 0
    assert zego.breaches() == [("calls at once for one user id", "StartAutoMix of user user-task")]


def test_a_lock_is_given_back_after_a_refusal() -> None:
    zego = Caller()
    assert [zego.start(RoomId="elsewhere")["Code"] for _ in range(2)] == [110200151, 110200151]


def test_environments_do_not_lock_each_other() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", delay_before=5))
    pauses = iter(zego.simulator.exchange(zego.request("StartAutoMix", body=start_body())))
    next(pauses)
    outputs = [{"StreamId": "zegotest-12345-mix"}]
    answer = zego.send(zego.request("StartAutoMix", body=start_body(MixOutput=outputs), IsTest="true"))
    assert answer["Code"] == 0
    assert next(pauses, None) is None


def test_a_nonce_that_comes_twice_is_counted_and_refused_when_switched() -> None:
    for refuse, code in ((False, 110209001), (True, 100000005)):
        zego = Caller(SimulatorSettings(refuse_nonce_replay=refuse))
        request = zego.request("GetMixTaskInfo", [("TaskId", "nothing")])
        assert [zego.send(request)["Code"] for _ in range(2)] == [110209001, code]
        assert zego.breaches() == [("nonce used twice", "app 12345")]


def test_a_nonce_whose_signature_is_wrong_is_not_used_up() -> None:
    zego = Caller(SimulatorSettings(refuse_nonce_replay=True))
    body = start_body()
    assert zego.send(zego.request("StartAutoMix", body=body, SignatureNonce=NONCE, Signature="0"))["Code"] == 100000005
    assert zego.send(zego.request("StartAutoMix", body=body, SignatureNonce=NONCE))["Code"] == 0
    assert zego.breaches() == []


def test_a_nonce_is_remembered_for_twenty_minutes_and_for_its_app() -> None:
    nonces = Nonces()
    assert nonces.is_new(1, "a", 0)
    assert nonces.is_new(2, "a", 0)
    assert nonces.is_new(1, "b", 600)
    assert not nonces.is_new(1, "a", 1200)
    assert nonces.is_new(1, "a", 1200.5)
    assert not nonces.is_new(1, "b", 1800)
    assert nonces.is_new(1, "b", 1801)


def test_other_users_and_queries_do_not_wait() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", delay_before=5))
    zego.simulator.create_room("second")
    pauses = iter(zego.simulator.exchange(zego.request("StartAutoMix", body=start_body())))
    next(pauses)
    assert zego.info()["Code"] == 110209001
    assert zego.start("other", RoomId="second")["Code"] == 0
    assert zego.breaches() == []


def test_two_queries_at_once_do_not_meet() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="GetMixTaskInfo", delay_before=5))
    pauses = iter(zego.simulator.exchange(zego.request("GetMixTaskInfo", [("TaskId", "task")])))
    next(pauses)
    assert zego.info()["Code"] == 110209001
    assert next(pauses, None) is None
    assert zego.breaches() == []
