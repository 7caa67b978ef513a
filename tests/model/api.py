"""The way to the real API server: one request at a time, and what is decided there by chance and by its clock renamed.

So a story that is told twice goes the same way twice: UIDs are names with numbers, and objects are as old as the
virtual clock says.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from kubernetes.aio import client as kubernetes

from automix.api.meta import API_VERSION
from automix.kube.client import Json, JsonPatch, KubeClient
from model.loop import VirtualLoop

Key = tuple[str, str, str]
"""Kind, namespace and name."""
Changed = Callable[[str, Json], None]
"""What is told of every change: the watch's word for it, and the object."""

ROOT = f"/apis/{API_VERSION}"
MERGE = {"Content-Type": "application/merge-patch+json"}
_KINDS = {"automixes": "AutoMix", "zegoapps": "ZegoApp"}


class Api(KubeClient):
    """One connection for everybody, and all objects as they are stored: nobody else writes."""

    # In virtual time a connection would be idle for too long between any two requests.
    idle_seconds = 1e9

    def __init__(self, configuration: kubernetes.Configuration) -> None:
        super().__init__(configuration)
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualLoop):
            raise TypeError("requests are counted by a virtual loop")
        self._loop = loop
        self._one_at_a_time = asyncio.Lock()
        self.requests = 0
        self.begin(lambda *_: None, lambda: "")

    def begin(self, changed: Changed, now: Callable[[], str]) -> None:
        """Forget everything; `now` is the time as Kubernetes writes it."""
        self.stored: dict[Key, Json] = {}
        self._changed = changed
        self._now = now
        self._names: dict[str, str] = {}
        self._uids: dict[str, str] = {}
        self._moments: dict[tuple[str, str], str] = {}

    async def send(
        self, method: str, path: str, body: Json | JsonPatch | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """Send a request and return the answer as the virtual world sees it. Raises KubeError."""
        return await self._request(method, path, body, headers)

    async def _request(
        self, method: str, path: str, body: Json | JsonPatch | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        async with self._one_at_a_time:
            self._loop.on_the_wire += 1
            self.requests += 1
            try:
                answer = await super()._request(method, path, self._outward(body), headers)
            finally:
                self._loop.on_the_wire -= 1
        kind = kind_of(path)
        if kind is None:
            return answer
        if "items" in answer:
            return {**answer, "items": [self._seen(kind, item) for item in answer["items"] or ()]}
        return self._seen(kind, answer) if method == "GET" else self._written(kind, path, answer)

    def _outward(self, body: Json | JsonPatch | None) -> Json | JsonPatch | None:
        """Put the true UID into a patch's test."""
        if not isinstance(body, list):
            return body
        return [{**op, "value": self._uids[op["value"]]} if op["path"] == "/metadata/uid" else op for op in body]

    def _seen(self, kind: str, answer: Json) -> Json:
        """Return the object with its UID and its times renamed."""
        meta: Json = answer["metadata"]
        true_uid = meta["uid"]
        if true_uid not in self._names:
            self._names[true_uid] = f"{meta['namespace']}-{meta['name']}-{len(self._names)}"
            self._uids[self._names[true_uid]] = true_uid
        moments = {
            name: self._moments.setdefault((true_uid, name), self._now())
            for name in ("creationTimestamp", "deletionTimestamp")
            if name in meta
        }
        kept = {name: value for name, value in meta.items() if name != "managedFields"}
        return {**answer, "kind": kind, "metadata": {**kept, **moments, "uid": self._names[true_uid]}}

    def _written(self, kind: str, path: str, answer: Json) -> Json:
        if answer.get("kind") == "Status":
            self._deleted((kind, *place_of(path)))
            return answer
        seen = self._seen(kind, answer)
        meta, known = seen["metadata"], self.stored.get(key_of(seen))
        if "deletionTimestamp" in meta and not meta.get("finalizers"):
            self._deleted(key_of(seen))
        elif known is None or known["metadata"]["uid"] != meta["uid"]:
            self._note("ADDED", seen)
        elif known["metadata"]["resourceVersion"] != meta["resourceVersion"]:
            self._note("MODIFIED", seen)
        return seen

    def _deleted(self, key: Key) -> None:
        """Report what was last stored, as the API server does, whatever the request that ended it left out."""
        gone = self.stored[key]
        meta = {**gone["metadata"], "resourceVersion": str(int(gone["metadata"]["resourceVersion"]) + 1)}
        self._note("DELETED", {**gone, "metadata": meta})

    def _note(self, event: str, body: Json) -> None:
        if event == "DELETED":
            del self.stored[key_of(body)]
        else:
            self.stored[key_of(body)] = body
        self._changed(event, body)


def key_of(body: Json) -> Key:
    """Return an object's key."""
    return body["kind"], body["metadata"]["namespace"], body["metadata"]["name"]


def kind_of(path: str) -> str | None:
    """Return the kind of ours that a path is about, if it is about one."""
    parts = path.partition("?")[0].split("/")
    return next((_KINDS[part] for part in parts if part in _KINDS), None)


def place_of(path: str) -> tuple[str, str]:
    """Return the namespace and the name in an object's path."""
    parts: list[Any] = path.partition("?")[0].split("/")
    return parts[parts.index("namespaces") + 1], parts[parts.index("namespaces") + 3]
