"""How a log line looks, and which lines there are."""

import json
import logging
from typing import Literal

import pytest

from automix.telemetry.logs import set_up

pytestmark = pytest.mark.usefixtures("own_logging")
log = logging.getLogger("automix.test")


def _fail(message: str) -> None:
    raise ValueError(message)


def test_a_line_of_text_has_severity_message_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "text")
    log.info("mix started", extra={"object": "default/mix", "sequence": 77})

    assert capsys.readouterr().err.endswith("INFO    mix started object=default/mix sequence=77\n")


def test_a_line_of_json_has_them_as_fields(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "json")
    log.warning("mix %s", "started", extra={"object": "default/mix", "sequence": 77, "kind": {"a"}})

    line = json.loads(capsys.readouterr().err)
    assert line.pop("time")
    assert line == {
        "level": "WARNING",
        "logger": "automix.test",
        "message": "mix started",
        "object": "default/mix",
        "sequence": 77,
        "kind": "{'a'}",
    }


@pytest.mark.parametrize("style", ["text", "json"])
def test_an_error_brings_its_traceback_without_secrets(
    style: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up("INFO", style)
    try:
        _fail("https://a/?AppId=1&Signature=canary")
    except ValueError:
        log.exception("pass failed", extra={"url": "https://a/?SignatureNonce=canary"})

    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "Signature=[redacted]" in told
    assert "canary" not in told


def test_a_traceback_in_json_is_still_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "json")
    try:
        _fail("first\nsecond")
    except ValueError:
        log.exception("pass failed")

    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: first\nsecond" in json.loads(line)["exception"]


def test_what_is_less_severe_than_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("WARNING", "text")
    log.info("a trifle")

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("noisy", ["kopf", "kopf.objects", "aiohttp.access", "httpx", "httpcore.http11", "kubernetes"])
def test_others_are_heard_from_warnings_on(noisy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Below that httpx logs whole URLs, with signatures."""
    set_up("DEBUG", "text")
    logging.getLogger(noisy).info("GET https://a/?Signature=canary")
    logging.getLogger(noisy).warning("trouble")

    told = capsys.readouterr().err
    assert "GET" not in told
    assert "trouble" in told


def test_a_second_set_up_replaces_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "text")
    set_up("INFO", "text")
    log.info("once")

    assert capsys.readouterr().err.count("once") == 1
