"""No secret, signature, nonce or signed URL comes out of the package: not in logs, not in errors, not behind them."""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr

from automix.zego import Credentials, StopAutoMix, ZegoClient, ZegoError
from automix.zego.signing import sign
from support.sent import query_of, url_of

SECRET = "canary-secret-9193cc662a4c0ec135"
NONCE = "4fd24687296dd9f3"
CANARIES = (SECRET, NONCE, sign(12345, SECRET, NONCE, 1615186943), "Signature=", "AppId=12345")
STOP = StopAutoMix(task_id="t", room_id="r")


def _client(endpoint: str, transport: httpx.AsyncBaseTransport | None = None) -> ZegoClient:
    return ZegoClient(
        Credentials(12345, SecretStr(SECRET)),
        clock=lambda: 1615186943.0,
        endpoint=endpoint,
        transport=transport,
        nonce=lambda: NONCE,
    )


def _leaks(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError(f"reset by peer while reading {url_of(request)} {SECRET}", request=request)


def _echoing(code: int) -> Callable[[httpx.Request], httpx.Response]:
    def handler(request: httpx.Request) -> httpx.Response:
        text = f"{url_of(request)} {query_of(request)['Signature']} {NONCE} {SECRET}"
        return httpx.Response(200, json={"Code": code, "Message": text, "RequestId": text, "Data": [text]})

    return handler


async def _never(request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(60)
    raise httpx.ReadTimeout(str(url_of(request)))


@pytest.mark.looptime
@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(_broken, id="a broken connection whose text holds the URL"),
        pytest.param(_never, id="no answer in time"),
        pytest.param(_echoing(110200002), id="a refusal that repeats the request"),
        pytest.param(_echoing(0), id="an answer of the wrong shape that repeats the request"),
        pytest.param(lambda request: httpx.Response(502, text=str(url_of(request))), id="a proxy's page with the URL"),
    ],
)
async def test_an_error_shows_and_holds_nothing_confidential(
    handler: Callable[[httpx.Request], httpx.Response],
) -> None:
    async with contextlib.aclosing(_client("https://zego.test", httpx.MockTransport(handler))) as client:
        with pytest.raises(ZegoError) as caught:
            await client.stop_auto_mix(STOP)

    assert _leaks(_all_of(caught.value)) == []
    assert [type(link) for link in _chain(caught.value)] == [type(caught.value)]


async def _told(client: ZegoClient) -> str:
    """Return all that is told of a call's failure, if it fails."""
    try:
        await client.stop_auto_mix(STOP)
    except ZegoError as error:
        return _all_of(error)
    return ""


def _all_of(error: ZegoError) -> str:
    """Return all that a log, a debugger or a crash report could show of an error."""
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return shown + repr(error) + str(vars(error))


@contextlib.asynccontextmanager
async def _server(answer: bytes, received: bytearray) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await reader.readuntil(b"\r\n\r\n"))
        received.extend(await reader.readexactly(len(STOP.body())))
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"Code":0}', id="an answered call"),
        pytest.param(b"nonsense\r\n\r\n", id="an answer that is not HTTP"),
        pytest.param(b"", id="a connection closed without an answer"),
    ],
)
async def test_no_logger_at_any_level_and_no_error_tells_what_went_over_the_wire(
    answer: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    caplog.set_level(logging.DEBUG)
    received = bytearray()

    async with _server(answer, received) as endpoint, contextlib.aclosing(_client(endpoint)) as client:
        told = await _told(client)

    assert set(_leaks(received.decode())) == set(CANARIES) - {SECRET}
    assert received.endswith(STOP.body())
    assert _leaks(caplog.text + told) == []
