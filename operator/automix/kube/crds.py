"""The CustomResourceDefinitions of our kinds: what is said when one is missing, and whether one is being deleted."""

import asyncio
import logging
from collections.abc import Callable

from automix.api.meta import GROUP
from automix.kube.client import METADATA, KubeClient
from automix.kube.errors import Forbidden, Gone

log = logging.getLogger(__name__)

_COLLECTION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
INSTALL_THEM = "install the CRDs (kubectl apply --server-side -f crds/, or crds.enabled in the chart)"


def crd_of(plural: str) -> str:
    """Return the name of the CustomResourceDefinition of one of our kinds."""
    return f"{plural}.{GROUP}"


class Crds:
    """Reads of each CustomResourceDefinition, as few as the questions allow."""

    def __init__(self, client: KubeClient, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._reading = asyncio.Lock()
        self._known: dict[str, tuple[float, bool]] = {}
        """By plural: when the last read began, and whether the definition was being deleted."""
        self._forbidden = False

    async def terminating(self, plural: str, since: float) -> bool:
        """Whether the definition is being deleted, or is gone, by a read that began after `since`, in clock seconds.

        Who asks while a read is under way that began in time shares it: any number of objects costs one read at a time.
        False without permission for it. Raises KubeError when the API server does not say.
        """
        async with self._reading:
            began, terminating = self._known.get(plural, (float("-inf"), False))
            if began <= since:
                began = self._clock()
                terminating = await self._read(plural)
                self._known[plural] = began, terminating
            return terminating

    async def _read(self, plural: str) -> bool:
        try:
            definition = await self._client.get(f"{_COLLECTION}/{crd_of(plural)}", accept=METADATA)
        except Gone:
            return True
        except Forbidden as error:
            if not self._forbidden:
                log.warning("a CRD that is being deleted will not be noticed", extra={"error": str(error)})
            self._forbidden = True
            return False
        return "deletionTimestamp" in definition["metadata"]
