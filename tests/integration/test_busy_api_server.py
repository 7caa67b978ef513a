"""An API server that is busy says when to ask again, and is asked then."""

import time
from pathlib import Path

import pytest

from automix.kube.client import KubeClient
from automix.kube.errors import Unavailable
from support.cluster import Cluster
from support.proxy import proxied_api_server


async def test_a_request_that_was_one_too_many_is_made_once_more_when_it_may(cluster: Cluster, tmp_path: Path) -> None:
    with proxied_api_server(cluster) as proxy:
        client = await KubeClient.connect(str(proxy.write_kubeconfig(tmp_path / "kubeconfig")))
        proxy.too_many(retry_after=2)
        began = time.monotonic()
        with pytest.raises(Unavailable, match="HTTP 429"):
            await client.get("/api")
        assert time.monotonic() - began >= 2
        assert len(proxy.calls) == 2
        await client.close()
