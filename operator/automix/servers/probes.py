"""Probes and metrics: /livez while the event loop turns and work goes on, /readyz while what exists is seen, /metrics.

An API server that is away must not have the pod killed, which would mend nothing: that is /readyz's to say. A watch
that is over for good ends the process by itself.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

log = logging.getLogger(__name__)


@asynccontextmanager
async def serving(
    port: int, stuck: Callable[[], str], unready: Callable[[], str], registry: CollectorRegistry
) -> AsyncIterator[None]:
    """Serve on all addresses while the context lasts; port 0 serves nothing. Raises OSError if the port is taken.

    `stuck` and `unready` return why the operator is not alive or not ready, or nothing.
    """
    if port == 0:
        yield
        return

    async def livez(_: web.Request) -> web.Response:
        reason = stuck()
        if reason:
            # Whoever looks for why the pod was killed finds no answer of a probe.
            log.error("stuck", extra={"error": reason})
        return _said(reason)

    async def readyz(_: web.Request) -> web.Response:
        return _said(unready())

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()


def _said(reason: str) -> web.Response:
    return web.Response(status=503, text=reason) if reason else web.Response(text="ok")
