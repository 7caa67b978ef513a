"""The environment's proxy is used where it is meant for the endpoint."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest

from automix.zego.transport import pooled_transport

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@contextlib.asynccontextmanager
async def _listening(name: str, reached: list[str]) -> AsyncIterator[int]:
    """Yield the port of a server that notes that it was reached, and says nothing."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(name)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({}, "ZEGO", id="none is set"),
        pytest.param({"HTTPS_PROXY": "http://{proxy}"}, "the proxy", id="one for https"),
        pytest.param({"HTTPS_PROXY": "{proxy}"}, "the proxy", id="one without a scheme"),
        pytest.param({"ALL_PROXY": "http://{proxy}"}, "the proxy", id="one for everything"),
        pytest.param({"HTTP_PROXY": "http://{proxy}"}, "ZEGO", id="one for another scheme"),
        pytest.param(
            {"HTTPS_PROXY": "http://{proxy}", "NO_PROXY": "other,127.0.0.1"}, "ZEGO", id="one that is not for this host"
        ),
    ],
)
async def test_the_proxy_of_the_environment_is_used(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []
    async with _listening("ZEGO", reached) as zego, _listening("the proxy", reached) as proxy:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.format(proxy=f"127.0.0.1:{proxy}"))
        async with httpx.AsyncClient(transport=pooled_transport(httpx.URL(f"https://127.0.0.1:{zego}"))) as client:
            with pytest.raises(httpx.TransportError):
                await client.get(f"https://127.0.0.1:{zego}")

    assert reached == [expected]


async def test_a_hundred_calls_go_at_a_time_over_connections_that_are_kept() -> None:
    connections: list[asyncio.Task[None] | None] = []
    asked, answering = 0, asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        connections.append(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                asked += 1
                if asked == 100:
                    answering.set()
                await answering.wait()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, backlog=200) as server:
        url = "http://{}:{}".format(*server.sockets[0].getsockname())
        async with httpx.AsyncClient(transport=pooled_transport(httpx.URL(url))) as client:
            await asyncio.gather(*(client.get(url) for _ in range(101)))
            assert (len(connections), asked) == (100, 101)
            await asyncio.gather(*(client.get(url) for _ in range(100)))
            assert (len(connections), asked) == (100, 201)
        await asyncio.gather(*filter(None, connections))
