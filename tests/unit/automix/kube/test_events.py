"""Events of our own, as the API server gets them."""

import logging
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes.aio.client import Configuration

from automix.api.meta import ObjectMeta
from automix.core.announcements import Announcement
from automix.kube.client import KubeClient
from automix.kube.events import Events
from builders import NOW, an_automix

SAID = Announcement("Warning", "Orphaned", "StopAutoMix", "left running")


class Server:
    """What takes Events, and tells what came."""

    def __init__(self) -> None:
        self.status = 201
        self.came: list[tuple[str, dict[str, Any]]] = []

    async def take(self, request: web.Request) -> web.Response:
        """Take one Event, or refuse it."""
        self.came.append((request.path, await request.json()))
        return web.json_response({}, status=self.status)


async def _announced(server: Server, kind: str, meta: ObjectMeta, said: Announcement = SAID) -> bool:
    shell = web.Application()
    shell.router.add_post("/{path:.*}", server.take)
    async with TestServer(shell) as at:
        client = KubeClient(Configuration(host=str(at.make_url("")).rstrip("/")))
        try:
            return await Events(client, "pod-1").announce(kind, meta, said, NOW + 0.25)
        finally:
            await client.close()


async def test_an_event_about_a_mix_is_in_its_namespace_and_names_it() -> None:
    server = Server()
    assert await _announced(server, "AutoMix", an_automix().metadata)

    ((path, body),) = server.came
    assert path == "/apis/events.k8s.io/v1/namespaces/default/events"
    assert body["metadata"] == {"generateName": "mix-", "namespace": "default"}
    assert body["eventTime"] == "2025-10-09T08:53:20.250000Z"
    assert (body["type"], body["reason"], body["action"], body["note"]) == SAID
    assert (body["reportingController"], body["reportingInstance"]) == ("automix-operator", "pod-1")
    assert body["regarding"] == {
        "apiVersion": "automix.zego.im/v1alpha1",
        "kind": "AutoMix",
        "namespace": "default",
        "name": "mix",
        "uid": an_automix().metadata.uid,
        "resourceVersion": "1",
    }


async def test_an_event_about_the_operators_pod_is_of_kubernetes_own_version() -> None:
    server = Server()
    pod = ObjectMeta(name="operator-1", namespace="zego", uid="u", resource_version="")
    assert await _announced(server, "Pod", pod)

    ((path, body),) = server.came
    assert path == "/apis/events.k8s.io/v1/namespaces/zego/events"
    assert (body["regarding"]["apiVersion"], body["regarding"]["kind"]) == ("v1", "Pod")


async def test_an_event_about_an_object_of_the_cluster_is_in_the_default_namespace() -> None:
    server = Server()
    assert await _announced(server, "ClusterZegoApp", ObjectMeta(name="a", uid="u", resource_version="1"))

    ((path, body),) = server.came
    assert path == "/apis/events.k8s.io/v1/namespaces/default/events"
    assert body["regarding"]["namespace"] == ""


async def test_a_long_note_is_cut_between_two_characters() -> None:
    server = Server()
    assert await _announced(server, "AutoMix", an_automix().metadata, SAID._replace(note="é" * 600 + "x"))
    assert await _announced(server, "AutoMix", an_automix().metadata, SAID._replace(note="x" + "é" * 600))

    assert [body["note"] for _, body in server.came] == ["é" * 512, "x" + "é" * 511]


async def test_an_event_that_cannot_be_written_is_logged_and_lost(caplog: pytest.LogCaptureFixture) -> None:
    server = Server()
    server.status = 403
    with caplog.at_level(logging.WARNING):
        assert not await _announced(server, "AutoMix", an_automix().metadata)

    assert [record.getMessage() for record in caplog.records] == ["event not written"]
