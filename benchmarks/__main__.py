"""Runs everything on this machine and writes docs/benchmarks.md."""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from automix_devkit.controlplane import control_plane
from benchmarks.cluster import Cluster
from benchmarks.machine import children
from benchmarks.report import page
from benchmarks.scenarios import NAMESPACE, Bench, Result, existing, life
from benchmarks.subjects import Baseline, Operator, Subject

_REPOSITORY = Path(__file__).parents[1]
_SUBJECTS: tuple[type[Subject], ...] = (Operator, Baseline)


def main() -> int:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000], help="how many objects")
    parser.add_argument("--no-page", action="store_true", help="leave docs/benchmarks.md as it is")
    asked = parser.parse_args()
    results: list[Result] = []
    for size in asked.sizes:
        for subject in _SUBJECTS:
            results += asyncio.run(_measure(subject, size))
    text = page(results)
    sys.stdout.write(text)
    if not asked.no_page:
        (_REPOSITORY / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    return 0


async def _measure(kind: type[Subject], size: int) -> list[Result]:
    """Measure one subject on a control plane and a ZEGO of its own."""
    with TemporaryDirectory(prefix="automix-bench-") as name, control_plane() as plane, _zego() as url:
        folder = Path(name)
        plane.write_kubeconfig(folder / "kubeconfig")
        subject = kind(folder, folder / "kubeconfig", url)
        try:
            async with Cluster(plane) as cluster, aiohttp.ClientSession(url) as session:
                await _furnish(cluster, subject)
                bench = Bench(subject, cluster, session, {"creator": os.getpid(), **children()})
                return [*await life(bench, size), *await existing(bench, size)]
        finally:
            subject.stop()


async def _furnish(cluster: Cluster, subject: Subject) -> None:
    for namespace in ("automix-system", NAMESPACE):
        await cluster.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    for crd in subject.crds:
        await cluster.define(crd)
    await subject.prepare(cluster)


@contextmanager
def _zego() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
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
