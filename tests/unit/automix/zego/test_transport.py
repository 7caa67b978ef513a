"""The environment's proxy is used where it is meant for the endpoint."""

import httpx
import pytest

from automix.zego.transport import pooled_transport

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


async def _reached(endpoint: str) -> str:
    """Return the host a connection is tried to, as the trace of httpcore tells it."""
    hosts: list[str] = []

    async def trace(event: str, info: dict[str, object]) -> None:
        if event == "connection.connect_tcp.started":
            hosts.append(str(info["host"]))
            raise httpx.ConnectError("this is far enough")

    request = httpx.Request("GET", endpoint, extensions={"trace": trace})
    async with pooled_transport(request.url) as transport:
        with pytest.raises(httpx.ConnectError):
            await transport.handle_async_request(request)
    return hosts[0]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        pytest.param({}, "zego.test", id="none is set"),
        pytest.param({"HTTPS_PROXY": "http://proxy.test:3128"}, "proxy.test", id="one for https"),
        pytest.param({"HTTPS_PROXY": "proxy.test:3128"}, "proxy.test", id="one without a scheme"),
        pytest.param({"ALL_PROXY": "http://proxy.test:3128"}, "proxy.test", id="one for everything"),
        pytest.param({"HTTP_PROXY": "http://proxy.test:3128"}, "zego.test", id="one for another scheme"),
        pytest.param(
            {"HTTPS_PROXY": "http://proxy.test:3128", "NO_PROXY": "other,.zego.test"},
            "zego.test",
            id="one not for this",
        ),
    ],
)
async def test_the_proxy_of_the_environment_is_used(
    environment: dict[str, str], host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert await _reached("https://zego.test") == host
