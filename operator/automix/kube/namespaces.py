"""Labels of namespaces, for the selectors of ClusterZegoApps."""

from automix.kube.client import KubeClient


class Namespaces:
    """The namespaces on the API server, one at a time: listing them all needs a permission more."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    async def labels(self, name: str) -> dict[str, str]:
        """Return the labels. Raises KubeError."""
        namespace = await self._client.get(f"/api/v1/namespaces/{name}")
        current: dict[str, str] = namespace["metadata"].get("labels", {})
        return current
