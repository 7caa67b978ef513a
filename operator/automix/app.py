"""The composition root: builds everything, starts it, and stops it in reverse. The only reader of the clock."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import kopf

from automix import zego
from automix.clock import steady_clock
from automix.engine.runtime import Engine
from automix.garbage import collect_less
from automix.kube.client import KubeClient
from automix.kube.lease import Lease, LeaseTimes, NoLease, lease_path
from automix.kube.watches import Watches, WatchTimes
from automix.servers.probes import serving
from automix.settings import Settings
from automix.telemetry.metrics import Metrics
from automix.tls import spare_buffers
from automix.watching import kopf_settings, watch

log = logging.getLogger(__name__)

_LAST_NEWS_SECONDS = 0.1
"""How long what was reported by then may take to be read: longer than a tap waits for what is read together."""

_FAREWELL_SECONDS = 8.0
"""How long kopf may take to end: what hangs is cancelled after 5 s (kopf 1.45, run_tasks), and then has a while."""

_SCANNING = str(Path(kopf.__file__).with_name("_cogs") / "clients" / "scanning.py")


async def run(settings: Settings) -> None:
    """Run the operator until SIGINT or SIGTERM, in the main thread.

    A call to ZEGO that began before the signal ends, and its outcome is in the status before this returns.
    Raises KubeError when the first list fails, Blind when a watch is over for good, LeaseLost when another process may
    act, OSError when the probes' port is taken.
    """
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(on_loop_error)
    spare_buffers()
    clock, metrics = steady_clock(), Metrics()
    lease = await _lease(settings, clock)
    client = await KubeClient.connect(settings.kubeconfig, may_write=lambda: lease.held)
    engine = Engine(client, settings.engine(), metrics, clock, transport=zego.gated(lambda: lease.held))
    times = WatchTimes(settings.watch_silence_seconds)
    watches = Watches(engine.paths, times, loop.time, engine.see_listing)
    try:
        async with serving(settings.probe_port, engine.stuck, lambda: unready(engine, watches), metrics.registry):
            await engine.start()
            collect_less()
            await _watch_until_stopped(engine, client, watches, settings, lease)
    finally:
        await client.close()
        await lease.close()
    log.info("stopped")


async def _lease(settings: Settings, clock: Callable[[], float]) -> Lease | NoLease:
    """Return the Lease of the settings, over a connection of its own: it is renewed however busy the others are."""
    if not settings.lease_name:
        return NoLease()
    path = lease_path(settings.pod_namespace, settings.lease_name)
    client = await KubeClient.connect(settings.kubeconfig)
    return Lease(client, path, settings.instance, LeaseTimes(settings.lease_seconds), clock)


def unready(engine: Engine, watches: Watches) -> str:
    """Return why the operator is not ready; empty when it is."""
    if not engine.ready.is_set():
        return "not everything was listed yet"
    return "" if watches.hear else "the API server does not answer the watches"


def on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say in one line, for who debugs, that a watch did not end well, and all else as asyncio does."""
    if _is_of_a_watch(context):
        log.debug("a watch did not close at the end", extra={"error": type(context.get("exception")).__name__})
    else:
        loop.default_exception_handler(context)


def _is_of_a_watch(context: dict[str, Any]) -> bool:
    """Whether kopf 1.45 left it behind when it was stopped.

    That is a stream with an event on its way (streaming_block), a callback of a request for a watch (api.stream), a
    request of the scan that comes before the watches (scanning), or, when one watch has ended all, the task of another.
    """
    future = context.get("future")
    return (
        "asyncgen" in context
        or "request_cancel_callback" in context.get("message", "")
        or (isinstance(future, asyncio.Task) and (future.get_name().startswith("watcher for ") or _scans(future)))
    )


def _scans(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename == _SCANNING


async def _lead(engine: Engine, lease: Lease | NoLease) -> None:
    """Act from when the Lease is ours; raises LeaseLost when it is not any more.

    It is renewed from its first moment: to list all there is may take longer than it lasts. In this very task, as kopf,
    on its way out, cancels those that began after its own.
    """
    await lease.acquire()
    leading = asyncio.current_task()
    acting = asyncio.create_task(engine.act(anew=lease.shared, handed_over=lease.handed_over))
    acting.add_done_callback(lambda ended: leading.cancel() if leading is not None and _failed(ended) else None)
    try:
        await lease.keep()
    except asyncio.CancelledError:
        if _failed(acting):
            acting.result()
        raise
    finally:
        acting.cancel()


def _failed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None


async def _watch_until_stopped(
    engine: Engine, client: KubeClient, watches: Watches, settings: Settings, lease: Lease | NoLease
) -> None:
    """Let kopf feed the engine until a signal; raises Blind when a watch is over, LeaseLost when the Lease is."""
    told, stop = asyncio.Event(), asyncio.Event()
    leading = asyncio.create_task(_lead(engine, lease))
    stopping = asyncio.create_task(told.wait())
    guarding = asyncio.create_task(watches.guard())
    try:
        watching = await watch(
            client,
            watches,
            engine.see,
            kopf_settings(WatchTimes(settings.watch_silence_seconds)),
            namespaces=settings.namespaces,
            stop=stop,
        )
        log.info("watching", extra={"namespaces": ",".join(settings.namespaces) or "all"})
        with _stopped_by_signals(told):
            await asyncio.wait((watching, stopping, guarding, leading), return_when=asyncio.FIRST_COMPLETED)
        blind = None if told.is_set() else _why((leading, guarding), watching, watches)
        log.log(logging.ERROR if blind else logging.INFO, "stopping", extra={"error": blind} if blind else {})
        engine.drain()
        if blind is None:
            # What vanished a moment ago is still seen: the next process cannot know that it ever was.
            await asyncio.sleep(_LAST_NEWS_SECONDS)
        stop.set()
    finally:
        guarding.cancel()
        stopping.cancel()
        await engine.stop(leads=not leading.done())
        leading.cancel()  # not before: what was done is recorded by whoever holds the Lease
        await asyncio.wait((leading,))
        if engine.recorded:
            await lease.release()  # before kopf's farewell, which takes as long as there are connections to the probes
    farewell = asyncio.gather(watching, guarding, leading, return_exceptions=True)
    # After a failure of its own, kopf 1.45 may wait for ever for a watch that took no notice of its cancellation.
    await asyncio.wait((farewell,), timeout=_FAREWELL_SECONDS)
    if blind is not None:
        raise blind


def _why(guards: Iterable[asyncio.Task[None]], watching: asyncio.Task[None], watches: Watches) -> BaseException:
    """Return what is the matter when one of them has ended."""
    found = (guard.exception() for guard in guards if guard.done() and not guard.cancelled())
    return next(filter(None, found), None) or watches.given_up(watching.exception())


@contextmanager
def _stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """Have SIGINT and SIGTERM set the event, in place of kopf's handlers: draining must not wait for its farewell."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
