"""The access protocol: signature, checks and their order, envelope."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from automix_devkit.simulator import Request, SimulatorSettings
from automix_devkit.simulator.protocol import App, AppId, signature
from unit.automix_devkit.simulator.caller import NONCE, NOW, SECRET, Caller, start_body


@pytest.mark.parametrize(
    ("app_id", "nonce", "secret", "timestamp", "expected"),
    [
        pytest.param(
            12345, "4fd24687296dd9f3", SECRET, 1615186943, "43e5cfcca828314675f91b001390566a", id="ZEGO's own example"
        ),
        pytest.param(
            123456789,
            "0123456789abcdef",
            "fedcba98765432100123456789abcdef",
            1735689600,
            "bbae32aac74f554310686e78d44b06eb",
            id="a nine digit app",
        ),
        pytest.param(
            1,
            "f" * 16,
            "abcdef" * 5 + "ab",
            1700000000,
            "4cc097bbb2099693d5c031e4e48d4454",
            id="the smallest app",
        ),
        pytest.param(
            4294967295, "0" * 16, "0" * 32, 0, "eb23ea2e55c231e120e16a9acd0d057d", id="the largest app at the epoch"
        ),
    ],
)
def test_the_signature_is_that_of_the_published_algorithm(
    app_id: int, nonce: str, secret: str, timestamp: int, expected: str
) -> None:
    assert signature(app_id, nonce, SecretStr(secret), timestamp) == expected


@pytest.mark.parametrize(
    ("common", "code"),
    [
        pytest.param({"AppId": ""}, 100000001, id="an empty AppId"),
        pytest.param({"AppId": "abc"}, 100000001, id="an AppId that is no number"),
        pytest.param({"AppId": "4294967296"}, 100000001, id="an AppId beyond uint32"),
        pytest.param({"AppId": "0"}, 100000001, id="an AppId of zero"),
        pytest.param({"Timestamp": ""}, 100000002, id="an empty Timestamp"),
        pytest.param({"Timestamp": "1615186943.5"}, 100000003, id="a Timestamp with a fraction"),
        pytest.param({"SignatureNonce": ""}, 100000008, id="an empty nonce"),
        pytest.param({"Signature": ""}, 100000009, id="an empty signature"),
        pytest.param({"SignatureVersion": ""}, 100000013, id="an empty version"),
        pytest.param({"SignatureVersion": "1.0"}, 100000014, id="an old version"),
        pytest.param({"Timestamp": str(int(NOW) - 601)}, 100000004, id="a Timestamp over ten minutes old"),
        pytest.param({"Timestamp": str(int(NOW) + 601)}, 100000004, id="a Timestamp over ten minutes ahead"),
        pytest.param({"AppId": "54321"}, 100000010, id="an AppId nobody has"),
        pytest.param({"Signature": "0" * 32}, 100000005, id="a wrong signature"),
        pytest.param({"Timestamp": str(int(NOW) + 1)}, 100000005, id="a Timestamp that was not signed"),
        pytest.param(
            {"SignatureNonce": NONCE, "Signature": "43E5CFCCA828314675F91B001390566A"},
            100000005,
            id="a signature in upper case",
        ),
        pytest.param({"Signature": "ü"}, 100000005, id="a signature that is not ASCII"),
        pytest.param({"Action": ""}, 100000006, id="an empty Action"),
        pytest.param({"Action": "StartMixing"}, 100000007, id="an Action that does not exist"),
        pytest.param({"Action": "startautomix"}, 100000007, id="an Action in lower case"),
    ],
)
def test_a_flaw_in_the_common_parameters_has_its_code(common: dict[str, str], code: int) -> None:
    zego = Caller()
    assert zego.send(zego.request("StartAutoMix", body=start_body(), **common))["Code"] == code
    assert zego.running() == []


@pytest.mark.parametrize(
    ("common", "message"),
    [
        ({"AppId": "x"}, "AppId must be a decimal uint32"),
        ({"Timestamp": ""}, "Timestamp is empty"),
        ({"Timestamp": "x"}, "Timestamp must be Unix seconds in decimal"),
        ({"SignatureNonce": ""}, "SignatureNonce is empty"),
        ({"Signature": ""}, "Signature is empty"),
        ({"SignatureVersion": ""}, "SignatureVersion is empty"),
        ({"SignatureVersion": "1.0"}, "SignatureVersion must be 2.0"),
        ({"Timestamp": "0"}, "Timestamp is more than 600 s off"),
        ({"AppId": "54321"}, "no ServerSecret for this AppId"),
        ({"Signature": "0"}, "the signature is wrong"),
        ({"Action": ""}, "Action is empty"),
        ({"Action": "x"}, "this Action does not exist, or not with this method"),
    ],
)
def test_a_refusal_at_the_door_says_what_is_wrong(common: dict[str, str], message: str) -> None:
    zego = Caller()
    assert zego.send(zego.request("StartAutoMix", body=start_body(), **common))["Message"] == message


@pytest.mark.parametrize(
    ("body", "message"), [(b"x", "the body is not JSON"), (b"[]", "the body is not a JSON object")]
)
def test_a_refused_body_says_what_is_wrong(body: bytes, message: str) -> None:
    zego = Caller()
    assert zego.send(replace(zego.request("StartAutoMix", body={}), body=body))["Message"] == message


@pytest.mark.parametrize("app_id", [1, 2**32 - 1], ids=["the smallest", "the largest"])
def test_an_app_id_is_a_uint32_above_zero(app_id: int) -> None:
    zego = Caller()
    zego.simulator.add_app(app_id, SECRET)
    common = {
        "AppId": str(app_id),
        "SignatureNonce": NONCE,
        "Signature": signature(app_id, NONCE, SecretStr(SECRET), int(NOW)),
    }
    assert zego.send(zego.request("StartAutoMix", body=start_body(), **common))["Code"] == 0
    assert [call.app_id for call in zego.simulator.calls] == [app_id]
    assert TypeAdapter(AppId).validate_python(app_id) == app_id


@pytest.mark.parametrize("app_id", [0, 2**32], ids=["zero", "beyond uint32"])
def test_other_numbers_are_no_app_ids(app_id: int) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AppId).validate_python(app_id)


def test_an_app_can_mix_unless_it_is_said_otherwise() -> None:
    assert App(1, SecretStr(SECRET)).mixing_enabled


def test_a_list_in_a_query_is_nothing_unexpected() -> None:
    zego = Caller()
    zego.users("one", "two")
    assert zego.breaches() == []


CHECKS_IN_ORDER: list[tuple[dict[str, str], int]] = [
    ({"AppId": "x"}, 100000001),
    ({"Timestamp": ""}, 100000002),
    ({"SignatureNonce": ""}, 100000008),
    ({"Signature": ""}, 100000009),
    ({"SignatureVersion": ""}, 100000013),
    ({"SignatureVersion": "1"}, 100000014),
    ({"Timestamp": "0"}, 100000004),
    ({"Signature": "0"}, 100000005),
    ({"Action": ""}, 100000006),
]


@pytest.mark.parametrize("first", range(len(CHECKS_IN_ORDER)))
def test_of_several_flaws_the_first_in_the_order_of_checks_is_named(first: int) -> None:
    zego = Caller()
    flaws: dict[str, str] = {}
    for flaw, _ in reversed(CHECKS_IN_ORDER[first:]):
        flaws |= flaw
    assert zego.send(zego.request("StartAutoMix", body=[], **flaws))["Code"] == CHECKS_IN_ORDER[first][1]


@pytest.mark.parametrize("error_seconds", [-600, 600])
def test_a_clock_ten_minutes_off_is_accepted(error_seconds: int) -> None:
    zego = Caller()
    request = zego.request("StartAutoMix", body=start_body())
    zego.clock.now += error_seconds
    assert zego.send(request)["Code"] == 0


@pytest.mark.parametrize(
    ("action", "method"),
    [
        ("StartAutoMix", "GET"),
        ("StopAutoMix", "PUT"),
        ("GetMixTaskInfo", "POST"),
        ("DescribeUserNum", "POST"),
    ],
)
def test_an_action_refuses_the_wrong_method(action: str, method: str) -> None:
    zego = Caller()
    request = replace(zego.request(action, [("TaskId", "task"), ("RoomId[]", "r")]), method=method, body=b"{}")
    assert zego.send(request)["Code"] == 100000007


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"TaskId=task", 110200002, id="a form"),
        pytest.param(b"", 110200002, id="nothing"),
        pytest.param(b"\xff", 110200002, id="bytes that are not UTF-8"),
        pytest.param(b"[" * 100_000, 110200002, id="endless nesting"),
        pytest.param(b"[]", 110200004, id="a list"),
        pytest.param(json.dumps(json.dumps(start_body())).encode(), 110200004, id="an object inside a string"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes, code: int) -> None:
    zego = Caller()
    assert zego.send(replace(zego.request("StartAutoMix", body={}), body=body))["Code"] == code


@pytest.mark.parametrize(
    ("pairs", "common", "changes", "detail"),
    [
        pytest.param(
            [("TaskId", "x")], {}, {}, "TaskId in the query of a POST", id="a parameter in the query of a POST"
        ),
        pytest.param([("AppId", "1")], {}, {}, "AppId is given 2 times", id="a common parameter twice"),
        pytest.param([], {"IsTest": "1"}, {}, "IsTest is neither true nor false", id="an IsTest that is no boolean"),
        pytest.param(
            [], {}, {"headers": {"content-type": "text/plain"}}, "Content-Type is not application/json", id="plain text"
        ),
    ],
)
def test_an_unexpected_parameter_is_tolerated_and_counted(
    pairs: list[tuple[str, str]], common: dict[str, str], changes: dict[str, Any], detail: str
) -> None:
    zego = Caller()
    request = zego.request("StartAutoMix", pairs, body=start_body(), **common)
    assert zego.send(replace(request, **changes))["Code"] == 0
    assert zego.breaches() == [("unexpected parameter", f"StartAutoMix: {detail}")]


@pytest.mark.parametrize("is_test", ["", "false", "False", "FALSE"])
def test_an_is_test_of_any_case_is_nothing_unexpected(is_test: str) -> None:
    zego = Caller()
    zego.send(zego.request("StartAutoMix", body=start_body(), IsTest=is_test))
    assert zego.breaches() == []


@pytest.mark.parametrize(
    "content_type", ["application/json;charset=utf-8", "application/json ; charset=utf-8", "Application/JSON"]
)
def test_a_content_type_may_have_parameters_and_any_case(content_type: str) -> None:
    zego = Caller()
    zego.send(replace(zego.request("StartAutoMix", body=start_body()), headers={"content-type": content_type}))
    assert zego.breaches() == []


def test_a_nonce_of_another_form_is_counted_without_being_shown() -> None:
    zego = Caller()
    nonce = "15215528852396"
    signed = signature(12345, nonce, SecretStr(SECRET), int(NOW))
    zego.send(zego.request("StartAutoMix", body=start_body(), SignatureNonce=nonce, Signature=signed))
    assert zego.running() == ["task"]
    assert zego.breaches() == [("unexpected parameter", "StartAutoMix: SignatureNonce is not 16 hex digits")]


def test_a_get_with_a_body_and_an_unknown_parameter_is_counted() -> None:
    zego = Caller()
    zego.start()
    request = zego.request("GetMixTaskInfo", [("TaskId", "task"), ("RoomId", "r")])
    assert zego.send(replace(request, body=b"{}"))["Code"] == 0
    assert zego.breaches() == [
        ("unexpected parameter", "GetMixTaskInfo: a GET with a body"),
        ("unexpected parameter", "GetMixTaskInfo: RoomId"),
    ]


@pytest.mark.parametrize(
    ("host", "code"),
    [("rtc-api.zego.im", 0), ("rtc-api-sgp.zego.im:443", 0), ("rtc-api.example", 100000000), ("", 100000000)],
)
def test_the_host_is_checked_when_asked(host: str, code: int) -> None:
    zego = Caller(SimulatorSettings(check_host=True))
    request = zego.request("StartAutoMix", body=start_body())
    assert zego.send(replace(request, headers={**request.headers, "host": host}))["Code"] == code


def test_every_answer_has_the_date_of_the_simulators_clock() -> None:
    zego = Caller()
    for request in (
        zego.request("StartAutoMix", body=start_body()),
        Request("GET", "/nowhere", []),
        Request("GET", "/", []),
    ):
        response = zego.simulator.handle(request)
        assert response.headers["Date"] == "Mon, 08 Mar 2021 07:02:23 GMT"


def test_the_envelope_of_a_failure_has_no_data() -> None:
    zego = Caller()
    answer = zego.info("nothing")
    assert set(answer) == {"Code", "Message", "RequestId"}
    assert answer["RequestId"].isdecimal()


def test_request_ids_differ() -> None:
    zego = Caller()
    assert zego.info()["RequestId"] != zego.info()["RequestId"]
