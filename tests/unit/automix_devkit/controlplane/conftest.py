"""Processes that are shell scripts; a script says it is ready by making the file `ready`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from automix_devkit.controlplane.process import Process


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Callable[[str], Process]]:
    processes: list[Process] = []

    def make(script: str) -> Process:
        process = Process(
            "script",
            ["/bin/sh", "-c", script],
            directory=tmp_path,
            log=tmp_path / "script.log",
            ready=(tmp_path / "ready").exists,
        )
        processes.append(process)
        return process

    yield make
    for process in processes:
        process.stop(within=0)
