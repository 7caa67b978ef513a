"""What an error of ZEGO's client means for an object."""

import pytest

from automix import zego
from automix.core.failures import Failure
from automix.core.states import Reason
from automix.engine.failures import failure_of


def _refused(code: int, retry_after: float | None = None) -> zego.ZegoRefused:
    row = zego.classify(code)
    return zego.ZegoRefused("StartAutoMix", row, message="no", request_id="r-1", retry_after=retry_after)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(110200002, Reason.INVALID_SPEC, id="spec"),
        pytest.param(100000005, Reason.CREDENTIALS_REJECTED, id="credentials"),
        pytest.param(110200157, Reason.SERVICE_NOT_ENABLED, id="account"),
        pytest.param(110200190, Reason.THROTTLED, id="busy"),
        pytest.param(110200005, Reason.THROTTLED, id="busy for one user id"),
        pytest.param(110200160, Reason.MANAGED_ELSEWHERE, id="not the owner"),
        pytest.param(110200001, Reason.ZEGO_FAILED, id="transient"),
        pytest.param(5018, Reason.ZEGO_FAILED, id="room"),
        pytest.param(100000002, Reason.ZEGO_FAILED, id="program"),
        pytest.param(424242, Reason.ZEGO_FAILED, id="unknown"),
    ],
)
def test_a_refusal_becomes_the_state_that_says_what_must_change(code: int, reason: Reason) -> None:
    failure = failure_of(_refused(code))

    assert (failure.reason, failure.code, failure.request_id) == (reason, code, "r-1")


def test_every_documented_code_has_a_reason() -> None:
    assert {failure_of(_refused(code)).reason for code in zego.CODES} <= set(Reason)


def test_a_refusal_is_told_with_code_message_request_id_and_advice() -> None:
    message = failure_of(_refused(110200157)).message

    for part in ("StartAutoMix", "110200157", "no", "r-1", zego.classify(110200157).advice):
        assert part in message


def test_a_wish_to_wait_is_passed_on() -> None:
    assert failure_of(_refused(110200190, retry_after=30)).retry_after == 30


@pytest.mark.parametrize(
    "error",
    [
        zego.ZegoUnreachable("StartAutoMix", "ConnectTimeout", may_have_had_effect=False),
        zego.ZegoBadAnswer("StartAutoMix", "no JSON", http_status=502, retry_after=30),
    ],
    ids=["no answer", "an answer that is not ZEGO's"],
)
def test_without_an_answer_that_counts_zego_is_unreachable(error: zego.ZegoError) -> None:
    failure = failure_of(error)

    in_doubt = isinstance(error, zego.ZegoBadAnswer)
    assert failure == Failure(Reason.ZEGO_UNREACHABLE, str(error), retry_after=failure.retry_after, in_doubt=in_doubt)
    assert failure.retry_after == getattr(error, "retry_after", None)


def test_a_gateway_that_has_too_many_calls_is_as_busy_as_zego() -> None:
    error = zego.ZegoBadAnswer("StartAutoMix", "no JSON", http_status=429, retry_after=30)

    assert failure_of(error) == Failure(Reason.THROTTLED, str(error), retry_after=30, in_doubt=True, busy=True)
