"""Carries httpx's requests over aiohttp's connections, which cost a tenth of what those of httpx's own pool do.

aiohttp's errors hold the signed URL and say it when they are printed: each becomes one of httpx's with a text of ours.
"""

import ssl
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Final

import aiohttp
import httpx
from yarl import URL

from automix.proxies import proxy_for

Transport = httpx.AsyncBaseTransport
"""What carries requests, under its name outside of this package."""

MakeTransport = Callable[[httpx.URL], Transport]
"""Makes what carries the requests of one client to its endpoint."""

# One client serves one app; ZEGO takes 100 calls a second of it (ZEGO: StartAutoMix page).
_MAX_CONNECTIONS: Final = 100
_KEEPALIVE_SECONDS: Final = 30.0
# httpx has set what it wants of these.
_NOT_BY_ITSELF: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


def pooled_transport(endpoint: httpx.URL) -> "AiohttpTransport":
    """Return a transport with a connection pool, through the environment's proxy for the endpoint if there is one."""
    return AiohttpTransport(_tls(), proxy_for(str(endpoint)))


@cache
def _tls() -> ssl.SSLContext:
    """Return what all connections to ZEGO are checked by: 800 KiB, and 20 ms to make, which is a lot for each app."""
    return httpx.create_ssl_context()


def gated(may_send: Callable[[], bool]) -> MakeTransport:
    """Return what makes pools that are asked, just before each request, whether it may be sent."""
    return lambda endpoint: _Gate(pooled_transport(endpoint), may_send)


class _Gate(httpx.AsyncBaseTransport):
    def __init__(self, transport: Transport, may_send: Callable[[], bool]) -> None:
        self._transport = transport
        self._may_send = may_send

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises httpx.TransportError; ConnectError, as nothing was sent, if it may not be."""
        if not self._may_send():
            raise httpx.ConnectError("this process may not act any more", request=request)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """A pool of connections to one server; the first request makes it, `aclose` ends it."""

    def __init__(self, tls: ssl.SSLContext, proxy: str | None = None) -> None:
        """Go through the proxy, an http URL with or without credentials, if there is one."""
        self._tls = tls
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises httpx.TransportError."""
        if self._session is None:
            self._session = self._connect()
        seconds = request.extensions.get("timeout", {})
        answer = await self._session.request(
            request.method,
            URL(_address(request), encoded=True),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
            data=await request.aread() or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(connect=seconds.get("connect"), sock_read=seconds.get("read")),
        )
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _connect(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_MAX_CONNECTIONS, keepalive_timeout=_KEEPALIVE_SECONDS, ssl=self._tls),
            proxy=self._proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_NOT_BY_ITSELF,
            auto_decompress=False,
            middlewares=[_with_httpx_errors],
        )


def _address(request: httpx.Request) -> str:
    """Return the whole URL, whose path and query may be beside it (httpx: the extension "target")."""
    target: bytes = request.extensions.get("target", request.url.raw_path)
    return f"{request.url.scheme}://{request.url.netloc.decode()}{target.decode()}"


class _Body(httpx.AsyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except _ERRORS as error:
            failure = as_httpx(error)
        else:
            return
        raise failure

    async def aclose(self) -> None:
        """Give the connection back, or close it if the answer was not read to its end."""
        self._answer.release()


_ERRORS: Final = (aiohttp.ClientError, TimeoutError, OSError)


async def _with_httpx_errors(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send, with httpx's errors.

    Below aiohttp's own handling of errors, it keeps that from sending a GET again by itself, past every budget.
    """
    try:
        return await send(request)
    except _ERRORS as error:
        failure = as_httpx(error)
    raise failure


def as_httpx(error: Exception) -> httpx.TransportError:
    """Return httpx's error for one of aiohttp's; that of a connection that was not made says so by its class."""
    match error:
        case aiohttp.ClientHttpProxyError():
            return httpx.ProxyError(f"the proxy answered {error.status}")
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout("no connection in time")
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError(str(error))
        case aiohttp.ServerTimeoutError():
            return httpx.ReadTimeout("no answer in time")
        case aiohttp.ServerDisconnectedError():
            return httpx.RemoteProtocolError("the server disconnected without an answer")
        case aiohttp.ClientResponseError():
            return httpx.RemoteProtocolError("the answer is no HTTP")
        case _:
            return httpx.ReadError(f"the connection broke ({type(error).__name__})")
