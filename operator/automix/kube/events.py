"""Kubernetes Events of our own, about AutoMixes."""

import logging
from datetime import UTC, datetime

from automix.api.meta import API_VERSION, ObjectMeta
from automix.core.announcements import Announcement
from automix.kube.client import KubeClient
from automix.kube.errors import KubeError

log = logging.getLogger(__name__)

_CONTROLLER = "automix-operator"
_MAX_NOTE_BYTES = 1024  # Kubernetes: events.k8s.io/v1, note


class Events:
    """Writes Events; one that cannot be written is logged and lost, as it never holds up a pass."""

    def __init__(self, client: KubeClient, instance: str) -> None:
        """`instance` names this process, as the Event's reportingInstance."""
        self._client = client
        self._instance = instance

    async def announce(self, kind: str, meta: ObjectMeta, announcement: Announcement, now: float) -> bool:
        """Write one Event about an object; `now` in Unix seconds by this machine's clock. Return whether it was."""
        when = datetime.fromtimestamp(now, UTC)
        namespace = meta.namespace or "default"
        body = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"generateName": f"{meta.name}-", "namespace": namespace},
            "eventTime": when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "type": announcement.type,
            "reason": announcement.reason,
            "action": announcement.action,
            "note": announcement.note.encode()[:_MAX_NOTE_BYTES].decode(errors="ignore"),
            "reportingController": _CONTROLLER,
            "reportingInstance": self._instance,
            "regarding": {
                "apiVersion": "v1" if kind == "Pod" else API_VERSION,
                "kind": kind,
                "namespace": meta.namespace,
                "name": meta.name,
                "uid": meta.uid,
                "resourceVersion": meta.resource_version,
            },
        }
        try:
            await self._client.create(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events", body)
        except KubeError as error:
            log.warning("event not written", extra={"object": f"{meta.namespace}/{meta.name}", "error": str(error)})
            return False
        return True
