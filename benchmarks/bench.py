"""A subject on a control plane and a ZEGO of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from automix_devkit.controlplane import control_plane
from benchmarks.cluster import Cluster
from benchmarks.machine import children, free_port
from benchmarks.scenarios import NAMESPACE, Bench
from benchmarks.subjects import REPOSITORY, Subject
from benchmarks.waits import CROWD_NAMESPACE


@asynccontextmanager
async def bench_of(kind: Callable[[Path, Path, str], Subject], on_the_way: float = 0.0) -> AsyncIterator[Bench]:
    """Yield a subject on a control plane and a ZEGO of its own, which is up to so many seconds away."""
    with TemporaryDirectory(prefix="automix-bench-") as name, control_plane() as plane, _zego(on_the_way) as url:
        folder = Path(name)
        plane.write_kubeconfig(folder / "kubeconfig")
        subject = kind(folder, folder / "kubeconfig", url)
        try:
            async with Cluster(plane) as cluster, aiohttp.ClientSession(url) as session:
                await _furnish(cluster, subject)
                yield Bench(subject, cluster, session, {"creator": os.getpid(), **children()})
        finally:
            subject.stop()


async def _furnish(cluster: Cluster, subject: Subject) -> None:
    for namespace in ("automix-system", NAMESPACE, CROWD_NAMESPACE):
        await cluster.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    for crd in subject.crds:
        await cluster.define(crd)
    await subject.prepare(cluster)


@contextmanager
def _zego(on_the_way: float) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.zego", str(port), str(on_the_way)]
    process = subprocess.Popen(command, cwd=REPOSITORY)  # noqa: S603 -- ours
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the stand-in for ZEGO does not listen")
