"""The composition root: builds everything, starts it, and stops it in reverse. The only reader of the clock."""

import asyncio
import logging
import os
import signal
from typing import Any

import kopf

from automix.clock import steady_clock
from automix.engine.runtime import Engine
from automix.handlers import registry
from automix.kube.client import KubeClient
from automix.servers.probes import serving
from automix.settings import Settings
from automix.telemetry.metrics import Metrics

log = logging.getLogger(__name__)


async def run(settings: Settings) -> None:
    """Run the operator until SIGINT or SIGTERM, in the main thread.

    A call to ZEGO that began before the signal ends, and its outcome is in the status before this returns.
    Raises KubeError when the first list fails, and OSError when the probes' port is taken.
    """
    asyncio.get_running_loop().set_exception_handler(on_loop_error)
    client = await KubeClient.connect(settings.kubeconfig)
    metrics = Metrics()
    engine = Engine(client, settings.engine(), metrics, steady_clock())
    try:
        async with serving(settings.probe_port, engine.ready.is_set, metrics.registry):
            await engine.start()
            watching = None
            try:
                watching = await _watch_until_stopped(engine, settings)
            finally:
                await engine.stop()
            await watching
    finally:
        await client.close()
    log.info("stopped")


def on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say in one line that a stream did not close when the loop ended, and all else as asyncio does.

    kopf's watches do that at times when they are stopped while an event is on its way (kopf 1.45, streaming_block).
    """
    if "asyncgen" in context:
        log.info("a watch did not close at the end", extra={"error": type(context.get("exception")).__name__})
    else:
        loop.default_exception_handler(context)


async def _watch_until_stopped(engine: Engine, settings: Settings) -> asyncio.Task[None]:
    """Let kopf feed the engine until a signal, or until kopf gives up; returns kopf's task, on its way out."""
    stop = asyncio.Event()
    # The engine's tasks are not kopf's to cancel: what exists before kopf starts is left alone.
    ours = asyncio.all_tasks()
    if settings.kubeconfig is not None:
        os.environ["KUBECONFIG"] = settings.kubeconfig
    tasks = await kopf.spawn_tasks(
        registry=_with_login(
            registry(engine, clusterwide=not settings.namespaces), in_cluster=settings.kubeconfig is None
        ),
        settings=_kopf_settings(),
        standalone=True,
        clusterwide=not settings.namespaces,
        namespaces=settings.namespaces,
        stop_flag=stop,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # In place of kopf's own, so that draining does not wait for kopf's farewell.
        loop.add_signal_handler(number, stop.set)
    log.info("watching", extra={"namespaces": ",".join(settings.namespaces) or "all"})
    watching = asyncio.create_task(kopf.run_tasks(tasks, ignored=ours))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((watching, stopping), return_when=asyncio.FIRST_COMPLETED)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)
    stopping.cancel()
    log.info("stopping")
    return watching


def _with_login(handlers: kopf.OperatorRegistry, *, in_cluster: bool) -> kopf.OperatorRegistry:
    login = kopf.login_with_service_account if in_cluster else kopf.login_with_kubeconfig
    kopf.on.login(registry=handlers, id="login", errors=kopf.ErrorsMode.PERMANENT)(login)
    return handlers


def _kopf_settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    # Our kinds and namespaces are known: kopf need not watch CRDs and namespaces, for which we have no permission.
    settings.scanning.disabled = True
    # A worker per object that lives on for seconds costs more memory than the objects.
    settings.queueing.idle_timeout = 0.5
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 330
    settings.watching.connect_timeout = 10
    return settings
