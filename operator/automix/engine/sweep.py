"""The sweep: everything is listed, in pages. What is new or changed is seen, what is gone is noticed, Secrets are read.

Of what exists when a watch begins kopf tells next to nothing (see `watching`), of what vanished before that nothing.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Protocol

from automix.api.automix import AutoMix
from automix.engine.apps import Apps
from automix.engine.cache import MixCache, MixKey
from automix.engine.gone import Gone
from automix.kube.client import Json
from automix.kube.errors import KubeError
from automix.kube.objects import Objects

log = logging.getLogger(__name__)

# Watches of several namespaces begin at about the same time: one sweep is for all of them.
_SETTLING_SECONDS = 0.5
_AGAIN_SECONDS = 5.0


class Sight(Protocol):
    """Who sees what is listed; `event` is None for that."""

    def see(self, event: str | None, body: Json) -> None:
        """Take note of an object."""

    def lose(self, mix: AutoMix) -> None:
        """Take note that an AutoMix has vanished."""


class Sweeper:
    """Sweeps at an interval, and soon after it was asked to."""

    def __init__(
        self, cache: MixCache, gone: Gone, objects: Objects, apps: Apps, sight: Sight, interval: float
    ) -> None:
        """`interval` in seconds."""
        self._cache = cache
        self._gone = gone
        self._objects = objects
        self._apps = apps
        self._sight = sight
        self._interval = interval
        self._wanted = asyncio.Event()
        self._awaited: list[asyncio.Future[None]] = []
        """Of those who wait for a sweep that has not begun yet."""

    async def see_all(self) -> AsyncIterator[str]:
        """List everything; yields the UIDs. Raises KubeError.

        The apps come first: a mix whose app was not seen yet must not be told that it is missing.
        """
        begun = self._gone.moment
        for kind in ("ZegoApp", "ClusterZegoApp"):
            async for body in self._objects.every(kind):
                yield self._see(body, begun)
        async for body in self._objects.every("AutoMix"):
            yield self._see(body, begun)

    def _see(self, body: Json, begun: int) -> str:
        uid: str = body["metadata"]["uid"]
        if self._is_there(uid, begun):
            self._sight.see(None, body)
        return uid

    def _is_there(self, uid: str, begun: int) -> bool:
        """Whether what is listed is there: a page may be older than the word that an object is gone."""
        if self._gone.since(begun, uid):
            return False
        self._gone.discard(uid)
        return True

    def soon(self) -> None:
        """Ask for a sweep in a few seconds."""
        self._wanted.set()

    async def run(self) -> None:
        """Sweep until cancelled; a sweep that fails is made again."""
        while True:
            try:
                await asyncio.wait_for(self._wanted.wait(), self._interval)
                await asyncio.sleep(_SETTLING_SECONDS)
            except TimeoutError:
                pass
            self._wanted.clear()
            awaited, self._awaited = self._awaited, []
            try:
                await self._sweep_at_last()
            except Exception as error:  # the border: a bug in here must not end the sweeps
                log.exception("sweep failed")
                _tell(awaited, error)
            else:
                _tell(awaited)

    async def afresh(self) -> None:
        """Wait for a sweep that begins from now on: after a start it is the one that the watches ask for as well."""
        listed = asyncio.get_running_loop().create_future()
        self._awaited.append(listed)
        self.soon()
        await listed

    async def _sweep_at_last(self) -> None:
        """Sweep, until that succeeds."""
        while True:
            try:
                return await self.sweep()
            except KubeError as error:
                log.warning("sweep failed; trying again", extra={"error": str(error)})
                await asyncio.sleep(_AGAIN_SECONDS)

    async def sweep(self) -> None:
        """List everything, and compare. Raises KubeError."""
        # What appears from here on is not judged by a list that is older.
        missing = {head.uid: key for key, head in self._cache.heads() if not head.vanished}
        apps = {app.metadata.uid: app for app in self._apps.objects()}
        async for uid in self.see_all():
            missing.pop(uid, None)
            apps.pop(uid, None)
        for app in apps.values():
            if not await self._objects.is_there(app.kind, app.metadata):
                log.warning("app vanished without notice", extra={"app": "/".join(app.key)})
                self._gone.add(app.metadata.uid)
                self._apps.lose(app)
        await self._lose(missing)
        self._apps.review()

    async def _lose(self, missing: dict[str, MixKey]) -> None:
        for uid, key in missing.items():
            gone = self._cache.get(key)
            if gone is None or gone.metadata.uid != uid or await self._objects.is_there("AutoMix", gone.metadata):
                continue
            known = self._cache.get(key)
            # Unless the watch has told it by now.
            if known is not None and known.metadata.uid == uid:
                log.warning("AutoMix vanished without notice", extra={"object": "/".join(key)})
                self._sight.lose(known)


def _tell(awaited: list[asyncio.Future[None]], error: Exception | None = None) -> None:
    """Let those who wait know how the sweep ended, unless they have given up."""
    for listed in awaited:
        if listed.done():
            continue
        if error is not None:
            listed.set_exception(error)
        else:
            listed.set_result(None)
