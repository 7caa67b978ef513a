"""The probes."""

import socket

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from automix.servers.probes import serving


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("", (200, "ok")), ("the API server does not answer", (503, "the API server does not answer"))],
    ids=["ready", "not ready, and why"],
)
async def test_ready(reason: str, expected: tuple[int, str]) -> None:
    assert await probe("readyz", reason) == expected


async def test_an_operator_that_is_not_ready_is_alive() -> None:
    assert await probe("livez", "the API server does not answer") == (200, "ok")


async def probe(path: str, reason: str) -> tuple[int, str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    async with (
        serving(port, lambda: reason, CollectorRegistry()),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/{path}") as answer,
    ):
        return answer.status, await answer.text()
