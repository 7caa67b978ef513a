"""Which callbacks are due when, and what becomes of those that fail."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from automix_devkit.simulator import CallbackFault, SimulatorSettings
from automix_devkit.simulator.callbacks import signature
from automix_devkit.simulator.outbox import CallbackState, Delivery, Outcome
from automix_devkit.simulator.settings import CallbackBody, CallbackTypes
from unit.automix_devkit.simulator.caller import APP_ID, NOW, ROOM, SECRET, Caller

CALLBACK_SECRET = "canary-callback-secret"
URL = "http://receiver.example/zego?key=canary-key"


def listening(settings: SimulatorSettings | None = None) -> Caller:
    zego = Caller(settings)
    zego.simulator.set_callbacks(APP_ID, URL, CALLBACK_SECRET)
    return zego


def due(zego: Caller) -> list[Delivery]:
    return zego.simulator.callbacks_due()


def bodies(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    return [json.loads(delivery.body) for delivery in deliveries]


def streams(deliveries: list[Delivery]) -> list[str]:
    return [body["stream_id"] for body in bodies(deliveries)]


def publish(zego: Caller, *stream_ids: str) -> None:
    for stream_id in stream_ids:
        zego.simulator.publish(ROOM, stream_id)


def outcomes(zego: Caller) -> list[str]:
    return [callback.outcome.value for callback in zego.simulator.callbacks]


def test_a_callback_is_due_at_once_and_once() -> None:
    zego = listening()
    assert due(zego) == []
    zego.start()
    assert outcomes(zego) == ["Waiting"]
    (delivery,) = due(zego)
    assert (delivery.url, delivery.content_type) == (URL, "application/json")
    assert due(zego) == []
    assert outcomes(zego) == ["UnderWay"]
    zego.simulator.callback_settled(delivery, delivered=True)
    zego.clock.now += 1000
    assert due(zego) == []
    assert outcomes(zego) == ["Delivered"]


def test_a_callback_is_signed_with_the_time_of_its_event_and_a_fresh_nonce() -> None:
    zego = listening()
    publish(zego, "a", "b")
    zego.clock.now += 5
    first, second = bodies(due(zego))
    assert first["timestamp"] == second["timestamp"] == str(int(NOW))
    assert first["nonce"] != second["nonce"]
    assert 10**18 <= int(first["nonce"]) < 2**63
    assert first["signature"] == signature(SecretStr(CALLBACK_SECRET), first["timestamp"], first["nonce"])


def test_nonces_are_of_nineteen_digits_and_from_the_whole_range() -> None:
    zego = listening()
    publish(zego, *(f"s{number}" for number in range(100)))
    nonces = [int(body["nonce"]) for body in bodies(due(zego))]
    assert len(set(nonces)) == 100
    assert 10**18 <= min(nonces) < 2 * 10**18
    assert 9 * 10**18 < max(nonces) < 2**63


def test_a_first_try_has_the_time_of_its_event_though_repeated_ones_are_signed_anew() -> None:
    zego = listening(SimulatorSettings(sign_retries_anew=True))
    zego.start()
    zego.clock.now += 5
    (body,) = bodies(due(zego))
    assert body["timestamp"] == str(int(NOW))


def test_a_callback_is_written_as_switched() -> None:
    zego = listening(SimulatorSettings(callback_body=CallbackBody.FORM, callback_types=CallbackTypes.NUMBERS))
    zego.start(Sequence=3)
    (delivery,) = due(zego)
    assert delivery.content_type == "application/x-www-form-urlencoded"
    assert b"&seq=3&" in delivery.body
    zego = listening(SimulatorSettings(callback_types=CallbackTypes.NUMBERS))
    zego.start(Sequence=3)
    assert bodies(due(zego))[0]["seq"] == 3


def test_a_callback_that_fails_is_repeated_five_times_and_then_lost() -> None:
    zego = listening()
    zego.start()
    for attempt, seconds in enumerate((2, 4, 8, 16, 32), start=1):
        (delivery,) = due(zego)
        zego.simulator.callback_settled(delivery, delivered=False)
        assert outcomes(zego) == ["Waiting"]
        assert zego.simulator.callbacks[0].attempts == attempt
        zego.clock.now += seconds - 0.5
        assert due(zego) == []
        zego.clock.now += 0.5
    (delivery,) = due(zego)
    zego.simulator.callback_settled(delivery, delivered=False)
    zego.clock.now += 1000
    assert due(zego) == []
    assert (outcomes(zego), zego.simulator.callbacks[0].attempts) == (["Lost"], 6)


def test_the_time_to_the_next_try_counts_from_the_failure() -> None:
    zego = listening()
    zego.start()
    (delivery,) = due(zego)
    zego.clock.now += 5
    zego.simulator.callback_settled(delivery, delivered=False)
    zego.clock.now += 1.5
    assert due(zego) == []
    zego.clock.now += 0.5
    assert len(due(zego)) == 1


def test_a_callback_that_arrives_late_is_delivered() -> None:
    zego = listening()
    zego.start()
    zego.simulator.callback_settled(due(zego)[0], delivered=False)
    zego.clock.now += 2
    zego.simulator.callback_settled(due(zego)[0], delivered=True)
    (callback,) = zego.simulator.callbacks
    assert (callback.outcome, callback.attempts) == (Outcome.DELIVERED, 2)


@pytest.mark.parametrize("anew", [False, True])
def test_a_repeated_callback_is_signed_anew_when_switched(anew: bool) -> None:  # noqa: FBT001 -- a table
    zego = listening(SimulatorSettings(sign_retries_anew=anew))
    zego.start()
    (first,) = due(zego)
    zego.simulator.callback_settled(first, delivered=False)
    zego.clock.now += 2
    (second,) = due(zego)
    assert (first.body != second.body) is anew
    (was,), (now,) = bodies([first]), bodies([second])
    assert now["timestamp"] == str(int(NOW) + (2 if anew else 0))
    assert now["signature"] == signature(SecretStr(CALLBACK_SECRET), now["timestamp"], now["nonce"])
    own = {"timestamp", "nonce", "signature"}
    assert {name: was[name] for name in was.keys() - own} == {name: now[name] for name in now.keys() - own}


def test_a_lost_callback_is_never_sent() -> None:
    zego = listening()
    zego.simulator.add_callback_fault(CallbackFault(lost=True))
    publish(zego, "a", "b")
    assert streams(due(zego)) == ["b"]
    assert outcomes(zego) == ["NeverSent", "UnderWay"]


def test_a_doubled_callback_comes_twice_the_same() -> None:
    zego = listening()
    zego.simulator.add_callback_fault(CallbackFault(doubled=True))
    publish(zego, "a", "b")
    first, second, third = due(zego)
    assert first.body == second.body
    assert first.number != second.number
    assert streams([first, third]) == ["a", "b"]
    zego.simulator.callback_settled(first, delivered=True)
    assert outcomes(zego) == ["Delivered", "UnderWay", "UnderWay"]


def test_a_callback_out_of_order_comes_right_behind_the_next() -> None:
    zego = listening()
    zego.simulator.add_callback_fault(CallbackFault(behind_next=True, times=2))
    publish(zego, "a", "b")
    zego.clock.now += 1000
    assert due(zego) == []
    publish(zego, "c", "d")
    assert streams(due(zego)) == ["c", "a", "b", "d"]


def test_a_callback_out_of_order_waits_for_one_of_its_app_that_is_sent() -> None:
    zego = listening()
    zego.simulator.add_app(2, SECRET)
    zego.simulator.add_callback_fault(CallbackFault(behind_next=True))
    zego.simulator.add_callback_fault(CallbackFault(lost=True))
    publish(zego, "a")
    zego.simulator.set_callbacks(2, URL, CALLBACK_SECRET)
    zego.simulator.remove_callbacks(APP_ID)
    publish(zego, "b")
    assert due(zego) == []
    publish(zego, "c")
    assert streams(due(zego)) == ["c"]
    zego.simulator.set_callbacks(APP_ID, URL, CALLBACK_SECRET)
    publish(zego, "d")
    assert sorted(streams(due(zego))) == ["a", "d", "d"]


def test_a_delayed_callback_comes_later_and_with_the_time_of_its_event() -> None:
    zego = listening()
    zego.simulator.add_callback_fault(CallbackFault(delay=10))
    publish(zego, "a", "b")
    assert streams(due(zego)) == ["b"]
    zego.clock.now += 9.5
    assert due(zego) == []
    zego.clock.now += 0.5
    (body,) = bodies(due(zego))
    assert (body["stream_id"], body["timestamp"]) == ("a", str(int(NOW)))


def test_what_waits_behind_a_delayed_callback_is_delayed_with_it() -> None:
    zego = listening()
    zego.simulator.add_callback_fault(CallbackFault(behind_next=True))
    zego.simulator.add_callback_fault(CallbackFault(delay=10))
    publish(zego, "a", "b")
    assert due(zego) == []
    zego.clock.now += 10
    assert streams(due(zego)) == ["b", "a"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(CallbackFault(event="stream_close", lost=True), id="another event"),
        pytest.param(CallbackFault(app_id=2, lost=True), id="another app"),
        pytest.param(CallbackFault(percent=0.001, lost=True), id="hardly ever"),
    ],
)
def test_a_fault_that_means_others_is_not_used_up(fault: CallbackFault) -> None:
    zego = listening()
    zego.simulator.add_callback_fault(fault)
    publish(zego, "a")
    assert streams(due(zego)) == ["a"]


def test_a_fault_that_means_this_callback_meets_it() -> None:
    zego = listening()
    zego.simulator.add_callback_fault(CallbackFault(event="stream_create", app_id=APP_ID, lost=True))
    publish(zego, "a", "b")
    assert streams(due(zego)) == ["b"]


def test_the_log_shows_callbacks_without_what_signs_or_reaches_them() -> None:
    zego = listening()
    zego.start(Sequence=2)
    (delivery,) = due(zego)
    (callback,) = zego.simulator.callbacks
    assert callback == CallbackState(
        time=NOW, app_id=APP_ID, event="mix_start", attempts=1, outcome=Outcome.UNDER_WAY, fields=callback.fields
    )
    assert {"nonce", "signature", "timestamp"}.isdisjoint(callback.fields)
    body = json.loads(delivery.body)
    shown = f"{delivery!r} {zego.simulator.callbacks!r} {zego.simulator.state()!r} {vars(zego.simulator)!r}"
    hidden = [CALLBACK_SECRET, "canary-key", body["nonce"], body["signature"]]
    assert [canary for canary in hidden if canary in shown] == []


def test_outcomes_are_counted() -> None:
    zego = listening()
    zego.simulator.add_callback_fault(CallbackFault(lost=True))
    publish(zego, "a", "b", "c")
    zego.simulator.callback_settled(due(zego)[0], delivered=True)
    assert zego.simulator.state().counters.callbacks == {"NeverSent": 1, "Delivered": 1, "UnderWay": 1}


def test_the_log_is_bounded_and_what_waits_is_not() -> None:
    zego = listening(SimulatorSettings(log_size=1))
    publish(zego, "a", "b")
    assert [callback.fields["stream_id"] for callback in zego.simulator.callbacks] == ["b"]
    assert streams(due(zego)) == ["a", "b"]


def test_a_delivery_from_before_a_reset_settles_nothing() -> None:
    zego = listening()
    publish(zego, "a")
    (old,) = due(zego)
    zego.simulator.reset()
    zego.simulator.create_room(ROOM)
    zego.simulator.callback_settled(old, delivered=True)
    due(zego)
    zego.simulator.callback_settled(old, delivered=False)
    assert outcomes(zego) == ["UnderWay", "UnderWay"]


def test_an_idle_end_is_due_when_someone_looks_with_the_time_it_happened() -> None:
    zego = listening()
    zego.start()
    zego.simulator.close_stream(ROOM, "mic")
    due(zego)
    zego.clock.now += 200
    (body,) = bodies(due(zego))
    assert (body["event"], body["timestamp"]) == ("mix_stop", str(int(NOW) + 90))
