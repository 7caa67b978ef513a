"""Starting servers on ports that somebody else may take first."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from automix_devkit.controlplane.ports import start_on_port
from automix_devkit.controlplane.process import Process, ProcessFailed

Shell = Callable[[str], Process]
RUNS = "touch ready; exec sleep 1000"
TAKEN = "echo 'bind: address already in use'; exit 1"


def test_another_free_port_is_tried_when_one_was_taken_meanwhile(shell: Shell) -> None:
    scripts = iter([TAKEN, TAKEN, RUNS])
    ports: list[int] = []

    def make(port: int) -> Process:
        ports.append(port)
        return shell(next(scripts))

    with ExitStack() as stack:
        process, port = start_on_port(None, make, stack)
        assert process.pid is not None
        assert port == ports[2]
    assert process.pid is None


@pytest.mark.parametrize(
    ("port", "script", "attempts"),
    [
        pytest.param(None, TAKEN, 5, id="a free port: five times"),
        pytest.param(6443, TAKEN, 1, id="the port that was asked for: once"),
        pytest.param(None, "exit 1", 1, id="any other failure: once"),
    ],
)
def test_how_often_a_start_is_tried(shell: Shell, port: int | None, script: str, attempts: int) -> None:
    ports: list[int] = []

    def make(port: int) -> Process:
        ports.append(port)
        return shell(script)

    with ExitStack() as stack, pytest.raises(ProcessFailed):
        start_on_port(port, make, stack)
    assert len(ports) == attempts
