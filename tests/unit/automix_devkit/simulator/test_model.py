"""The nouns of an exchange: what environments call a stream, what a request shows of itself, how a call fails."""

import pytest

from automix_devkit.simulator import Request, Response
from automix_devkit.simulator.model import Answer, Environment, LostError, RefusedError, When


@pytest.mark.parametrize(
    ("environment", "published", "stream_id"),
    [
        pytest.param(Environment(7), "mic", "mic", id="production"),
        pytest.param(Environment(7), "zegotest-7-mic", "zegotest-7-mic", id="a prefix means nothing in production"),
        pytest.param(Environment(7, is_test=True), "mic", "zegotest-7-mic", id="test"),
        pytest.param(Environment(7, is_test=True), "zegotest-7-mic", "zegotest-7-mic", id="a prefix that is there"),
        pytest.param(Environment(7, is_test=True), "zegotest-8-mic", "zegotest-7-zegotest-8-mic", id="another app's"),
    ],
)
def test_an_environment_has_a_stream_under_an_id_of_its_own(
    environment: Environment, published: str, stream_id: str
) -> None:
    assert environment.stream_id(published) == stream_id


def test_the_first_value_of_a_parameter_counts() -> None:
    request = Request("GET", "/", [("a", "1"), ("b", "2"), ("b", "3")])
    assert [request.first(name) for name in "abc"] == ["1", "2", ""]


def test_a_request_shows_neither_query_nor_headers_nor_body() -> None:
    request = Request("POST", "/", [("Signature", "canary")], {"authorization": "canary"}, b"canary")
    assert repr(request) == "Request(method='POST', path='/')"


def test_a_refusal_says_its_code_and_message() -> None:
    refused = RefusedError(110200001, "try again")
    assert str(refused) == "110200001: try again"
    assert refused.answer == Answer(110200001, "try again", None)


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("before", "the connection is dropped before the effect"),
        ("after", "the connection is dropped after the effect"),
        ("midway", "the answer breaks off"),
    ],
)
def test_a_lost_connection_says_when(when: When, text: str) -> None:
    response = Response(200, {}, b"")
    lost = LostError(when, response)
    assert str(lost) == text
    assert (lost.when, lost.response) == (when, response)
