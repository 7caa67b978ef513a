"""Callbacks over real sockets: what arrives, and what counts as an answer."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from automix_devkit.simulator import SimulatorSettings, serve
from unit.automix_devkit.simulator.caller import APP_ID, ROOM, Caller

Answer = Callable[[], Awaitable[int]]


@asynccontextmanager
async def receiver(answer: Answer) -> AsyncIterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """Receive callbacks; gives the URL and what arrived, as Content-Type and fields."""
    arrived: list[tuple[str, dict[str, Any]]] = []

    async def receive(request: web.Request) -> web.Response:
        arrived.append((request.content_type, await request.json()))
        return web.Response(status=await answer(), headers={"Location": "/elsewhere"})

    async def welcome(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/zego", receive), web.get("/elsewhere", welcome)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/zego", arrived
    finally:
        await runner.cleanup()


async def until(url: str, attempts: int, outcome: str) -> None:
    """Ask the simulator until its one callback was tried so often, with this outcome."""
    async with aiohttp.ClientSession(url) as http, asyncio.timeout(10):
        while True:
            async with http.get("/admin/callbacks") as response:
                (seen,) = await response.json()
            if (seen["Attempts"], seen["Outcome"]) == (attempts, outcome):
                return


@pytest.mark.parametrize("status", [200, 204, 299])
async def test_a_callback_arrives_signed(status: int) -> None:
    async def accept() -> int:
        return status

    zego = Caller()
    async with receiver(accept) as (url, arrived), serve(zego.simulator) as served:
        zego.simulator.set_callbacks(APP_ID, url, "secret")
        zego.start(Sequence=5)
        await until(served, 1, "Delivered")
    ((content_type, fields),) = arrived
    assert content_type == "application/json"
    assert (fields["event"], fields["seq"], fields["appid"]) == ("mix_start", "5", str(APP_ID))
    text = "".join(sorted(["secret", fields["timestamp"], fields["nonce"]]))
    assert fields["signature"] == hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 -- ZEGO's choice


@pytest.mark.parametrize("status", [300, 302, 404, 500])
async def test_any_other_status_is_a_failure_and_is_repeated(status: int) -> None:
    statuses = [status, 200]

    async def refuse_once() -> int:
        return statuses.pop(0)

    zego = Caller()
    async with receiver(refuse_once) as (url, arrived), serve(zego.simulator) as served:
        zego.simulator.set_callbacks(APP_ID, url, "secret")
        zego.start()
        await until(served, 1, "Waiting")
        zego.clock.now += 2
        await until(served, 2, "Delivered")
    assert len(arrived) == 2
    assert arrived[0] == arrived[1]


async def test_no_answer_in_time_is_a_failure() -> None:
    forever = asyncio.Event()

    async def dawdle() -> int:
        await forever.wait()
        return 200

    zego = Caller(SimulatorSettings(callback_timeout_seconds=0.05))
    async with receiver(dawdle) as (url, arrived), serve(zego.simulator) as served:
        zego.simulator.set_callbacks(APP_ID, url, "secret")
        zego.start()
        await until(served, 1, "Waiting")
        forever.set()
    assert len(arrived) == 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://[/", "http://a..b/"],
    ids=["nobody listens", "no address", "no name"],
)
async def test_a_receiver_that_is_not_there_is_a_failure(url: str) -> None:
    zego = Caller()
    async with serve(zego.simulator) as served:
        zego.simulator.set_callbacks(APP_ID, url, "secret")
        zego.start()
        await until(served, 1, "Waiting")


async def test_an_idle_end_is_told_though_nobody_asks() -> None:
    async def accept() -> int:
        return 200

    zego = Caller()
    zego.start()
    zego.simulator.close_stream(ROOM, "mic")
    async with receiver(accept) as (url, arrived), serve(zego.simulator) as served:
        zego.simulator.set_callbacks(APP_ID, url, "secret")
        zego.clock.now += 90
        await until(served, 1, "Delivered")
    assert [fields["event"] for _, fields in arrived] == ["mix_stop"]
