"""Every httpx error becomes one of ours."""

import httpx
import pytest

from automix.zego.codes import classify
from automix.zego.errors import HTTPX_ERRORS, ZegoRefused, unreachable


def _concrete_httpx_errors() -> set[type[Exception]]:
    names = (getattr(httpx, name) for name in httpx.__all__)
    errors = {item for item in names if isinstance(item, type) and issubclass(item, Exception)}
    return {error for error in errors if not any(other is not error and issubclass(other, error) for other in errors)}


def test_every_error_httpx_can_raise_is_mapped() -> None:
    assert set(HTTPX_ERRORS) == _concrete_httpx_errors()


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
def test_a_request_that_was_not_sent_had_no_effect(kind: type[httpx.TransportError]) -> None:
    assert unreachable("StartAutoMix", kind("x"), "x").may_have_had_effect is False


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.WriteError, httpx.RemoteProtocolError, httpx.DecodingError])
def test_a_request_that_may_have_been_sent_may_have_had_its_effect(kind: type[httpx.RequestError]) -> None:
    assert unreachable("StartAutoMix", kind("x"), "x").may_have_had_effect is True


def test_an_unreachable_zego_is_described_by_kind_and_detail() -> None:
    error = unreachable("StopAutoMix", httpx.ConnectError("x"), "name not known")

    assert str(error) == "StopAutoMix: no answer from ZEGO, the call had no effect: ConnectError: name not known"


def test_a_refusal_says_code_meaning_message_and_request_id() -> None:
    error = ZegoRefused("StartAutoMix", classify(110200178), message="4 outputs", request_id="42", retry_after=None)

    assert str(error) == "StartAutoMix: refused with code 110200178, too many outputs: 4 outputs (request id 42)"
