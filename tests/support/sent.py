"""Where a request of httpx's is sent: our client has the query beside the URL, in httpx's extension "target"."""

import httpx


def url_of(request: httpx.Request) -> httpx.URL:
    """Return the whole URL, as it arrives."""
    return request.url.copy_with(raw_path=request.extensions.get("target", request.url.raw_path))


def query_of(request: httpx.Request) -> httpx.QueryParams:
    """Return the query, as it arrives."""
    return url_of(request).params
