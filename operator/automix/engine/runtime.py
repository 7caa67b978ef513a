"""The engine as a whole: what is seen goes into the cache and the queue, workers run passes."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError

from automix import zego
from automix.api.automix import AutoMix
from automix.api.meta import ObjectMeta
from automix.api.zegoapp import ZegoApp
from automix.core.schedule import Timing
from automix.engine.apps import Apps
from automix.engine.cache import AppKey, MixCache, MixKey, leaves_without_us
from automix.engine.canary import Canary
from automix.engine.course import Wiring
from automix.engine.gone import Gone
from automix.engine.orphans import Orphans
from automix.engine.queue import WorkQueue
from automix.engine.reconciler import Reconciler
from automix.engine.surroundings import Surroundings
from automix.engine.sweep import Sweeper
from automix.engine.tally import count_call
from automix.engine.workers import Workers, ended
from automix.kube.client import Json, KubeClient
from automix.kube.crds import Crds
from automix.kube.events import Events
from automix.kube.namespaces import Namespaces
from automix.kube.objects import Objects
from automix.kube.secrets import Secrets
from automix.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

_APP_WORKERS = 64

# Of the time to drain, where mixes of vanished objects wait for their turn.
_SHARE_OF_GHOSTS = 0.25
_STUCK_SECONDS = 300.0
"""How long no worker may take a key that is due: all are busy then, and each with a pass that does not end.

One that does has some eight requests, of which a busy API server may let each wait for 30 s. When that server is away,
a pass ends after 10 s; so does a call to ZEGO.
"""


@dataclass(frozen=True)
class EngineSettings:
    """What shapes the engine."""

    namespaces: tuple[str, ...]
    """Namespaces to serve; empty for all."""
    app_secret_namespace: str
    """Where the Secrets of ClusterZegoApps are."""
    instance: str
    """Name of this process in Events."""
    timing: Timing
    workers: int
    """How many objects are worked on at once; a call to ZEGO holds one of them."""
    drain_seconds: float
    sweep_seconds: float = 3600.0
    """How often the cache is compared with a list."""
    room_count_seconds: float = 30.0
    """How often the people of a room are counted for which a mix waits."""


class Engine:
    """One operator's moving parts. `see` takes what the watches report; it never waits and never raises."""

    def __init__(
        self,
        client: KubeClient,
        settings: EngineSettings,
        metrics: Metrics,
        clock: Callable[[], float],
        *,
        transport: zego.MakeTransport = zego.pooled_transport,
    ) -> None:
        """`clock` returns Unix seconds; `transport` makes what carries the calls of one client, for an endpoint."""
        self._settings = settings
        self._metrics = metrics
        self._objects = Objects(client, settings.namespaces)
        self._cache = MixCache()
        self._gone = Gone(clock)
        # Shut until it acts: what a process saw come and go while it waited, for weeks perhaps, is nobody's work.
        self._mixes = WorkQueue[MixKey](shut=True, has_its_turn=self._has_its_turn)
        self._due_apps: WorkQueue[AppKey] = WorkQueue(shut=True)
        # A Role in named namespaces cannot allow to read what belongs to the cluster.
        crds = None if settings.namespaces else Crds(client, clock)
        self._apps = Apps(
            Surroundings(
                objects=self._objects,
                secrets=Secrets(client),
                namespaces=Namespaces(client),
                crds=crds,
                namespace=settings.app_secret_namespace,
                clock=clock,
                wake_app=self._due_apps.add,
                wake_mix=self._mixes.add,
                wake_mixes_of=self._wake_mixes_of,
                users=self._cache.users,
                on_call=partial(count_call, metrics),
                transport=transport,
                room_count_seconds=settings.room_count_seconds,
            )
        )
        metrics.show_budgets(self._apps.budget_readings)
        events = Events(client, settings.instance)
        pod = ObjectMeta(name=settings.instance, namespace=settings.app_secret_namespace, uid="")
        self._reconciler = Reconciler(
            Wiring(
                cache=self._cache,
                gone=self._gone,
                apps=self._apps,
                objects=self._objects,
                events=events,
                metrics=metrics,
                clock=clock,
                timing=settings.timing,
                wake_mix=self._mixes.add,
                wake_app=self._due_apps.add,
                crds=crds,
                orphans=Orphans(events, metrics, pod, clock),
            )
        )
        self._sweeper = Sweeper(self._cache, self._gone, self._objects, self._apps, self, settings.sweep_seconds)
        self._sweeping: asyncio.Task[None] | None = None
        self._mix_canary = Canary[MixKey](self._mixes, ("", ""), self._reconciler.reconcile)
        self._app_canary = Canary[AppKey](self._due_apps, ("", "", ""), self._apps.reconcile)
        self._mix_workers = Workers(self._mixes, self._mix_canary.reconcile, settings.workers)
        self._app_workers = Workers(self._due_apps, self._app_canary.reconcile, _APP_WORKERS)
        self._acting = False
        self.ready = asyncio.Event()
        """Set when everything that exists was listed."""
        self.recorded = False
        """Whether it ended in order, and what is stored tells of every call that it made."""

    @property
    def paths(self) -> list[str]:
        """The collections that are to be watched."""
        return self._objects.paths

    @property
    def known(self) -> int:
        """How many AutoMixes are known."""
        return len(self._cache)

    def stuck(self) -> str:
        """Return what has come to a standstill; empty when nothing has. It is found out by asking again and again.

        Nobody is stuck who does not act, or who takes no more keys because the process is to end.
        """
        if not self._acting or self._reconciler.draining:
            return ""
        still = {"AutoMixes": self._mix_canary.still(), "apps": self._app_canary.still()}
        return "; ".join(
            f"for {seconds:.0f} s no worker has taken up any of the {what} that are due"
            for what, seconds in still.items()
            if seconds > _STUCK_SECONDS
        )

    async def start(self) -> None:
        """List what exists, and keep up with it; raises KubeError when that fails."""
        async for _ in self._sweeper.see_all():
            pass
        if self._settings.namespaces:
            log.info("named namespaces: a CRD that is being deleted is not noticed, and its mixes are stopped")
        log.info("listed", extra={"mixes": self.known, "apps": len(self._apps.keys)})
        self._app_workers.start()
        self._mix_workers.start()
        self._sweeping = asyncio.create_task(self._sweeper.run())
        self.ready.set()

    async def act(self, *, anew: bool, handed_over: bool = False) -> None:
        """Begin to work; list everything `anew` where another process acted until now.

        `handed_over` says that it ended in order, and recorded all that it did.
        """
        self._apps.begin()
        self._reconciler.takes_over(handed_over=handed_over)
        if anew:
            await self._sweeper.afresh()
        self._acting = True
        self._metrics.acting.set(1)
        self._look_at_all()

    def _look_at_all(self) -> None:
        """Make everything due that is known; what a person changed and nobody acted on comes before the crowd."""
        self._mixes.open()
        self._due_apps.open()
        for app in self._apps.keys:
            self._due_apps.add(app)
        for mix in self._cache.unobserved():
            self._mixes.add(mix)
        for mix, _ in self._cache.heads():
            self._mixes.add_in_bulk(mix)

    def drain(self) -> None:
        """Begin nothing any more, but the stops of vanished objects' mixes."""
        self.ready.clear()
        if self._sweeping is not None:
            self._sweeping.cancel()
        self._reconciler.draining = True

    async def stop(self, *, leads: bool = True) -> None:
        """End the passes under way, recording what was done, and close all connections.

        Who `leads` still stops the mixes of vanished objects.
        """
        self.drain()
        drained_by = asyncio.get_running_loop().time() + self._settings.drain_seconds
        if leads:
            await self._reconciler.stop_ghosts(self._settings.drain_seconds * _SHARE_OF_GHOSTS)
        left = drained_by - asyncio.get_running_loop().time()
        in_time = await ended(self._mix_workers.stop() | self._app_workers.stop(), left)
        self.recorded = in_time and self._reconciler.recorded
        await self._reconciler.give_up_ghosts()
        await self._apps.close()

    def see(self, event: str | None, body: Json) -> None:
        """Take note of an object; `event` is the watch's ADDED, MODIFIED, DELETED, or None for listed."""
        if body["kind"] == "AutoMix":
            self._see_mix(event, body)
        else:
            self._see_app(event, body)

    def _see_mix(self, event: str | None, body: Json) -> None:
        if not self._is_news(event, body):
            return
        try:
            mix = AutoMix.from_stored(body)
        except ValidationError as error:
            log.error("AutoMix not understood", extra={"object": _name(body), "error": _fields(error)})  # noqa: TRY400 -- the traceback would show the user's data
            return
        if event == "DELETED" or leaves_without_us(mix):
            self.lose(mix)
            return
        before = self._superseded(mix)
        anew = before is not None and before.metadata.uid != mix.metadata.uid
        if before is not None and anew:
            self.lose(before)  # nobody told us
        self._cache.see(mix)
        if event is None:
            self._mixes.add_in_bulk(mix.key)
        else:
            self._reconciler.reported(mix)
        if before is not None and not anew:
            self._reconciler.edited(before)

    def _is_news(self, event: str | None, body: Json) -> bool:
        """Whether an event tells of an AutoMix what is not known; most are echoes of our own patches."""
        meta = body["metadata"]
        if event == "DELETED":
            return True
        # Whoever was told first that it is gone: what the watch has to tell of before would bring it back.
        return meta["uid"] not in self._gone and self._cache.is_news(
            (meta["namespace"], meta["name"]), meta["resourceVersion"]
        )

    def _superseded(self, mix: AutoMix) -> AutoMix | None:
        """Return what is known under the name, where it is of another UID or may free what others want by its edit."""
        head = self._cache.head(mix.key)
        if head is None or (head.uid, head.generation) == (mix.metadata.uid, mix.metadata.generation):
            return None
        matters = head.uid != mix.metadata.uid or self._cache.shares(mix.key)
        return self._cache.get(mix.key) if matters else None

    def lose(self, mix: AutoMix) -> None:
        """Take note that an AutoMix is gone; `mix` is the last that was seen of it."""
        if self._acting:
            self._reconciler.vanished(mix)
            return
        # Who acts has stopped its mix, or will.
        self._gone.add(mix.metadata.uid)
        self._cache.remove(mix.key, mix.metadata.uid)

    def see_listing(self) -> None:
        """Take note that a watch begins anew: what happened before that is not reported."""
        self._sweeper.soon()

    def _see_app(self, event: str | None, body: Json) -> None:
        try:
            app = ZegoApp.from_stored(body)
        except ValidationError as error:
            log.error("app not understood", extra={"object": _name(body), "error": _fields(error)})  # noqa: TRY400 -- as above
            return
        if event == "DELETED":
            self._gone.add(app.metadata.uid)
            self._apps.lose(app)
        elif self._apps.see(app):
            self._due_apps.add(app.key)

    def _has_its_turn(self, key: MixKey) -> bool:
        return self._reconciler.looks.have_their_turn(key)

    def _wake_mixes_of(self, app: AppKey) -> None:
        for key in self._cache.of_app(app):
            self._mixes.add_in_bulk(key)


def _name(body: Json) -> str:
    meta = body.get("metadata", {})
    return f"{meta.get('namespace', '')}/{meta.get('name', '')}"


def _fields(error: ValidationError) -> str:
    """Return what is wrong without the values."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
