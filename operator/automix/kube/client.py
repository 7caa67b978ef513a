"""Requests to the API server over `kubernetes.aio`: JSON in, JSON out, errors of our own.

The generated, typed calls are left aside: decoding an object into its classes costs more than the request.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio import client as kubernetes
from kubernetes.aio import config

from automix.kube.errors import Unavailable, refusal

Json = dict[str, Any]
JsonPatch = list[Json]

_TIMEOUT_SECONDS = 10.0
_PAGE_SIZE = 500  # client-go's default page of a list
_MAX_REASON = 256


class KubeClient:
    """One connection pool to one API server."""

    def __init__(self, configuration: kubernetes.Configuration) -> None:
        self._api = kubernetes.ApiClient(configuration)
        self._api.user_agent = "automix-operator"

    @classmethod
    async def connect(cls, kubeconfig: str | None) -> Self:
        """Connect by a kubeconfig file, or by the pod's service account when there is none.

        Raises kubernetes.aio.config.ConfigException when neither works.
        """
        configuration = kubernetes.Configuration()
        if kubeconfig is None:
            config.load_incluster_config(client_configuration=configuration)
        else:
            await config.load_kube_config(config_file=kubeconfig, client_configuration=configuration)
        return cls(configuration)

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def get(self, path: str, **query: str) -> Json:
        """Read one object, or one page of a list."""
        return await self._request("GET", path + ("?" + urlencode(query) if query else ""))

    async def pages(self, path: str) -> AsyncIterator[Json]:
        """List objects page by page, so that neither side holds all of them at once; yields items."""
        token = ""
        while True:
            page = await self.get(path, limit=str(_PAGE_SIZE), **({"continue": token} if token else {}))
            for item in page["items"]:
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
        try:
            method, url, headers, *_ = await self._api.param_serialize(
                method,
                path,
                header_params={"Accept": "application/json", **(headers or {})},
                auth_settings=["BearerToken"],
            )
            answer = await self._api.call_api(method, url, headers, body, _request_timeout=_TIMEOUT_SECONDS)
            text = await answer.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unavailable(what, type(error).__name__) from error
        if answer.status >= 400:  # noqa: PLR2004 -- HTTP's own border
            raise refusal(what, answer.status, _reason(text))
        decoded: Json = json.loads(text)
        return decoded


def _reason(text: bytes) -> str:
    """Return the message of the API server's Status object, bounded."""
    try:
        return str(json.loads(text)["message"])[:_MAX_REASON]
    except (ValueError, KeyError, TypeError):
        return "no reason given"
