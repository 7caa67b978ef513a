"""Our finalizer on app objects: on those in use, so that each is there until its mixes are stopped."""

import logging
from collections.abc import Callable, Iterable

from automix.api.zegoapp import ZegoApp
from automix.engine.app import App
from automix.engine.cache import AppKey, MixKey
from automix.kube.crds import Crds
from automix.kube.errors import Conflict, Gone
from automix.kube.objects import PLURALS, Objects

log = logging.getLogger(__name__)

FAREWELL_SECONDS = 5.0
"""How often it is looked anew at an app that is being deleted while mixes use it."""


class Holds:
    """Who is held, and whether that is as it should be."""

    def __init__(
        self,
        objects: Objects,
        crds: Crds | None,
        users: Callable[[AppKey], Iterable[MixKey]],
        clock: Callable[[], float],
    ) -> None:
        """`crds` is None where they may not be read, `users` are the mixes of an app for which something may run."""
        self._objects = objects
        self._crds = crds
        self._users = users
        self._clock = clock

    def used(self, key: AppKey) -> bool:
        """Whether an app has mixes for which something may run."""
        return any(True for _ in self._users(key))

    def is_wrong(self, app: App) -> bool:
        """Whether the finalizer is to be put on or taken off; for an object that is gone, whether its use has ended."""
        used = self.used(app.object.key)
        if app.removed or app.held:
            return not used
        return used and not app.object.metadata.terminating

    async def keep(self, app: App, take: Callable[[App, ZegoApp], object]) -> bool:
        """Put the finalizer on an app in use, take it off one that need not be; return whether the object stays.

        `take` is given what is stored by then. Raises KubeError.
        """
        if not self.is_wrong(app):
            if not await self._leaves_its_mixes(app):
                return True
            log.warning("app let go: its kind is being deleted", extra={"app": "/".join(app.object.key)})
        objects = self._objects
        try:
            take(app, await (objects.let_app_go(app.object) if app.held else objects.hold_app(app.object)))
        except Conflict:
            take(app, await objects.read_app(app.object))
            raise
        except Gone:
            return False
        return app.held or not app.object.metadata.terminating

    async def _leaves_its_mixes(self, app: App) -> bool:
        """Whether an app in use is deleted with its kind while the kind of its mixes stays; raises KubeError.

        These are not on their way out, so that Kubernetes would wait for ever. Were they, they might still need it.
        """
        if self._crds is None or not (app.held and app.object.metadata.terminating):
            return False
        since = self._clock() - FAREWELL_SECONDS
        going, theirs = [await self._crds.terminating(PLURALS[kind], since) for kind in (app.object.kind, "AutoMix")]
        return going and not theirs
