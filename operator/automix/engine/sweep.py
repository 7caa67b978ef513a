"""The sweep: what the API server has forgotten to report as deleted is found by comparing with a list.

A watch that is listed anew, as after "410 Gone", tells what is there and not what vanished meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable

from automix.api.automix import AutoMix
from automix.engine.cache import MixCache
from automix.kube.errors import KubeError
from automix.kube.objects import Objects

log = logging.getLogger(__name__)

# Watches of several namespaces are listed anew at about the same time: one sweep is for all of them.
_SETTLING_SECONDS = 3.0


class Sweeper:
    """Sweeps the cache at an interval, and soon after it was asked to."""

    def __init__(self, cache: MixCache, objects: Objects, lose: Callable[[AutoMix], None], interval: float) -> None:
        """`lose` takes what has vanished; `interval` in seconds."""
        self._cache = cache
        self._objects = objects
        self._lose = lose
        self._interval = interval
        self._wanted = asyncio.Event()

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
            try:
                await self.sweep()
            except KubeError as error:
                log.warning("sweep failed; trying again", extra={"error": str(error)})
                self._wanted.set()
            except Exception:  # the border: a bug in here must not end the sweeps
                log.exception("sweep failed")

    async def sweep(self) -> None:
        """Compare once. Raises KubeError."""
        # What appears from here on is not judged by a list that is older.
        missing = {head.uid: key for key, head in self._cache.heads() if not head.vanished}
        async for uid in self._objects.every_uid("AutoMix"):
            missing.pop(uid, None)
        for uid, key in missing.items():
            gone = self._cache.get(key)
            if gone is None or gone.metadata.uid != uid or await self._objects.is_there(gone.metadata):
                continue
            known = self._cache.get(key)
            # Unless the watch has told it by now.
            if known is not None and known.metadata.uid == uid:
                log.warning("AutoMix vanished without notice", extra={"object": "/".join(key)})
                self._lose(known)
