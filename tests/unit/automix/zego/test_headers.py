"""Date and Retry-After, readable and not."""

import pytest

from automix.zego.headers import parse_date, parse_retry_after

NEW_YEAR_2025 = 1735689600.0


def test_an_http_date_is_read_as_unix_seconds() -> None:
    assert parse_date("Wed, 01 Jan 2025 00:00:00 GMT") == NEW_YEAR_2025


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "Wed, 99 Jan 2025 00:00:00 GMT", "Wed, 01 Jan 99999999999999999999 00:00:00 GMT", "1735689600"],
)
def test_what_is_no_date_is_none(value: str | None) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("0", 0.0, id="at once"),
        pytest.param("120", 120.0, id="in seconds"),
        pytest.param("Wed, 01 Jan 2025 00:00:30 GMT", 30.0, id="as a date"),
        pytest.param("Tue, 31 Dec 2024 23:59:00 GMT", 0.0, id="as a date gone by"),
        pytest.param(None, None, id="absent"),
        pytest.param("-5", None, id="negative"),
        pytest.param("9" * 5000, None, id="longer than any number of seconds"),
        pytest.param("a while", None, id="in words"),
    ],
)
def test_retry_after_is_seconds_to_wait(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NEW_YEAR_2025) == seconds
