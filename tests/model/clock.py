"""Clocks: the world's, which ZEGO and the API server have, and one of each operator's own, which may be off."""

from datetime import UTC, datetime

from automix.api.meta import rfc3339
from model.loop import VirtualLoop

_BASE = 1_760_000_000.0


class Clock:
    """Unix seconds: virtual time, ahead of the world's by `offset` seconds."""

    def __init__(self, loop: VirtualLoop, offset: float = 0.0) -> None:
        self._loop = loop
        self.offset = offset

    def __call__(self) -> float:
        """Return Unix seconds."""
        return _BASE + self._loop.time() + self.offset

    def text(self) -> str:
        """Return the time as Kubernetes writes it."""
        return rfc3339(datetime.fromtimestamp(self(), UTC))
