"""Requests to the API server with the configuration of `kubernetes.aio`: JSON in, JSON out, errors of our own.

Its calls are left aside: what they do around a request, and to an answer, costs more than the request.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio import client as kubernetes
from kubernetes.aio import config
from kubernetes.aio.client.rest import RESTClientObject
from pydantic_core import from_json, to_json
from yarl import URL

from automix.kube.errors import Unavailable, refusal
from automix.proxies import proxy_for

Json = dict[str, Any]
JsonPatch = list[Json]

log = logging.getLogger(__name__)

JSON = "application/json"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""What `accept` may be: whole objects, or nothing but their metadata."""

# A request takes some milliseconds, and a TLS connection a tenth of a megabyte.
_MAX_CONNECTIONS = 32
_TIMEOUT_SECONDS = 10.0
_TIMEOUT = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
_USER_AGENT = "automix-operator"
_PAGE_SIZE = 500  # client-go's default page of a list
_MAX_REASON = 256
_RENEWAL_SECONDS = 5.0


class KubeClient:
    """One connection pool to one API server.

    A request is made once more when credentials were refused that could be renewed, and when it asked to wait.
    """

    idle_seconds = 15.0
    """How long a connection is kept that nobody uses; aiohttp's default."""

    def __init__(
        self,
        configuration: kubernetes.Configuration,
        kubeconfig: str | None = None,
        *,
        may_write: Callable[[], bool] = lambda: True,
    ) -> None:
        """Connect with a configuration that was loaded from the kubeconfig file, or from the pod's service account.

        `may_write` is asked just before each request that changes something.
        """
        self._may_write = may_write
        self._configuration = configuration
        self._kubeconfig = kubeconfig
        configuration.proxy = configuration.proxy or proxy_for(str(configuration.host))
        self._tls = RESTClientObject(configuration).ssl_context
        self._connections: aiohttp.ClientSession | None = None
        self._renewing = asyncio.Lock()
        self._renewed_at = float("-inf")

    @classmethod
    async def connect(cls, kubeconfig: str | None, *, may_write: Callable[[], bool] = lambda: True) -> Self:
        """Connect by a kubeconfig file, or by the pod's service account when there is none.

        Raises kubernetes.aio.config.ConfigException when neither works.
        """
        configuration = kubernetes.Configuration()
        await _load(configuration, kubeconfig)
        return cls(configuration, kubeconfig, may_write=may_write)

    @property
    def server(self) -> str:
        """The API server's URL."""
        return str(self._configuration.host)

    async def close(self) -> None:
        """Close the connections."""
        if self._connections is not None:
            await self._connections.close()

    def session(self, *around: aiohttp.ClientMiddlewareType, connections: int = 0) -> aiohttp.ClientSession:
        """Return a pool of `connections`, or as many as it takes, that authenticates as this client does."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, ssl=self._tls, keepalive_timeout=self.idle_seconds),
            headers={"User-Agent": _USER_AGENT},
            proxy=self._configuration.proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(*around, self._authenticated),
        )

    async def get(self, path: str, *, accept: str = JSON, **query: str) -> Json:
        """Read one object, or one page of a list."""
        return await self._request("GET", path + ("?" + urlencode(query) if query else ""), headers={"Accept": accept})

    async def pages(self, path: str, *, accept: str = JSON) -> AsyncIterator[Json]:
        """List objects page by page, so that neither side holds all of them at once; yields items."""
        token = ""
        while True:
            query = {"limit": str(_PAGE_SIZE)} | ({"continue": token} if token else {})
            page = await self.get(path, accept=accept, **query)
            for item in page["items"] or ():  # a list of metadata has null for none
                yield item
            token = page["metadata"].get("continue", "")
            if not token:
                return

    async def patch(self, path: str, patch: JsonPatch) -> Json:
        """Apply a JSON patch and return the object; raises Conflict when a test in it fails."""
        return await self._request("PATCH", path, patch, {"Content-Type": "application/json-patch+json"})

    async def create(self, path: str, body: Json) -> Json:
        """Create an object."""
        return await self._request("POST", path, body, {"Content-Type": "application/json"})

    async def _request(
        self, method: str, path: str, body: Json | JsonPatch | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        what = f"{method} {path.partition('?')[0]}"
        sent, wanted = None if body is None else to_json(body), {"Accept": JSON, **(headers or {})}
        answer = await self._send(what, method, path, sent, wanted)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            await asyncio.sleep(answer.retry_after)
            answer = await self._send(what, method, path, sent, wanted)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise refusal(what, answer.status, _reason(answer.text))
        decoded: Json = from_json(answer.text)
        return decoded

    async def _send(
        self, what: str, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> "_Answer":
        if self._connections is None:
            self._connections = self.session(connections=_MAX_CONNECTIONS)
        url = URL(self.server + path, encoded=True)
        try:
            async with self._connections.request(method, url, data=body, headers=headers, timeout=_TIMEOUT) as answer:
                return _Answer(answer.status, await answer.read(), _seconds(answer.headers.get("Retry-After")))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unavailable(what, type(error).__name__) from error

    async def _authenticated(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        sent = await self._authorization()
        answer = await self._admitted(request, handler, sent)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            await self._renew()
            if (renewed := await self._authorization()) != sent:
                answer.release()
                answer = await self._admitted(request, handler, renewed)
        return answer

    async def _admitted(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType, authorization: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        if request.method != "GET" and not self._may_write():
            raise Unavailable(f"{request.method} {request.url.path}", "another process may act by now")
        request.headers.update(authorization)
        request.server_hostname = self._configuration.tls_server_name
        return await handler(request)

    async def _authorization(self) -> dict[str, str]:
        """Return the header that says who asks; none where a certificate does."""
        known = (await self._configuration.auth_settings()).get("BearerToken")
        return {} if known is None else {known["key"]: known["value"] or ""}

    async def _renew(self) -> None:
        """Load the credentials again, unless that was just done; the old ones stay when there are none to load."""
        async with self._renewing:
            now = asyncio.get_running_loop().time()
            if now - self._renewed_at < _RENEWAL_SECONDS:
                return
            self._renewed_at = now
            try:
                await _load(self._configuration, self._kubeconfig)
            except (config.ConfigException, OSError) as error:
                log.warning("credentials not loaded again", extra={"error": str(error)})


class _Answer(NamedTuple):
    """What the API server said; `retry_after` in seconds."""

    status: int
    text: bytes
    retry_after: float


async def _load(configuration: kubernetes.Configuration, kubeconfig: str | None) -> None:
    if kubeconfig is None:
        config.load_incluster_config(client_configuration=configuration)
    else:
        await config.load_kube_config(config_file=kubeconfig, client_configuration=configuration)


def _seconds(retry_after: str | None) -> float:
    """Return how long to wait: what the API server asks for in whole seconds, within bounds."""
    asked = int(retry_after) if retry_after and retry_after.isdecimal() else 1
    return min(max(asked, 1), _TIMEOUT_SECONDS)


def _reason(text: bytes) -> str:
    """Return the message of the API server's Status object, bounded."""
    try:
        return str(from_json(text)["message"])[:_MAX_REASON]
    except (ValueError, KeyError, TypeError):
        return "no reason given"
