"""What connections take of memory."""

import asyncio
import tracemalloc
from asyncio.sslproto import SSLProtocol
from pathlib import Path

import pytest

from automix.kube.client import KubeClient
from automix.tls import spare_buffers
from support.cluster import Cluster

_CONNECTIONS = 16
_MOST_BYTES = 128 * 1024


async def test_a_connection_to_the_api_server_takes_a_tenth_of_a_megabyte(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SSLProtocol, "max_size", SSLProtocol.max_size)  # as it was, for the tests that come
    cluster.plane.write_kubeconfig(tmp_path / "kubeconfig")
    spare_buffers()
    client = await KubeClient.connect(str(tmp_path / "kubeconfig"))
    await client.get("/version")
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    await asyncio.gather(*(client.get("/version") for _ in range(_CONNECTIONS + 1)))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await client.close()
    assert (after - before) / _CONNECTIONS < _MOST_BYTES
