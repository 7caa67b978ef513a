"""The log of calls and breaches, and what it never shows."""

import pytest
from pydantic import SecretStr

from automix_devkit.simulator import Fault, Request, SimulatorSettings
from automix_devkit.simulator.log import LoggedCall
from automix_devkit.simulator.model import LostError
from automix_devkit.simulator.protocol import App
from unit.automix_devkit.simulator.caller import APP_ID, NONCE, NOW, ROOM, SECRET, Caller, signed, start_body


def test_a_call_is_logged_with_its_parameters_and_code() -> None:
    zego = Caller()
    zego.start(Sequence=3)
    zego.clock.now += 1
    zego.info("nothing")
    assert zego.simulator.calls == [
        LoggedCall(
            time=NOW,
            action="StartAutoMix",
            app_id=APP_ID,
            is_test=False,
            method="POST",
            parameters={**start_body(), "Sequence": 3},
            code=0,
        ),
        LoggedCall(
            time=NOW + 1,
            action="GetMixTaskInfo",
            app_id=APP_ID,
            is_test=False,
            method="GET",
            parameters={"TaskId": "nothing"},
            code=110209001,
        ),
    ]


def test_a_refused_call_is_logged_without_what_could_not_be_read() -> None:
    zego = Caller()
    zego.send(zego.request("StartAutoMix", body=start_body(), AppId="x"))
    (call,) = zego.simulator.calls
    assert (call.action, call.app_id, call.code, call.parameters) == ("StartAutoMix", None, 100000001, {})


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(Fault(action="StartAutoMix", lost="after"), 0, id="a lost answer had its code"),
        pytest.param(Fault(action="StartAutoMix", lost="before"), None, id="a lost call had none"),
        pytest.param(Fault(action="StartAutoMix", code=110200001), 110200001, id="a scripted code"),
        pytest.param(Fault(action="StartAutoMix", status=500), None, id="a server error had none"),
        pytest.param(Fault(action="StartAutoMix", status=500, effect=True), 0, id="a server error hid its code"),
        pytest.param(Fault(action="StartAutoMix", code=7, effect=True), 7, id="a scripted code with effect"),
        pytest.param(Fault(action="StartAutoMix", lost="midway"), 0, id="an answer that broke off had its code"),
        pytest.param(Fault(action="StartAutoMix", cut=3), 0, id="an answer cut short had its code"),
    ],
)
def test_a_call_under_a_fault_is_logged_once(fault: Fault, code: int | None) -> None:
    zego = Caller()
    zego.simulator.add_fault(fault)
    try:
        zego.simulator.handle(zego.request("StartAutoMix", body=start_body()))
    except LostError:
        assert fault.lost
    assert [call.code for call in zego.simulator.calls] == [code]


def test_no_secret_nonce_signature_or_stream_credential_is_shown() -> None:
    zego = Caller()
    nonce, signature = NONCE, signed("", NOW, SignatureNonce=NONCE)["Signature"]
    canaries = ["canary-query", "canary-password"]
    urls = [
        {"StreamUrl": "rtmp://push.example/live/a?sign=canary-query"},
        {"StreamUrl": "rtmp://u:canary-password@h/b"},
    ]
    request = zego.request(
        "StartAutoMix", body=start_body(MixOutput=urls, SignatureNonce=nonce, Signature=signature), SignatureNonce=nonce
    )
    zego.send(request)
    zego.info("nothing")
    shown = " ".join(
        [
            repr(request),
            repr(Request("GET", "/", [("Signature", signature)])),
            repr(zego.simulator.calls),
            repr(zego.simulator.breaches),
            repr(zego.simulator.state()),
            repr(vars(zego.simulator)),
        ]
    )
    assert zego.running() == ["task"]
    assert "push.example/live/a" in shown
    assert [canary for canary in [*canaries, nonce, signature, SECRET] if canary in shown] == []


def test_an_app_does_not_show_its_secret() -> None:
    assert SECRET not in repr(App(APP_ID, SecretStr(SECRET)))


def test_the_log_is_bounded_and_the_counters_are_not() -> None:
    zego = Caller(SimulatorSettings(log_size=2, calls_per_second={"GetMixTaskInfo": 1}))
    for _ in range(5):
        zego.info()
    counters = zego.simulator.state().counters
    assert (len(zego.simulator.calls), counters.calls) == (2, {"GetMixTaskInfo": 5})
    assert (len(zego.simulator.breaches), counters.breaches) == (2, {"over the limit": 4})


def test_a_reset_forgets_everything_but_the_apps() -> None:
    zego = Caller()
    zego.start(Sequence=1, Unknown=1)
    zego.simulator.add_fault(Fault(action="StartAutoMix", code=110200001))
    zego.simulator.reset()
    assert (zego.simulator.calls, zego.simulator.breaches) == ([], [])
    state = zego.simulator.state()
    assert (state.tasks, state.rooms, state.sequences) == ([], [], {})
    zego.simulator.create_room(ROOM)
    assert zego.start(Sequence=1)["Code"] == 0
