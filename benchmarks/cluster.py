"""The API server as a crowd of people uses it, and its own count of what was asked of it."""

import asyncio
import json
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Self

import aiohttp

from automix_devkit.controlplane import ControlPlane

Json = dict[str, Any]

_APPLY = {"Content-Type": "application/apply-patch+yaml"}
_MERGE = {"Content-Type": "application/merge-patch+json"}
_JSON = {"Content-Type": "application/json"}
# Enough to be faster than ZEGO's limit, and few enough to leave the API server to the operator.
_AT_ONCE = 8
_COUNTER = re.compile(r"apiserver_request_total\{(?P<labels>[^}]*)\} (?P<value>\S+)")
_WRITING = frozenset({"POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"})
_REFUSED, _TOO_MANY = 400, "429"
_LABEL = re.compile(r'(\w+)="([^"]*)"')


class Writes(NamedTuple):
    """Requests so far."""

    patches: int
    """PATCHes of AutoMixes, their status included."""
    events: int
    """Events made or repeated."""
    leases: int
    """Lease renewals, of whatever Lease."""
    others: int
    """All that changes anything else."""
    refused: int
    """Writes that were answered with a code of 400 or above, and requests of any kind with 429."""

    def since(self, before: "Writes") -> "Writes":
        """Return what came since."""
        return Writes(*(now - then for now, then in zip(self, before, strict=True)))


class Cluster:
    """A connection as the administrator."""

    def __init__(self, plane: ControlPlane) -> None:
        self._url = plane.url
        self._tls = _tls(plane)
        self._session: aiohttp.ClientSession
        self._own: Counter[str] = Counter()
        """Writes of this connection, by what they count as."""

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=_AT_ONCE)
        self._session = aiohttp.ClientSession(self._url, connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(self, method: str, path: str, body: Json | None = None, headers: Json | None = None) -> Json:
        """Send a request that must succeed."""
        self._own[_kind(method, "automixes" if "/automixes" in path else "")] += 1
        async with self._session.request(method, path, data=json.dumps(body) if body else None, headers=headers) as got:
            text = await got.text()
            if got.status >= 300:  # noqa: PLR2004 -- HTTP
                raise RuntimeError(f"{method} {path}: {got.status} {text}")
            answer: Json = json.loads(text)
            return answer

    async def define(self, crd: Json) -> None:
        """Apply a CRD, and wait until it is served."""
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{crd['metadata']['name']}"
        await self.ask("PATCH", f"{path}?fieldManager=bench&force=true", crd, _APPLY)
        spec = crd["spec"]
        served = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        while not await self._is_served(served):  # noqa: ASYNC110 -- the API server tells by being asked
            await asyncio.sleep(0.1)

    async def create(self, collection: str, document: Json) -> None:
        """Create an object."""
        await self.ask("POST", collection, document, _JSON)

    async def change(self, path: str, patch: Json) -> None:
        """Change an object."""
        await self.ask("PATCH", path, patch, _MERGE)

    async def delete(self, path: str) -> None:
        """Ask for an object's deletion."""
        await self.ask("DELETE", path)

    async def writes(self) -> Writes:
        """Return what the API server counted, this connection's own left out."""
        async with self._session.get("/metrics") as answer:
            text = await answer.text()
        seen: Counter[str] = Counter()
        for match in _COUNTER.finditer(text):
            labels, value = dict(_LABEL.findall(match["labels"])), int(float(match["value"]))
            kind, code = _kind(labels["verb"], labels["resource"]), labels["code"]
            seen[kind] += value
            if code == _TOO_MANY or (kind and int(code) >= _REFUSED):
                seen["refused"] += value
        return Writes(*(seen[field] - self._own[field] for field in Writes._fields))

    async def events(self, namespace: str) -> Counter[str]:
        """Return how often anything was said of each object of a namespace, by its name."""
        said: Counter[str] = Counter()
        async for event in self._pages(f"/api/v1/namespaces/{namespace}/events"):
            times = (event.get("series") or event).get("count")
            said[event["involvedObject"]["name"]] += times or 1
        return said

    async def _pages(self, collection: str) -> AsyncIterator[Json]:
        """Yield all objects, read in pages as bodies are large."""
        token: str | None = ""
        while token is not None:
            page = await self.ask("GET", f"{collection}?limit=500&continue={token}")
            for item in page["items"]:
                yield item
            token = page["metadata"].get("continue") or None

    async def _is_served(self, path: str) -> bool:
        async with self._session.get(path) as answer:
            return answer.ok


def _kind(verb: str, resource: str) -> str:
    """Return which field of Writes a request counts in; empty for what changes nothing."""
    if verb not in _WRITING:
        return ""
    if resource == "automixes" and verb in {"PATCH", "APPLY"}:
        return "patches"
    return resource if resource in {"events", "leases"} else "others"


async def all_of(work: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Do everything, a few at once, in order."""
    waiting = iter(work)

    async def worker() -> None:
        for each in waiting:
            await each()

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))


def _tls(plane: ControlPlane) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=plane.ca_certificate)
    with TemporaryDirectory() as folder:
        pair = Path(folder, "pair.pem")
        pair.write_text(plane.administrator.public + plane.administrator.private)
        context.load_cert_chain(pair)
    return context
