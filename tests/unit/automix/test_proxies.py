"""Which proxy the environment names for a server."""

import pytest

from automix.proxies import proxy_for
from support.environment import set_proxies


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({}, None, id="none is set"),
        pytest.param({"HTTPS_PROXY": "http://proxy.test:3128"}, "http://proxy.test:3128", id="one for https"),
        pytest.param({"https_proxy": "http://proxy.test:3128"}, "http://proxy.test:3128", id="in small letters"),
        pytest.param({"HTTPS_PROXY": "proxy.test:3128"}, "http://proxy.test:3128", id="one without a scheme"),
        pytest.param({"ALL_PROXY": "http://proxy.test:3128"}, "http://proxy.test:3128", id="one for everything"),
        pytest.param({"HTTP_PROXY": "http://proxy.test:3128"}, None, id="one for another scheme"),
        pytest.param(
            {"HTTPS_PROXY": "http://proxy.test:3128", "NO_PROXY": "other,.zego.test"}, None, id="one not for this"
        ),
    ],
)
def test_the_environment_names_a_proxy_for_a_server(
    environment: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_proxies(monkeypatch, environment)

    assert proxy_for("https://api.zego.test:443/x") == expected
