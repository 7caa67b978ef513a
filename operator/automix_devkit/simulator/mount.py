"""The simulator behind httpx, without a socket. Translates, decides nothing."""

from urllib.parse import parse_qsl, unquote

import httpx

from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.model import LostError, Request, When

_ERRORS: dict[When, type[httpx.TransportError]] = {
    "before": httpx.ConnectError,
    "after": httpx.ReadError,
    "midway": httpx.RemoteProtocolError,
}


def mock_transport(simulator: Simulator) -> httpx.MockTransport:
    """Return a transport for an httpx client that ends in the simulator.

    Raises httpx.ConnectError for a connection lost before the effect, httpx.ReadError for an answer lost after it,
    httpx.RemoteProtocolError for one that breaks off, and httpx.ReadTimeout where scripted delays exceed the request's
    read time-out: the call has had its effect all the same. No time passes in it, and callbacks are not sent.
    """

    def answer(request: httpx.Request) -> httpx.Response:
        target: bytes = request.extensions.get("target", request.url.raw_path)  # as httpx's own transport has it
        path, _, query = target.decode().partition("?")
        exchange = simulator.exchange(
            Request(
                method=request.method,
                path=unquote(path),
                query=parse_qsl(query, keep_blank_values=True),
                headers=dict(request.headers),
                body=request.content,
            )
        )
        try:
            paused = sum(exchange)
        except LostError as lost:
            raise _ERRORS[lost.when]("connection dropped", request=request) from lost
        patience = request.extensions.get("timeout", {}).get("read")
        if patience is not None and paused > patience:
            raise httpx.ReadTimeout("no answer in time", request=request)
        response = exchange.response
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)

    return httpx.MockTransport(answer)
