"""The second line of defence against signed parameters in logs."""

import logging

import pytest

from automix.telemetry.redaction import RedactingFormatter, redacted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET https://a/?Signature=abc123&AppId=1", "GET https://a/?Signature=[redacted]&AppId=1"),
        ("SignatureNonce=abc Signature=def", "SignatureNonce=[redacted] Signature=[redacted]"),
        ("url='https://a/?AppId=1&Signature=abc'", "url='https://a/?AppId=1&Signature=[redacted]'"),
        ('{"url": "https://a/?Signature=abc"}', '{"url": "https://a/?Signature=[redacted]"}'),
        ("ServerSecret=abc", "ServerSecret=[redacted]"),
        ("SignatureVersion=2.0&AppId=1", "SignatureVersion=2.0&AppId=1"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_values_of_signed_parameters_are_cut_out(text: str, expected: str) -> None:
    assert redacted(text) == expected


def test_a_traceback_is_redacted_too() -> None:
    with pytest.raises(ValueError, match="canary") as raised:
        int("https://a/?Signature=canary")
    trace = (raised.type, raised.value, raised.tb)
    record = logging.LogRecord("a", logging.ERROR, "a.py", 1, "failed with Signature=%s", ("canary",), trace)

    line = RedactingFormatter(logging.Formatter()).format(record)

    assert "ValueError" in line
    assert "canary" not in line
