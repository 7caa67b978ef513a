"""Every httpx error becomes one of ours."""

import httpx
import pytest

from automix.zego.codes import classify
from automix.zego.errors import HTTPX_ERRORS, ZegoBadAnswer, ZegoRefused, unreachable


def _concrete_httpx_errors() -> set[type[Exception]]:
    names = (getattr(httpx, name) for name in httpx.__all__)
    errors = {item for item in names if isinstance(item, type) and issubclass(item, Exception)}
    return {error for error in errors if not any(other is not error and issubclass(other, error) for other in errors)}


def test_every_error_httpx_can_raise_is_mapped() -> None:
    assert set(HTTPX_ERRORS) == _concrete_httpx_errors()


NOT_SENT = {
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout),
    *(httpx.ProxyError, httpx.UnsupportedProtocol, httpx.InvalidURL),
}


@pytest.mark.parametrize("kind", HTTPX_ERRORS)
def test_a_call_had_no_effect_only_if_it_cannot_have_been_sent(kind: type[Exception]) -> None:
    # Some of httpx's errors ask for arguments that do not matter here.
    assert unreachable("StartAutoMix", kind.__new__(kind), "x").may_have_had_effect is (kind not in NOT_SENT)


def test_an_error_that_httpx_may_have_one_day_may_have_had_its_effect() -> None:
    class Unheard(httpx.ConnectError):
        pass

    assert unreachable("StartAutoMix", Unheard("x"), "x").may_have_had_effect is True


def test_an_unreachable_zego_is_described_by_kind_and_detail() -> None:
    error = unreachable("StopAutoMix", httpx.ConnectError("x"), "name not known")

    assert str(error) == "StopAutoMix: no answer from ZEGO, the call had no effect: ConnectError: name not known"


def test_a_refusal_says_code_meaning_message_and_request_id() -> None:
    error = ZegoRefused("StartAutoMix", classify(110200178), message="4 outputs", request_id="42", retry_after=None)

    assert str(error) == "StartAutoMix: refused with code 110200178, too many outputs: 4 outputs (request id 42)"


def test_a_call_that_may_have_had_its_effect_says_so() -> None:
    error = unreachable("StopAutoMix", httpx.ReadTimeout("x"), "")

    assert str(error) == "StopAutoMix: no answer from ZEGO, the call may have had its effect: ReadTimeout"
    assert error.action == "StopAutoMix"


def test_a_refusal_without_a_message_or_a_request_id_says_what_it_has() -> None:
    error = ZegoRefused("StartAutoMix", classify(110200178), message="", request_id="", retry_after=None)

    assert str(error) == "StartAutoMix: refused with code 110200178, too many outputs (request id none)"


def test_an_answer_that_is_not_zegos_says_its_status_and_why() -> None:
    error = ZegoBadAnswer("StartAutoMix", "no JSON", http_status=502, retry_after=None)

    assert str(error) == "StartAutoMix: answer with HTTP status 502 is not ZEGO's: no JSON"
