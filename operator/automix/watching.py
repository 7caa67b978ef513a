"""kopf at work: it keeps the watches with our credentials, tries again whatever may pass, and we note every request."""

import asyncio
import math
from collections.abc import Collection, Iterator
from typing import Any, TypeAlias

import aiohttp
import kopf

from automix.api.meta import API_VERSION
from automix.kube.client import KubeClient
from automix.kube.watches import CONNECT_SECONDS, LONGEST_BACKOFF_SECONDS, Watches, WatchTimes
from automix.tap import See, Tap

Task: TypeAlias = asyncio.Task[Any]

_NOBODY = "-"
"""A name that no object can have."""

_ULTIMATE_SECONDS = 40.0
"""When kopf kills the process after a failure of its own: later than all that is done at the end, were it to hang."""


class Backoffs:
    """The waits between tries of one request, in seconds, without end.

    kopf ends a watch, and with it the operator, when it has no further wait to make (kopf 1.45, clients/api.py).
    """

    def __iter__(self) -> Iterator[float]:
        """Yield 1, 2, 4, 8, 8 and so on."""
        seconds = 1.0
        while True:
            yield seconds
            seconds = min(seconds * 2, LONGEST_BACKOFF_SECONDS)


def kopf_settings(times: WatchTimes) -> kopf.OperatorSettings:
    """Return kopf's settings for watches that are given up after such times."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    # Our kinds and namespaces are known: kopf need not watch CRDs and namespaces, for which we have no permission.
    settings.scanning.disabled = True
    settings.watching.server_timeout = times.server
    settings.watching.client_timeout = times.client
    settings.watching.connect_timeout = CONNECT_SECONDS
    # It cancels whatever the watch's task is at, and a watch that was cancelled in the wrong place is not made anew.
    settings.watching.inactivity_timeout = math.inf
    settings.process.ultimate_exiting_timeout = _ULTIMATE_SECONDS
    settings.networking.request_timeout = times.client
    settings.networking.connect_timeout = CONNECT_SECONDS
    settings.networking.error_backoffs = Backoffs()
    return settings


async def watch(
    client: KubeClient,
    watches: Watches,
    see: See,
    settings: kopf.OperatorSettings,
    *,
    namespaces: tuple[str, ...],
    stop: asyncio.Event,
) -> asyncio.Task[None]:
    """Start kopf; the task that is returned ends when `stop` is set, or kopf fails. `see` is told what they report.

    At its end kopf cancels every task that was not there when this was called.
    """
    ours = asyncio.all_tasks()
    registry = _registry(clusterwide=not namespaces)
    _add_login(registry, client, watches, see)
    tasks = await kopf.spawn_tasks(
        registry=registry,
        settings=settings,
        standalone=True,
        clusterwide=not namespaces,
        namespaces=namespaces,
        stop_flag=stop,
    )
    return asyncio.create_task(run_to_the_end(tasks, ours))


async def run_to_the_end(tasks: Collection[Task], ours: Collection[Task]) -> None:
    """Run kopf's tasks until they end; raises what ended them.

    Others fail in its wake, as the session is closed under them, and kopf 1.45 raises any of the failures.
    """
    raised: Exception | None = None
    try:
        await kopf.run_tasks(tasks, ignored=ours)
    except Exception as error:  # noqa: BLE001 -- raised again, or what came before it
        raised = error
    finally:
        # Every one is asked, also when kopf hangs and is cancelled: asyncio reports what nobody asked for.
        failures = [task.exception() for task in tasks if task.done() and not task.cancelled()]
    if raised is not None:
        raise next(filter(None, failures), raised)


def _registry(*, clusterwide: bool) -> kopf.OperatorRegistry:
    """Return handlers that are never called, as the tap is before them: they tell kopf what to watch."""
    registry = kopf.OperatorRegistry()
    group, _, version = API_VERSION.partition("/")
    # Without permissions for the cluster, what is the cluster's cannot be watched.
    for plural in ("automixes", "zegoapps", *(("clusterzegoapps",) if clusterwide else ())):

        @kopf.on.event(group, version, plural, registry=registry)
        async def _of_objects(**_: object) -> None:
            raise AssertionError("an event got past the tap")

    return registry


def _add_login(registry: kopf.OperatorRegistry, client: KubeClient, watches: Watches, see: See) -> None:
    async def noted(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        _, group, rest = request.url.path.partition("/apis/")
        path = group + rest
        listing = "watch" not in request.url.query
        ours = watches.asked(path, listing=listing)
        if ours and listing:
            # kopf wants to know from where to watch. Of all objects it would take each into a task of its own, tens of
            # megabytes in all; the engine lists them after this, in pages. With a limit, kopf would ask for the rest.
            request.url = request.url.update_query(fieldSelector=f"metadata.name={_NOBODY}")
        try:
            answer = await handler(request)
        except BaseException:  # a timeout is a cancellation down here
            watches.unanswered(path)
            raise
        if watches.answered(path, answer.status):
            # kopf ends with one watch that is refused, and may hang over the others, or closes the session under them.
            # Whether a refusal lasts, and what that means, is for the one who guards the watches.
            answer.close()
            raise aiohttp.ClientConnectionError(f"HTTP {answer.status}")
        if ours and not listing:
            answer.content = Tap(answer.content, see)  # type: ignore[assignment]  # it has all that is asked for
        return answer

    @kopf.on.login(registry=registry, id="login")
    async def _login(**_: object) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(server=client.server, aiohttp_session=client.session(noted))
