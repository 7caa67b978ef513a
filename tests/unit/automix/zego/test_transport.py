"""The environment's proxy is used where it is meant for the endpoint."""

import asyncio
import contextlib

import httpx
import pytest

from automix.zego.transport import pooled_transport

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


async def _reached(endpoint: str) -> str:
    """Return the host a connection is tried to, as the trace of httpcore tells it."""
    hosts: list[str] = []

    async def trace(event: str, info: dict[str, object]) -> None:
        if event == "connection.connect_tcp.started":
            hosts.append(str(info["host"]))
            raise httpx.ConnectError("this is far enough")

    request = httpx.Request("GET", endpoint, extensions={"trace": trace})
    async with pooled_transport(request.url) as transport:
        with pytest.raises(httpx.ConnectError):
            await transport.handle_async_request(request)
    return hosts[0]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        pytest.param({}, "zego.test", id="none is set"),
        pytest.param({"HTTPS_PROXY": "http://proxy.test:3128"}, "proxy.test", id="one for https"),
        pytest.param({"HTTPS_PROXY": "proxy.test:3128"}, "proxy.test", id="one without a scheme"),
        pytest.param({"ALL_PROXY": "http://proxy.test:3128"}, "proxy.test", id="one for everything"),
        pytest.param({"HTTP_PROXY": "http://proxy.test:3128"}, "zego.test", id="one for another scheme"),
        pytest.param(
            {"HTTPS_PROXY": "http://proxy.test:3128", "NO_PROXY": "other,.zego.test"},
            "zego.test",
            id="one not for this",
        ),
    ],
)
async def test_the_proxy_of_the_environment_is_used(
    environment: dict[str, str], host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert await _reached("https://zego.test") == host


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
