"""The aiohttp shell: ZEGO's API on /, the admin API beneath /admin/. Moves bytes, lets time pass, decides nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from automix_devkit.listening import address_of, listen, listen_no_more
from automix_devkit.simulator.admin import Admin
from automix_devkit.simulator.courier import deliver
from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.model import LostError, Request, Response

_SHUTDOWN_SECONDS = 0.1


@asynccontextmanager
async def serve(simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve the simulator while the block runs, and give its URL; port 0 takes a free one."""

    async def answer(request: web.Request) -> web.Response:
        return await _answer(simulator, request)

    app = web.Application()
    app.add_routes([*Admin(simulator).routes(), web.route("*", "/{path:.*}", answer)])
    # No access log: it would print signed URLs.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        listener = await listen(runner, host, port)
        bound_host, bound_port = address_of(listener)
        courier = asyncio.create_task(deliver(simulator, simulator.settings.callback_timeout_seconds))
        try:
            yield f"http://{bound_host}:{bound_port}"
        finally:
            courier.cancel()
            with suppress(asyncio.CancelledError):
                await courier
            await listen_no_more(listener)
    finally:
        await runner.cleanup()


async def _answer(simulator: Simulator, request: web.Request) -> web.Response:
    exchange = simulator.exchange(
        Request(
            method=request.method,
            path=request.path,
            query=list(request.query.items()),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
    )
    try:
        for pause in exchange:
            await asyncio.sleep(pause)
    except LostError as lost:
        if lost.when == "midway":
            await _begin_to_answer(request, lost.response)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    response = exchange.response
    return web.Response(status=response.status, headers=dict(response.headers), body=response.body)


async def _begin_to_answer(request: web.Request, response: Response) -> None:
    started = web.StreamResponse(status=response.status, headers=dict(response.headers))
    started.content_length = len(response.body)
    await started.prepare(request)
    await started.write(response.body[: len(response.body) // 2])
