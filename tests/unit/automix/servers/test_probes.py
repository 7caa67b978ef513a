"""The probes."""

import socket

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from automix.servers.probes import serving

REASONS = pytest.mark.parametrize(
    ("reason", "expected"),
    [("", (200, "ok")), ("the API server does not answer", (503, "the API server does not answer"))],
    ids=["yes", "no, and why"],
)


@REASONS
async def test_ready(reason: str, expected: tuple[int, str]) -> None:
    assert await probe("readyz", unready=reason) == expected


@REASONS
async def test_alive(reason: str, expected: tuple[int, str]) -> None:
    assert await probe("livez", stuck=reason) == expected


async def test_an_operator_that_is_not_ready_is_alive() -> None:
    assert await probe("livez", unready="the API server does not answer") == (200, "ok")


async def test_why_it_is_to_be_killed_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    await probe("livez", stuck="no worker takes a key")
    told = [(record.levelname, vars(record)["error"]) for record in caplog.records if record.name.startswith("automix")]
    assert told == [("ERROR", "no worker takes a key")]


async def probe(path: str, *, stuck: str = "", unready: str = "") -> tuple[int, str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    async with (
        serving(port, lambda: stuck, lambda: unready, CollectorRegistry()),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/{path}") as answer,
    ):
        return answer.status, await answer.text()
