"""Runs everything on this machine and writes docs/benchmarks.md."""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from automix_devkit.controlplane import control_plane
from benchmarks.cluster import Cluster
from benchmarks.machine import children, free_port
from benchmarks.report import page
from benchmarks.scenarios import NAMESPACE, Bench, Result, existing, life
from benchmarks.subjects import Baseline, Operator, Subject
from benchmarks.waits import CROWD_NAMESPACE, Wait, behind

_REPOSITORY = Path(__file__).parents[1]
_BESIDE = 98
"""A rate so near to ZEGO's limit that the network's jitter may break it: reported, not recommended."""


def main() -> int:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000], help="how many objects")
    parser.add_argument("--rest", type=float, default=60.0, help="how many seconds everything is left alone")
    parser.add_argument("--page", type=Path, default=_REPOSITORY / "docs" / "benchmarks.md", help="where to write")
    asked = parser.parse_args()
    results: list[Result] = []
    waits: list[Wait] = []
    for size in asked.sizes:
        results += asyncio.run(_measure(Operator, size, asked.rest))
        results += asyncio.run(_measure(Baseline, size, asked.rest))
        results += asyncio.run(_measure_nearer(size))
        waits += [asyncio.run(_wait_behind(size, broken=broken)) for broken in (False, True)]
        asked.page.write_text(page(results, waits), encoding="utf-8")
    sys.stdout.write(asked.page.read_text(encoding="utf-8"))
    return 0


async def _measure(kind: type[Subject], size: int, rest: float) -> list[Result]:
    async with _bench(kind) as bench:
        return [*await life(bench, size, rest), *await existing(bench, size)]


async def _measure_nearer(size: int) -> list[Result]:
    async with _bench(partial(Operator, rate=_BESIDE)) as bench:
        return await existing(bench, size)


async def _wait_behind(size: int, *, broken: bool) -> Wait:
    async with _bench(Operator) as bench:
        if not isinstance(bench.subject, Operator):
            raise TypeError("what waits is the operator's")
        return await behind(bench, bench.subject, size, broken=broken)


@asynccontextmanager
async def _bench(kind: Callable[[Path, Path, str], Subject]) -> AsyncIterator[Bench]:
    """Yield a subject on a control plane and a ZEGO of its own."""
    with TemporaryDirectory(prefix="automix-bench-") as name, control_plane() as plane, _zego() as url:
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
def _zego() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.zego", str(port)], cwd=_REPOSITORY)  # noqa: S603 -- ours
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


if __name__ == "__main__":
    sys.exit(main())
