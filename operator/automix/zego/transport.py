"""The last step to the wire: only here does a request get its signed query.

httpx logs the URL of every request and puts the request into its exceptions. It sees the unsigned one.
"""

import httpx

from automix.proxies import proxy_for
from automix.zego.connections import AiohttpTransport

SIGNED_QUERY = "automix.zego.signed_query"

Transport = httpx.AsyncBaseTransport
"""What carries requests, under its name outside of this package."""


class SigningTransport(httpx.AsyncBaseTransport):
    """Add the query parameters in the request's SIGNED_QUERY extension to its URL and pass it on."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the signed twin of the request."""
        extensions = dict(request.extensions)
        signed = httpx.Request(
            request.method,
            request.url.copy_merge_params(extensions.pop(SIGNED_QUERY)),
            headers=request.headers,
            stream=request.stream,
            extensions=extensions,
        )
        return await self._inner.handle_async_request(signed)

    async def aclose(self) -> None:
        """Close the inner transport and its connections."""
        await self._inner.aclose()


def pooled_transport(endpoint: httpx.URL) -> AiohttpTransport:
    """Return a transport with a connection pool, through the environment's proxy for the endpoint if there is one.

    httpx reads the proxy variables itself only where it is given no transport.
    """
    return AiohttpTransport(httpx.create_ssl_context(), proxy_for(str(endpoint)))
