"""One moment to come: set again and again, it goes off at the earliest that it was set to."""

import asyncio
import math
from collections.abc import Callable


class Alarm:
    """A timer of the event loop that can be set anew. Moments are those of the loop's clock."""

    def __init__(self, ring: Callable[[], None]) -> None:
        """`ring` is called when the moment has come; it sets the alarm again if that was too early."""
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        self._moment = math.inf

    def set(self, moment: float) -> None:
        """Go off at this moment, or at an earlier one that it is set to already; at infinity not at all."""
        # An alarm that is put off time and again costs more than one that goes off too early.
        if self._timer is not None and self._moment <= moment < math.inf:
            return
        self.stop()
        if moment < math.inf:
            self._moment = moment
            self._timer = asyncio.get_running_loop().call_at(moment, self._go_off)

    def stop(self) -> None:
        """Do not go off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go_off(self) -> None:
        self._timer = None
        self._ring()
