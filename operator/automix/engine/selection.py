"""Which namespaces a ClusterZegoApp is for; labels change without a word, so that they are read again now and then."""

import asyncio

from automix.api.zegoapp import LabelSelector
from automix.core.selector import selects, selects_all
from automix.kube.errors import Gone
from automix.kube.namespaces import Namespaces

KEPT_SECONDS = 30.0
"""How long a namespace's labels are believed."""


class Selection:
    """The labels of the namespaces that use one app, as last read. Both methods raise KubeError."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._labels: dict[str, dict[str, str]] = {}
        self._read_at = float("-inf")

    async def includes(self, selector: LabelSelector, namespace: str) -> bool:
        """Whether the app is for a namespace."""
        if selects_all(selector):
            return True
        if namespace not in self._labels:
            self._labels[namespace] = await self._namespaces.labels(namespace)
        return selects(selector, self._labels[namespace])

    async def changed(self, selector: LabelSelector) -> bool:
        """Read all labels again if that is due; return whether a namespace is in or out that was not before."""
        now = asyncio.get_running_loop().time()
        if selects_all(selector) or now < self._read_at + KEPT_SECONDS:
            return False
        before = dict(self._labels)
        for namespace in before:
            await self._read(namespace)
        self._read_at = now
        return any(
            selects(selector, labels) != selects(selector, self._labels.get(namespace, {}))
            for namespace, labels in before.items()
        )

    async def _read(self, namespace: str) -> None:
        try:
            self._labels[namespace] = await self._namespaces.labels(namespace)
        except Gone:
            self._labels.pop(namespace, None)
