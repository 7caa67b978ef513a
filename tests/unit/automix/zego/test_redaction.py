"""What is cut from text that came from outside."""

import pytest

from automix.zego.redaction import MAX_CHARACTERS, clean


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("MixOutput[0] is wrong", "MixOutput[0] is wrong", id="plain text stays"),
        pytest.param(
            "bad rtmp://push.example/live/key1?t=1, sorry", "bad rtmp://push.example/… sorry", id="a push URL"
        ),
        pytest.param("at https://me:pass@example.org/x", "at https://example.org/…", id="a URL with a password"),
        pytest.param('no "rtmp://host/app/key" here', 'no "rtmp://host/…" here', id="a quoted URL"),
        pytest.param("GET /?Action=A&Signature=ff failed", "GET /?… failed", id="a query string"),
        pytest.param("the secret s3cr3t is wrong", "the secret *** is wrong", id="a known secret"),
        pytest.param("two\nlines\x1b[31m\x00and\tmore", "two lines [31m and more", id="control characters"),
    ],
)
def test_text_is_made_fit_to_show(text: str, cleaned: str) -> None:
    assert clean(text, ["s3cr3t", ""]) == cleaned


def test_text_is_bounded() -> None:
    assert clean("x" * 10_000) == "x" * (MAX_CHARACTERS - 1) + "…"


def test_text_up_to_the_bound_is_whole() -> None:
    assert MAX_CHARACTERS == 500
    assert clean("x" * MAX_CHARACTERS) == "x" * MAX_CHARACTERS


def test_a_secret_across_the_bound_does_not_show_its_half() -> None:
    assert "s3" not in clean("x" * (MAX_CHARACTERS - 3) + "s3cr3t", ["s3cr3t"])
