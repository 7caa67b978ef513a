"""Secrets are found wherever they are, and nowhere else."""

import base64
from urllib.parse import quote

import pytest

from support.canaries import Needles, forms

SECRET = "app1+/0123456789abcdef01234567"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"before {SECRET} behind", id="raw"),
        pytest.param(quote(SECRET, safe=""), id="in a URL"),
        *(
            pytest.param(base64.b64encode(b"x" * shift + SECRET.encode() + b"yz").decode(), id=f"base64 behind {shift}")
            for shift in range(4)
        ),
    ],
)
def test_a_secret_is_found(text: str) -> None:
    assert Needles(forms(SECRET)).found(text)


def test_what_is_not_there_is_not_found() -> None:
    assert Needles(forms(SECRET)).found(SECRET[:-1] + SECRET[1:]) == []


def test_without_needles_nothing_is_found() -> None:
    assert Needles([]).found(SECRET) == []
