"""kopf's bindings: an event goes into the cache and its key into the queue, and nothing else happens here."""

import kopf

from automix.api.meta import API_VERSION
from automix.engine.runtime import Engine

_GROUP, _, _VERSION = API_VERSION.partition("/")


def registry(engine: Engine, *, clusterwide: bool) -> kopf.OperatorRegistry:
    """Return kopf's registry with our handlers; without permissions for the cluster, those of its apps are left out.

    They return None, as kopf would patch a value into the status, and never raise, as kopf does not retry events.
    """
    handlers = kopf.OperatorRegistry()

    def is_news(event: kopf.RawEvent, **_: object) -> bool:
        return engine.is_news(event["type"], dict(event["object"]))

    # An echo costs half as much where kopf is told before it calls the handler.
    @kopf.on.event(_GROUP, _VERSION, "automixes", registry=handlers, when=is_news)
    async def _mix(event: kopf.RawEvent, **_: object) -> None:
        engine.see_mix(event["type"], dict(event["object"]))

    @kopf.on.event(_GROUP, _VERSION, "zegoapps", registry=handlers)
    async def _app(event: kopf.RawEvent, **_: object) -> None:
        engine.see_app(event["type"], {"kind": "ZegoApp", **event["object"]})

    async def _cluster_app(event: kopf.RawEvent, **_: object) -> None:
        engine.see_app(event["type"], {"kind": "ClusterZegoApp", **event["object"]})

    if clusterwide:
        kopf.on.event(_GROUP, _VERSION, "clusterzegoapps", registry=handlers)(_cluster_app)
    return handlers
