"""The way to the API server goes through the environment's proxy, where there is one for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientError, web
from aiohttp.test_utils import TestServer
from kubernetes.aio.client import Configuration

from automix.kube.client import KubeClient
from automix.kube.errors import Unavailable
from support.environment import listening, set_proxies


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({}, "the API server", id="none is set"),
        pytest.param({"HTTPS_PROXY": "http://{proxy}"}, "the proxy", id="one for https"),
        pytest.param(
            {"HTTPS_PROXY": "http://{proxy}", "NO_PROXY": "127.0.0.1"}, "the API server", id="one that is not for it"
        ),
    ],
)
async def test_the_proxy_of_the_environment_is_used(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []
    async with listening("the API server", reached) as server, listening("the proxy", reached) as proxy:
        set_proxies(monkeypatch, {name: value.format(proxy=proxy) for name, value in environment.items()})
        async with _client(Configuration(host=f"https://{server}")) as client:
            with pytest.raises(Unavailable):
                await client.get("/version")

    assert set(reached) == {expected}


async def test_a_proxy_of_the_kubeconfig_comes_before_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[str] = []
    async with listening("the environment's", reached) as ours, listening("the kubeconfig's", reached) as its:
        set_proxies(monkeypatch, {"HTTPS_PROXY": f"http://{ours}"})
        async with _client(Configuration(host="https://api.test", proxy=f"http://{its}")) as client:
            with pytest.raises(Unavailable):
                await client.get("/version")

    assert set(reached) == {"the kubeconfig's"}


async def test_the_tls_server_name_of_the_kubeconfig_is_asked_for_also_by_the_watches() -> None:
    hellos: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hellos.append(await reader.read(4096))
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        address = "https://{}:{}".format(*server.sockets[0].getsockname())
        async with _client(Configuration(host=address, tls_server_name="kubernetes.test")) as client:
            with pytest.raises(Unavailable):
                await client.get("/version")
            async with client.session() as watches:
                with pytest.raises(ClientError):
                    await watches.get(f"{address}/version")

    assert len(hellos) >= 2
    assert all(b"kubernetes.test" in hello for hello in hellos)


@contextlib.asynccontextmanager
async def _client(configuration: Configuration) -> AsyncIterator[KubeClient]:
    client = KubeClient(configuration)
    try:
        yield client
    finally:
        await client.close()


async def test_who_may_not_write_asks_only_to_read() -> None:
    reached: list[str] = []
    async with listening("the API server", reached) as server:
        client = KubeClient(Configuration(host=f"http://{server}"), may_write=lambda: False)
        for write in (client.patch("/apis/x", []), client.create("/apis/x", {})):
            with pytest.raises(Unavailable, match="another process may act by now"):
                await write
        assert reached == []
        with pytest.raises(Unavailable):
            await client.get("/version")
        await client.close()

    assert set(reached) == {"the API server"}


async def test_a_long_list_comes_in_pages() -> None:
    asked: list[dict[str, str]] = []

    async def listed(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        begin = int(request.query.get("continue", "0"))
        end = min(begin + int(request.query["limit"]), 1201)
        more = {"continue": str(end)} if end < 1201 else {}
        return web.json_response({"metadata": more, "items": [{"number": number} for number in range(begin, end)]})

    application = web.Application()
    application.router.add_get("/apis/rooms", listed)
    async with (
        TestServer(application) as server,
        _client(Configuration(host=f"http://127.0.0.1:{server.port}")) as client,
    ):
        items = [item["number"] async for item in client.pages("/apis/rooms")]

    assert items == list(range(1201))
    assert asked == [{"limit": "500"}, {"limit": "500", "continue": "500"}, {"limit": "500", "continue": "1000"}]
