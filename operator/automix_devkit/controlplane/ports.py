"""Starts servers on free ports, although nobody can reserve one for another process."""

import socket
from collections.abc import Callable
from contextlib import ExitStack

from automix_devkit.controlplane.process import Process, ProcessFailed

ATTEMPTS = 5
PORT_TAKEN = "address already in use"


def start_on_port(port: int | None, make: Callable[[int], Process], stack: ExitStack) -> tuple[Process, int]:
    """Start what `make` returns for the port, or for a free one, and have it stopped when the stack ends.

    Returns the process and its port; raises ProcessFailed, for a port that was asked for at the first failure.
    """
    attempts = ATTEMPTS if port is None else 1
    while True:
        chosen = _free_port() if port is None else port
        process = make(chosen)
        stack.callback(process.stop)
        attempts -= 1
        try:
            process.start()
        except ProcessFailed:
            # Between asking for a free port and listening on it, someone else may have been faster.
            if attempts == 0 or PORT_TAKEN not in process.tail():
                raise
        else:
            return process, chosen


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
