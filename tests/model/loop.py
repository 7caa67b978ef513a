"""An event loop whose time stands still until it is told to pass; then a quarter of an hour takes milliseconds."""

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple, Unpack
from weakref import WeakSet

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Ready = list[tuple[selectors.SelectorKey, int]]

_SILENCE_SECONDS = 30.0


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs until nothing can happen any more but by time, or by somebody outside.

    `on_the_wire` counts the requests that a real server is about to answer: for these, and for nothing else, it waits
    in real time.
    """

    def __init__(self) -> None:
        self.on_the_wire = 0
        self._now = 0.0
        self._until = 0.0
        self._timers: WeakSet[asyncio.TimerHandle] = WeakSet()
        super().__init__(_Selector(self._nothing_to_do))

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._now

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back at a moment."""
        timer = super().call_at(when, callback, *args, context=context)
        self._timers.add(timer)
        return timer

    def start_over(self) -> None:
        """Put time back to 0 and forget all timers, so that what follows does not depend on what was."""
        for timer in tuple(self._timers):
            timer.cancel()
        self._now = self._until = 0.0

    def pass_time(self, seconds: float) -> None:
        """Let time pass, from timer to timer, until all that was due has been done."""
        self._until = self._now + seconds
        self.run_forever()

    def settle(self) -> None:
        """Let everything happen that needs no time."""
        self.pass_time(0)

    def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of what needs no time."""
        task = self.create_task(work)
        self.settle()
        return task.result()

    def _nothing_to_do(self, timeout: float | None, select: Callable[[float], Ready]) -> Ready:
        if self.on_the_wire:
            ready = select(_SILENCE_SECONDS)
            if not ready:
                raise TimeoutError(f"the API server said nothing for {_SILENCE_SECONDS:g} s")
            return ready
        if self._now >= self._until:
            self.stop()
        else:
            timer = math.inf if timeout is None else self._now + timeout
            # However short the time is: the timer must be due in the end.
            self._now = min(max(timer, math.nextafter(self._now, math.inf)), self._until)
        return select(0)


class _Selector(selectors.DefaultSelector):
    """Asks what to do in place of sleeping."""

    def __init__(self, nothing_to_do: Callable[[float | None, Callable[[float], Ready]], Ready]) -> None:
        super().__init__()
        self._nothing_to_do = nothing_to_do

    def select(self, timeout: float | None = None) -> Ready:
        # While anything can be done without it an answer waits: how fast it came must not decide who comes first.
        if timeout is not None and timeout <= 0:
            return []
        return self._nothing_to_do(timeout, super().select)
