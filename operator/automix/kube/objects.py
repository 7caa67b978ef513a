"""AutoMixes and app objects: listed, read and patched. A patch hits the object it was meant for, or nothing."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from automix.api.automix import AutoMix, AutoMixStatus, status_to_json
from automix.api.meta import API_VERSION, APP_FINALIZER, CLAIM_ANNOTATION, FINALIZER, ObjectMeta
from automix.api.zegoapp import ZegoApp, ZegoAppStatus
from automix.kube.client import METADATA, Json, JsonPatch, KubeClient
from automix.kube.crds import INSTALL_THEM, crd_of
from automix.kube.errors import Gone

_ROOT = f"/apis/{API_VERSION}"
PLURALS = {"AutoMix": "automixes", "ZegoApp": "zegoapps", "ClusterZegoApp": "clusterzegoapps"}
"""How the API server calls our kinds in paths and in the names of their definitions."""


class Objects:
    """The three kinds on the API server. All methods raise KubeError."""

    def __init__(self, client: KubeClient, namespaces: Sequence[str]) -> None:
        """`namespaces` to list in; empty for all of them."""
        self._client = client
        self._namespaces = namespaces

    @property
    def paths(self) -> list[str]:
        """The collections that are served."""
        return [path for kind in PLURALS for path in self._list_paths(kind)]

    def serves(self, kind: str) -> bool:
        """Whether objects of a kind are listed and watched: in named namespaces not those of the cluster."""
        return bool(self._list_paths(kind))

    async def every(self, kind: str) -> AsyncIterator[Json]:
        """Yield all objects of a kind in the namespaces that are served; raises Gone when the kind is not installed."""
        for path in self._list_paths(kind):
            try:
                async for item in self._client.pages(path):
                    yield {"kind": kind, **item}
            except Gone:
                missing = f"CustomResourceDefinition {crd_of(PLURALS[kind])}"
                raise Gone(missing, f"not found; {INSTALL_THEM}") from None

    async def is_there(self, kind: str, meta: ObjectMeta) -> bool:
        """Whether this very object exists, and not another one of its name."""
        try:
            found = await self._client.get(_path(kind, meta), accept=METADATA)
        except Gone:
            return False
        return bool(found["metadata"]["uid"] == meta.uid)

    async def read_mix(self, meta: ObjectMeta) -> AutoMix:
        """Read an AutoMix afresh; raises Gone also when another one took its name."""
        fresh = AutoMix.from_stored(await self._client.get(_path("AutoMix", meta)))
        if fresh.metadata.uid != meta.uid:
            raise Gone(f"GET AutoMix {meta.namespace}/{meta.name}", "it was deleted and created anew")
        return fresh

    async def claim(self, meta: ObjectMeta, annotation: str) -> AutoMix:
        """Put the finalizer and the claim on the very version that was planned for."""
        patch = [
            *_tests(meta, "uid", "resourceVersion"),
            *_added(meta.finalizers, "/metadata/finalizers", FINALIZER),
            *([] if meta.annotations else [_add("/metadata/annotations", {})]),
            _add("/metadata/annotations/" + CLAIM_ANNOTATION.replace("/", "~1"), annotation),
        ]
        return AutoMix.from_stored(await self._client.patch(_path("AutoMix", meta), patch))

    async def release(self, meta: ObjectMeta) -> None:
        """Take the finalizer off and leave everyone else's."""
        await self._client.patch(_path("AutoMix", meta), _without(FINALIZER, meta))

    async def write_mix_status(self, meta: ObjectMeta, status: AutoMixStatus) -> AutoMix:
        """Write the whole status and return the object."""
        patch = [*_tests(meta, "uid"), _add("/status", status_to_json(status))]
        return AutoMix.from_stored(await self._client.patch(_path("AutoMix", meta) + "/status", patch))

    async def write_app_status(self, app: ZegoApp, status: ZegoAppStatus) -> ZegoApp:
        """Write the whole status and return the object."""
        value = status.model_dump(mode="json", by_alias=True, exclude_none=True)
        patch = [*_tests(app.metadata, "uid"), _add("/status", value)]
        return _app(app, await self._client.patch(_path(app.kind, app.metadata) + "/status", patch))

    async def read_app(self, app: ZegoApp) -> ZegoApp:
        """Read an app object afresh; raises Gone also when another one took its name."""
        fresh = _app(app, await self._client.get(_path(app.kind, app.metadata)))
        if fresh.metadata.uid != app.metadata.uid:
            raise Gone(f"GET {'/'.join(app.key)}", "it was deleted and created anew")
        return fresh

    async def hold_app(self, app: ZegoApp) -> ZegoApp:
        """Put the finalizer on an app object that is in use, and return the object."""
        meta = app.metadata
        added = _added(meta.finalizers, "/metadata/finalizers", APP_FINALIZER)
        # The list that was seen as absent must still be: adding it would replace one that is there.
        patch = [*_tests(meta, "uid", "resourceVersion"), *added]
        return _app(app, await self._client.patch(_path(app.kind, meta), patch))

    async def let_app_go(self, app: ZegoApp) -> ZegoApp:
        """Take the finalizer off an app object that is in use no more, and return the object."""
        patch = _without(APP_FINALIZER, app.metadata)
        return _app(app, await self._client.patch(_path(app.kind, app.metadata), patch))

    def _list_paths(self, kind: str) -> list[str]:
        if kind == "ClusterZegoApp" or not self._namespaces:
            # Namespaced mode has no permission for what belongs to the cluster.
            return [] if kind == "ClusterZegoApp" and self._namespaces else [f"{_ROOT}/{PLURALS[kind]}"]
        return [f"{_ROOT}/namespaces/{namespace}/{PLURALS[kind]}" for namespace in self._namespaces]


def _path(kind: str, meta: ObjectMeta) -> str:
    where = f"/namespaces/{meta.namespace}" if meta.namespace else ""
    return f"{_ROOT}{where}/{PLURALS[kind]}/{meta.name}"


def _add(path: str, value: Any) -> Json:  # noqa: ANN401 -- JSON
    return {"op": "add", "path": path, "value": value}


def _tests(meta: ObjectMeta, *fields: str) -> JsonPatch:
    # A uid in a merge patch on /status is silently ignored; a test in a JSON patch is not.
    values = {"uid": meta.uid, "resourceVersion": meta.resource_version}
    return [{"op": "test", "path": f"/metadata/{field}", "value": values[field]} for field in fields]


def _without(finalizer: str, meta: ObjectMeta) -> JsonPatch:
    """Return the patch that takes one finalizer off and leaves everyone else's."""
    return [
        *_tests(meta, "uid"),
        {"op": "test", "path": "/metadata/finalizers", "value": list(meta.finalizers)},
        _add("/metadata/finalizers", [name for name in meta.finalizers if name != finalizer]),
    ]


def _app(app: ZegoApp, answer: Json) -> ZegoApp:
    return ZegoApp.from_stored({"kind": app.kind, **answer})


def _added(present: Sequence[str], path: str, name: str) -> JsonPatch:
    if name in present:
        return []
    return [_add(f"{path}/-", name)] if present else [_add(path, [name])]
