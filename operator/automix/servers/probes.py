"""Probes and metrics: /livez while the event loop turns, /readyz while the operator sees what exists, /metrics.

An API server that is away must not have the pod killed, which would mend nothing: that is /readyz's to say.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest


@asynccontextmanager
async def serving(port: int, unready: Callable[[], str], registry: CollectorRegistry) -> AsyncIterator[None]:
    """Serve on all addresses while the context lasts; port 0 serves nothing. Raises OSError if the port is taken.

    `unready` returns why the operator is not ready, or nothing.
    """
    if port == 0:
        yield
        return

    async def livez(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(_: web.Request) -> web.Response:
        reason = unready()
        return web.Response(status=503, text=reason) if reason else web.Response(text="ok")

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
