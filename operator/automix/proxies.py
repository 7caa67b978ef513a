"""The environment's proxies, as the command line knows them: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."""

import urllib.request
from urllib.parse import urlsplit


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy that the environment names for a server, if it names one.

    It is asked once for each server. aiohttp, left to itself, asks for each request, in a thread of its own, and reads
    a netrc file as well, which has no say here: a sixth of the CPU of a create (aiohttp 3.14, trust_env).
    """
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.netloc):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
