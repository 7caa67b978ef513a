"""Mixes that were to be stopped and may run on all the same: nobody is left in the dark about one."""

import logging
from collections.abc import Callable

from automix.api.automix import AutoMix
from automix.api.meta import ObjectMeta
from automix.api.zegoapp import ZegoApp
from automix.core.announcements import Announcement
from automix.core.task import task_of
from automix.kube.events import Events
from automix.telemetry.metrics import Metrics

log = logging.getLogger(__name__)


class Orphans:
    """Tells of an orphan in the log, in a metric, and in an Event on its app, or else on the operator's pod."""

    def __init__(self, events: Events, metrics: Metrics, pod: ObjectMeta, clock: Callable[[], float]) -> None:
        """`clock` returns Unix seconds."""
        self._events = events
        self._metrics = metrics
        self._pod = pod
        self._clock = clock

    async def report(self, mix: AutoMix, why: str, app: ZegoApp | None) -> None:
        """Tell of one mix; never raises, as the object must not wait for that."""
        self.count(mix, why)
        await self.announce(mix, why, app)

    def count(self, mix: AutoMix, why: str) -> None:
        """Tell of one mix in the log and the metric."""
        task = task_of(mix.spec)
        names = {"task": task.task_id, "room": task.room_id, "user": task.user_id}
        log.error("mix orphaned", extra={"object": "/".join(mix.key), "why": why, **names})
        self._metrics.orphaned_mixes.inc()

    async def announce(self, mix: AutoMix, why: str, app: ZegoApp | None) -> None:
        """Tell of one mix in an Event."""
        task, meta = task_of(mix.spec), mix.metadata
        note = (
            f"The mix of AutoMix {meta.namespace}/{meta.name} may run on, and cost money: {why}. "
            f"Task {task.task_id}, room {task.room_id}, user {task.user_id}."
        )
        told = Announcement("Warning", "Orphaned", "Release", note)
        # None can be made in a namespace that is on its way out.
        if app is None or not await self._events.announce(app.kind, app.metadata, told, self._clock()):
            await self._events.announce("Pod", self._pod, told, self._clock())
