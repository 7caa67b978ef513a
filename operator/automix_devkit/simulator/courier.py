"""Post the simulator's callbacks while it is served. Moves bytes, decides nothing."""

import asyncio
from http import HTTPStatus

import aiohttp

from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.outbox import Delivery

# Idle mixes end without anybody asking, so that the simulator has to be asked.
_POLL_SECONDS = 0.02


async def deliver(simulator: Simulator, timeout_seconds: float) -> None:
    """Send what is due, at the same time, until cancelled."""
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    async with aiohttp.ClientSession(timeout=timeout) as http, asyncio.TaskGroup() as posts:
        while True:
            for delivery in simulator.callbacks_due():
                posts.create_task(_post(simulator, http, delivery))
            await asyncio.sleep(_POLL_SECONDS)


async def _post(simulator: Simulator, http: aiohttp.ClientSession, delivery: Delivery) -> None:
    headers = {"Content-Type": delivery.content_type}
    try:
        async with http.post(delivery.url, data=delivery.body, headers=headers, allow_redirects=False) as response:
            delivered = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
    except (aiohttp.ClientError, TimeoutError, ValueError):
        delivered = False
    simulator.callback_settled(delivery, delivered=delivered)
