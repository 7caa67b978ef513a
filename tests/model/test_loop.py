"""A story that is told twice goes the same way twice, however fast the API server is."""

import socket

from model.loop import VirtualLoop


def test_an_answer_that_has_come_waits_until_nothing_else_can_be_done(loop: VirtualLoop) -> None:
    order: list[str] = []
    ours, servers = socket.socketpair()

    def read() -> None:
        order.append(ours.recv(1).decode())
        loop.on_the_wire -= 1

    def hop(left: int) -> None:
        order.append(str(left))
        if left:
            loop.call_soon(hop, left - 1)

    with ours, servers:
        loop.add_reader(ours, read)
        loop.on_the_wire += 1
        servers.send(b"a")
        loop.call_soon(hop, 3)
        loop.settle()
        loop.remove_reader(ours)

    assert order == ["3", "2", "1", "0", "a"]
