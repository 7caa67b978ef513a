"""The environment's proxy is used where it is meant for the endpoint."""

import asyncio
import contextlib

import httpx
import pytest

from automix.zego.transport import pooled_transport
from support.environment import listening, set_proxies


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({}, "ZEGO", id="none is set"),
        pytest.param({"HTTPS_PROXY": "http://{proxy}"}, "the proxy", id="one for https"),
    ],
)
async def test_the_proxy_of_the_environment_is_used(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []
    async with listening("ZEGO", reached) as zego, listening("the proxy", reached) as proxy:
        set_proxies(monkeypatch, {name: value.format(proxy=proxy) for name, value in environment.items()})
        async with httpx.AsyncClient(transport=pooled_transport(httpx.URL(f"https://{zego}"))) as client:
            with pytest.raises(httpx.TransportError):
                await client.get(f"https://{zego}")

    assert reached == [expected]


async def test_a_hundred_calls_go_at_a_time_over_connections_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    set_proxies(monkeypatch, {})
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
