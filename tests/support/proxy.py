"""A proxy before the API server or ZEGO: it sees every request, and can hold it, lose it, or answer in its place.

Plain HTTP towards the operator. Signed queries pass through and are neither kept nor logged.
"""

import asyncio
import json
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from yarl import URL

from automix_devkit.controlplane.kubeconfig import write
from automix_devkit.listening import address_of, listen, listen_no_more
from automix_devkit.manifests import NAME
from support.calls import Answer, Call, Delay, Hold, Hook, Lost, Moment, call_of
from support.cluster import Cluster

T = TypeVar("T")

_HOST = "127.0.0.1"
_LONG = 3600.0
# Of one connection, and not of what is said over it (RFC 9110, 7.6.1); the length is counted anew.
_HOP_BY_HOP = {"host", "connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "content-length"}
_NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_GONE = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410, "message": "gone"}


class _LostError(Exception):
    """Report that the connection is to be dropped."""


class Proxy:
    """What tests do with a proxy and ask of it. All is back to normal after `thaw`."""

    def __init__(self, upstream: str, tls: ssl.SSLContext | None, token: str) -> None:
        self._upstream = upstream
        self._tls = tls
        self._credentials = {"Authorization": f"Bearer {token}"} if token else {}
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._instead: Answer | None = None
        self._exchanges: set[asyncio.Task[web.StreamResponse]] = set()
        self._watches: set[asyncio.Future[None]] = set()
        self._session: aiohttp.ClientSession
        self._runner: web.AppRunner
        self._listener: asyncio.Server | None = None
        self._port = 0
        self._under_way = 0
        self._last = time.monotonic()
        self.hook: Hook | None = None
        self.calls: list[Call] = []
        """Every request that arrived, in order."""

    @property
    def url(self) -> str:
        """Where the proxy listens."""
        return f"http://{_HOST}:{self._port}"

    @property
    def quiet_for(self) -> float:
        """Seconds since the last request came, or was answered unless it is a watch; 0 while one is under way."""
        return 0.0 if self._under_way else time.monotonic() - self._last

    def write_kubeconfig(self, path: Path) -> Path:
        """Write a kubeconfig that leads through the proxy and holds no credentials: the proxy has them."""
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "proxy", "cluster": {"server": self.url}}],
            "users": [{"name": "proxy", "user": {}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
            "current-context": "proxy",
        }
        write(path, json.dumps(content))
        return path

    def freeze(self) -> None:
        """Forward nothing in either direction and close nothing: requests and watches go silent."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def refuse(self) -> None:
        """Drop all connections and refuse new ones."""
        self._do(self._refuse())

    def too_many(self, retry_after: int) -> None:
        """Answer 429 to every request; `retry_after` in seconds."""
        self._instead = Answer(429, "too many requests", {"Retry-After": str(retry_after)})

    def gone(self) -> None:
        """End all watches as the API server does when their resourceVersion is too old: with an event of code 410."""
        self._loop.call_soon_threadsafe(self._end_watches)

    def thaw(self) -> None:
        """Let everything through again; what was held back while frozen goes on."""
        self._do(self._thaw())

    def run(self, started: threading.Event) -> None:
        """Serve until `stop`, in the thread that calls this."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(started))

    def stop(self) -> None:
        """End serving, dropping what is under way."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _serve(self, started: threading.Event) -> None:
        connector = aiohttp.TCPConnector(limit=0, ssl=self._tls or True)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        app = web.Application(client_max_size=2**25)
        app.router.add_route("*", "/{path:.*}", self._relay)
        # No access log: it would print signed URLs.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1, keepalive_timeout=_LONG
        )
        await self._runner.setup()
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as self._session:
            await self._listen()
            started.set()
            await self._stopped.wait()
            for task in self._exchanges:
                task.cancel()
            await self._listen_no_more()
            await self._runner.cleanup()

    async def _listen_no_more(self) -> None:
        if self._listener is not None:
            listener, self._listener = self._listener, None
            await listen_no_more(listener)

    async def _listen(self) -> None:
        self._listener = await listen(self._runner, _HOST, self._port)
        _, self._port = address_of(self._listener)

    async def _refuse(self) -> None:
        await self._listen_no_more()
        for connection in self._runner.server.connections if self._runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()

    async def _thaw(self) -> None:
        self._instead = None
        self._flowing.set()
        if self._listener is None:
            await self._listen()

    def _do(self, action: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(10)

    async def _relay(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        call = call_of(request, body)
        self.calls.append(call)
        self._last = time.monotonic()
        if call.watches:
            return await self._or_lost(request, self._watch(request, call))
        # A request that is under way has its effect, whether or not the one who sent it lives to see it.
        task = asyncio.create_task(self._or_lost(request, self._exchange(request, call)))
        self._exchanges.add(task)
        task.add_done_callback(self._exchanges.discard)
        with self._noted():
            return await asyncio.shield(task)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._last = time.monotonic()

    async def _or_lost(self, request: web.Request, answer: Awaitable[web.StreamResponse]) -> web.StreamResponse:
        try:
            return await answer
        except (_LostError, aiohttp.ClientError, OSError):
            if request.transport is not None:
                request.transport.abort()
            return web.Response()

    async def _exchange(self, request: web.Request, call: Call) -> web.StreamResponse:
        answer = await self._ask(call, Moment.ARRIVED) or self._instead
        response = _response(answer) if answer is not None else await self._answer(request, call)
        await self._flowing.wait()
        await response.prepare(request)
        await response.write_eof()
        await self._ask(call, Moment.ANSWERED)
        return response

    async def _answer(self, request: web.Request, call: Call) -> web.Response:
        async with self._sent_on(request, call) as upstream:
            content = await upstream.read()
        answer = await self._ask(call, Moment.EFFECT)
        if answer is not None:
            return _response(answer)
        return web.Response(status=upstream.status, headers=_passed_on(upstream.headers), body=content)

    async def _watch(self, request: web.Request, call: Call) -> web.StreamResponse:
        answer = await self._ask(call, Moment.ARRIVED) or self._instead
        if answer is not None:
            return _response(answer)
        async with self._sent_on(request, call) as upstream:
            answer = await self._ask(call, Moment.EFFECT)
            if answer is not None:
                return _response(answer)
            response = web.StreamResponse(status=upstream.status, headers=_passed_on(upstream.headers))
            await self._flowing.wait()
            await response.prepare(request)
            await self._ask(call, Moment.ANSWERED)
            await self._stream(upstream, response)
        await response.write_eof()
        return response

    async def _stream(self, upstream: aiohttp.ClientResponse, response: web.StreamResponse) -> None:
        """Pass on event by event, so that one of our own can come between two of them."""
        ended = self._loop.create_future()
        self._watches.add(ended)
        event = asyncio.ensure_future(_event(upstream))
        try:
            while True:
                await asyncio.wait((event, ended), return_when=asyncio.FIRST_COMPLETED)
                await self._flowing.wait()
                if ended.done():
                    await response.write(json.dumps({"type": "ERROR", "object": _GONE}).encode() + b"\n")
                    return
                if not event.result():
                    return
                await response.write(event.result())
                event = asyncio.ensure_future(_event(upstream))
        finally:
            event.cancel()
            self._watches.discard(ended)

    def _end_watches(self) -> None:
        for ended in self._watches:
            if not ended.done():
                ended.set_result(None)

    @asynccontextmanager
    async def _sent_on(self, request: web.Request, call: Call) -> AsyncIterator[aiohttp.ClientResponse]:
        await self._flowing.wait()
        async with self._session.request(
            call.method,
            # Whoever takes this for the environment's HTTP_PROXY names the server in the path.
            URL(self._upstream + request.rel_url.raw_path_qs, encoded=True),
            headers={**_passed_on(request.headers), **self._credentials},
            data=call.body or None,
            allow_redirects=False,
            skip_auto_headers=_NOT_ADDED,
        ) as upstream:
            try:
                yield upstream
            finally:
                # A connection that is given up half-way would outlive the loop while it says goodbye.
                if upstream.connection is not None and upstream.connection.transport is not None:
                    upstream.connection.transport.abort()

    async def _ask(self, call: Call, moment: Moment) -> Answer | None:
        """Return what the hook wants answered in place of the truth, if anything; raises _LostError."""
        verdict = self.hook(call, moment) if self.hook else None
        while isinstance(verdict, Hold):
            verdict = await verdict.verdict()
        if isinstance(verdict, Delay):
            await asyncio.sleep(verdict.seconds)
            return None
        if isinstance(verdict, Lost):
            raise _LostError
        return verdict


@contextmanager
def proxied(upstream: str, tls: ssl.SSLContext | None = None, token: str = "") -> Iterator[Proxy]:
    """Run a proxy before a URL on a free port; `tls` is how it speaks with what is behind it, `token` as whom."""
    proxy, started = Proxy(upstream, tls, token), threading.Event()
    thread = threading.Thread(target=proxy.run, args=(started,), name="proxy")
    thread.start()
    assert started.wait(10)
    try:
        yield proxy
    finally:
        with suppress(RuntimeError):  # its loop is closed: it failed by itself
            proxy.stop()
        thread.join(10)


@contextmanager
def proxied_api_server(cluster: Cluster) -> Iterator[Proxy]:
    """Run a proxy before an API server that speaks to it with the operator's ServiceAccount."""
    trusted = ssl.create_default_context(cadata=cluster.plane.ca_certificate)
    with proxied(cluster.plane.url, trusted, cluster.token(NAME)) as proxy:
        yield proxy


async def _event(upstream: aiohttp.ClientResponse) -> bytes:
    """Return the next event, or a few, with the line end, however long it is; nothing at the end."""
    parts: list[bytes] = []
    while not (parts and parts[-1].endswith(b"\n")):
        part = await upstream.content.readany()
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, text=answer.body)


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}
