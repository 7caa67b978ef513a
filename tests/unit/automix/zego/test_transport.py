"""What becomes of a request, told as httpx tells it: above all whether it can have had an effect."""

import asyncio
import contextlib
import resource
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import httpx
import pytest

from automix.zego.transport import AiohttpTransport, as_httpx, gated, pooled_transport
from support.environment import listening, set_proxies

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

TLS = ssl.create_default_context()
SIGNED = "/?Action=StopAutoMix&RoomId%5B%5D=a%2Bb%26c&Signature=canary"


@contextlib.asynccontextmanager
async def _server(serve: Serve) -> AsyncIterator[str]:
    """Yield the address of a server whose connections have ended when it has."""
    tasks: list[asyncio.Task[None] | None] = []

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async with await asyncio.start_server(connection, "127.0.0.1", 0) as server:
        yield "http://{}:{}".format(*server.sockets[0].getsockname())
        await asyncio.gather(*filter(None, tasks))


async def _head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def _answering(*parts: bytes, then: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _head(reader)
        for part in parts:
            writer.write(part)
            await writer.drain()
        if then is not None:
            await then(writer)

    return serve


async def _get(url: str, proxy: str | None = None, **client: httpx.Timeout) -> httpx.Response:
    async with httpx.AsyncClient(transport=AiohttpTransport(TLS, proxy), **client) as http:  # type: ignore[arg-type]
        return await http.get(url)


async def test_a_request_goes_out_as_httpx_made_it() -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await _head(reader) + await reader.readexactly(2))
        writer.write(b"HTTP/1.1 200 OK\r\nX-Twice: a\r\nX-Twice: b\r\nContent-Length: 2\r\n\r\nok")

    async with _server(serve) as url, httpx.AsyncClient(transport=AiohttpTransport(TLS)) as client:
        answer = await client.post(url + SIGNED, content=b"{}", headers={"Content-Type": "application/json"})

    first, *headers = heads[0].decode().split("\r\n\r\n")[0].split("\r\n")
    assert first == f"POST {SIGNED} HTTP/1.1"
    assert sorted(header.split(":")[0] for header in headers) == [
        *("Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Host", "User-Agent")
    ]
    assert heads[0].endswith(b"{}")
    assert (answer.status_code, answer.headers.get_list("X-Twice"), answer.text) == (200, ["a", "b"], "ok")


async def test_a_request_with_a_target_goes_there() -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await _head(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with _server(serve) as url, httpx.AsyncClient(transport=AiohttpTransport(TLS)) as client:
        await client.get(url, extensions={"target": SIGNED.encode()})

    assert heads[0].startswith(f"GET {SIGNED} HTTP/1.1\r\n".encode())


async def test_a_redirection_is_an_answer_like_another() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/\r\nContent-Length: 0\r\n\r\n"

    async with _server(_answering(moved)) as url:
        answer = await _get(url)

    assert answer.status_code == 302


async def _nothing(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""


@pytest.mark.parametrize(
    ("serve", "expected"),
    [
        pytest.param(_answering(), httpx.RemoteProtocolError, id="a connection that is closed after the request"),
        pytest.param(_answering(b"nonsense\r\n\r\n"), httpx.RemoteProtocolError, id="an answer that is no HTTP"),
        pytest.param(
            _answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
            httpx.ReadError,
            id="an answer that breaks off",
        ),
    ],
)
async def test_a_call_that_may_have_had_an_effect_says_so(serve: Serve, expected: type[Exception]) -> None:
    async with _server(serve) as url:
        with pytest.raises(expected) as caught:
            await _get(url + SIGNED)

    assert "canary" not in str(caught.value)


async def test_a_server_that_says_nothing_in_time_is_a_read_timeout() -> None:
    answered = asyncio.Event()

    async def wait(_: asyncio.StreamWriter) -> None:
        await answered.wait()

    async with _server(_answering(then=wait)) as url:
        with pytest.raises(httpx.ReadTimeout):
            await _get(url, timeout=httpx.Timeout(5, read=0.05))
        answered.set()


async def test_a_body_that_stops_in_the_middle_is_a_read_timeout() -> None:
    answered = asyncio.Event()

    async def wait(_: asyncio.StreamWriter) -> None:
        await answered.wait()

    async with _server(_answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", then=wait)) as url:
        with pytest.raises(httpx.ReadTimeout):
            await _get(url, timeout=httpx.Timeout(5, read=0.05))
        answered.set()


async def test_a_port_that_nobody_listens_on_is_a_connect_error() -> None:
    async with _server(_nothing) as url:
        pass

    with pytest.raises(httpx.ConnectError):
        await _get(url)


async def test_a_server_that_speaks_no_tls_is_a_connect_error() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with _server(refuse) as url:
        with pytest.raises(httpx.ConnectError):
            await _get(url.replace("http:", "https:"))


async def test_a_proxy_that_refuses_the_tunnel_is_a_proxy_error_and_sees_no_query() -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await _head(reader))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    async with _server(serve) as url:
        with pytest.raises(httpx.ProxyError, match="the proxy answered 407"):
            await _get("https://zego.test" + SIGNED, proxy=url.replace("//", "//me:word@"))

    assert heads[0].startswith(b"CONNECT zego.test:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6d29yZA==" in heads[0]
    assert b"canary" not in heads[0]


async def test_a_get_on_a_connection_that_was_kept_is_not_sent_again() -> None:
    """Each call was counted in a budget; aiohttp would make a second one of it by itself."""
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        with contextlib.suppress(asyncio.IncompleteReadError):
            while await _head(reader):
                asked += 1
                if asked == 2:
                    return
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with _server(serve) as url, httpx.AsyncClient(transport=AiohttpTransport(TLS)) as client:
        await client.get(url)
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url)

    assert asked == 2


async def test_a_connection_whose_answer_was_not_read_is_not_used_again() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await _head(reader):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")

    async with _server(serve) as url, httpx.AsyncClient(transport=AiohttpTransport(TLS)) as client:
        for _ in range(2):
            async with client.stream("GET", url) as answer:
                assert answer.status_code == 200

    assert connections == 2


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(aiohttp.ConnectionTimeoutError("canary"), httpx.ConnectTimeout, id="no connection in time"),
        pytest.param(aiohttp.ClientConnectionResetError("canary"), httpx.ReadError, id="a write to what is closed"),
        pytest.param(TimeoutError("canary"), httpx.ReadError, id="a time limit of nobody knows what"),
    ],
)
def test_an_error_is_told_by_its_class_and_repeats_nothing(error: Exception, expected: type[Exception]) -> None:
    told = as_httpx(error)

    assert type(told) is expected
    assert "canary" not in str(told)


async def test_a_transport_that_was_never_used_closes() -> None:
    await AiohttpTransport(TLS).aclose()


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


def test_a_hundred_apps_take_no_eighty_megabytes() -> None:
    url = httpx.URL("https://zego.example")
    pools = [pooled_transport(url)]
    before = resident_bytes()
    pools += [pooled_transport(url) for _ in range(99)]
    assert resident_bytes() - before < 10 * 2**20


def resident_bytes() -> int:
    """Return how much memory this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def test_whether_a_request_may_be_sent_is_asked_each_time() -> None:
    reached: list[str] = []
    answers = iter([True, False])
    gate = gated(lambda: next(answers))(httpx.URL("http://zego"))
    async with listening("ZEGO", reached) as server, httpx.AsyncClient(transport=gate) as http:
        with pytest.raises(httpx.TransportError, match="the connection broke"):
            await http.get(f"http://{server}/")
        with pytest.raises(httpx.ConnectError, match="may not act any more"):
            await http.get(f"http://{server}/")

    assert reached == ["ZEGO"]
