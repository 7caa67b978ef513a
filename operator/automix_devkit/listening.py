"""Listening for aiohttp, and an end to it that loses no connection."""

import asyncio

from aiohttp import web

_STEPS_TO_CONNECT = 3
"""Turns of the loop from accepting a connection until aiohttp knows of it, and closes it with the others."""


async def listen(runner: web.AppRunner, host: str, port: int) -> asyncio.Server:
    """Listen for a runner that is set up; port 0 takes a free one. Raises OSError for one that is taken."""
    if runner.server is None:
        raise RuntimeError("the runner is not set up")
    return await asyncio.get_running_loop().create_server(runner.server, host, port)


def address_of(server: asyncio.Server) -> tuple[str, int]:
    """Return the host and the port of one that listens."""
    host, port, *_ = server.sockets[0].getsockname()
    return host, port


async def listen_no_more(server: asyncio.Server) -> None:
    """Close the sockets that listen; connections stay.

    Those that were just accepted are made first: asyncio 3.11 forgets them, open, when the server is closed meanwhile.
    """
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener.fileno())
    for _ in range(_STEPS_TO_CONNECT):
        await asyncio.sleep(0)
    server.close()
