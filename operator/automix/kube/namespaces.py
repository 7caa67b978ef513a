"""Labels of namespaces, for the selectors of ClusterZegoApps."""

from collections.abc import Callable

from automix.kube.client import KubeClient

_KEPT_SECONDS = 30.0


class Namespaces:
    """Reads a namespace's labels when they are asked for, and keeps them for half a minute."""

    def __init__(self, client: KubeClient, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[str, tuple[float, dict[str, str]]] = {}

    async def labels(self, name: str) -> dict[str, str]:
        """Return the labels. Raises KubeError."""
        read_at, labels = self._known.get(name, (0.0, {}))
        if self._clock() - read_at < _KEPT_SECONDS:
            return labels
        namespace = await self._client.get(f"/api/v1/namespaces/{name}")
        current: dict[str, str] = namespace["metadata"].get("labels", {})
        self._known[name] = self._clock(), current
        return current
