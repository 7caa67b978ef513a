"""Where ZEGO's server API listens, and which other addresses may stand in for it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import httpx


class Region(StrEnum):
    """Name a place ZEGO serves its API from; the one nearest to the caller's server is best."""

    UNIFIED = "Unified"
    SHANGHAI = "Shanghai"
    HONG_KONG = "HongKong"
    FRANKFURT = "Frankfurt"
    CALIFORNIA = "California"
    MUMBAI = "Mumbai"
    SINGAPORE = "Singapore"


# ZEGO: Calling APIs page, service addresses.
ENDPOINTS: Mapping[Region, str] = MappingProxyType(
    {
        Region.UNIFIED: "https://rtc-api.zego.im",
        Region.SHANGHAI: "https://rtc-api-sha.zego.im",
        Region.HONG_KONG: "https://rtc-api-hkg.zego.im",
        Region.FRANKFURT: "https://rtc-api-fra.zego.im",
        Region.CALIFORNIA: "https://rtc-api-lax.zego.im",
        Region.MUMBAI: "https://rtc-api-bom.zego.im",
        Region.SINGAPORE: "https://rtc-api-sgp.zego.im",
    }
)


class InvalidEndpoint(ValueError):
    """Report an endpoint that is no address of a server; the message does not repeat it, as it may hold a password."""


def parse_endpoint(endpoint: str) -> httpx.URL:
    """Return the endpoint as a URL, or raise InvalidEndpoint unless it is http(s)://host[:port][/path] and no more."""
    try:
        url = httpx.URL(endpoint)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        raise InvalidEndpoint(
            "endpoint: must be an http or https URL of a host, with an optional port and path and without "
            "user, query or fragment, such as https://rtc-api.zego.im"
        )
    return url
