"""Which callbacks are to be delivered when, and what became of each. Told the time and the outcome; sends nothing."""

import heapq
import itertools
import random
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import SecretStr

from automix_devkit.simulator.callbacks import encode, signed
from automix_devkit.simulator.events import Event
from automix_devkit.simulator.faults import CallbackFault, Faults
from automix_devkit.simulator.settings import SimulatorSettings
from automix_devkit.simulator.wire import JsonObject, Wire

# ZEGO: Callback configuration page. That they are counted from the failure is inferred: the page counts from the last
# request, which may not have failed by then.
RETRY_SECONDS = (2, 4, 8, 16, 32)


class Outcome(StrEnum):
    """Name what became of a callback."""

    WAITING = "Waiting"
    UNDER_WAY = "UnderWay"
    DELIVERED = "Delivered"
    LOST = "Lost"
    NEVER_SENT = "NeverSent"


class CallbackState(Wire):
    """Show a callback: when its event happened, in Unix seconds, and how often it was tried."""

    time: float
    app_id: int
    event: str
    attempts: int
    outcome: Outcome
    fields: JsonObject


@dataclass(frozen=True)
class Receiver:
    """Hold where an app's callbacks go and what signs them."""

    app_id: int
    url: str = field(repr=False)
    secret: SecretStr


@dataclass(frozen=True)
class Delivery:
    """Hold one request that is to be made: POST the body to the URL."""

    number: int
    url: str = field(repr=False)
    content_type: str
    body: bytes = field(repr=False)


@dataclass
class _Message:
    """Hold a callback; due in Unix seconds, and the fields as they were signed last."""

    number: int
    receiver: Receiver
    event: Event
    happened: float
    due: float
    fields: JsonObject = field(repr=False)
    attempts: int = 0
    outcome: Outcome = Outcome.WAITING


class Outbox:
    """Keep the callbacks; those that are settled only as far as the log goes."""

    def __init__(self, settings: SimulatorSettings, numbers: Iterator[int]) -> None:
        self._settings = settings
        self._numbers = numbers
        self._places = itertools.count()
        # Not for secrecy: a nonce only has to differ, and runs have to repeat.
        self._dice = random.Random(0)  # noqa: S311
        self._waiting: list[tuple[float, int, _Message]] = []
        self._under_way: dict[int, _Message] = {}
        self._held_back: dict[int, list[_Message]] = {}
        self._log: deque[_Message] = deque(maxlen=settings.log_size)
        self.faults: Faults[CallbackFault] = Faults()

    @property
    def outcomes(self) -> dict[str, int]:
        """Count the callbacks of the log by outcome."""
        return dict(Counter(message.outcome.value for message in self._log))

    def shown(self) -> list[CallbackState]:
        """Show every callback of the log, without what signs it."""
        return [
            CallbackState(
                time=message.happened,
                app_id=message.receiver.app_id,
                event=message.event.name,
                attempts=message.attempts,
                outcome=message.outcome,
                fields=message.event.fields,
            )
            for message in self._log
        ]

    def put(self, event: Event, receivers: Iterable[Receiver], now: float) -> None:
        """Take in an event for each of its receivers."""
        for receiver in receivers:
            self._take_in(event, receiver, now)

    def due(self, now: float) -> list[Delivery]:
        """Return what is to be sent now; each has to be settled."""
        deliveries = []
        while self._waiting and self._waiting[0][0] <= now:
            message = heapq.heappop(self._waiting)[2]
            if message.attempts and self._settings.sign_retries_anew:
                message.fields = self._sign(message.event, message.receiver, now)
            message.attempts += 1
            message.outcome = Outcome.UNDER_WAY
            self._under_way[message.number] = message
            content_type, body = encode(message.fields, self._settings.callback_body, self._settings.callback_types)
            deliveries.append(Delivery(message.number, message.receiver.url, content_type, body))
        return deliveries

    def settle(self, delivery: Delivery, now: float, *, delivered: bool) -> None:
        """Note what became of a delivery; one that failed is repeated, or lost after the last time."""
        message = self._under_way.pop(delivery.number, None)
        if message is None:
            return
        if delivered:
            message.outcome = Outcome.DELIVERED
        elif message.attempts > len(RETRY_SECONDS):
            message.outcome = Outcome.LOST
        else:
            message.outcome = Outcome.WAITING
            message.due = now + RETRY_SECONDS[message.attempts - 1]
            self._queue(message)

    def _take_in(self, event: Event, receiver: Receiver, now: float) -> None:
        fault = self.faults.take(lambda fault: fault.matches(event.name, receiver.app_id))
        fields = self._sign(event, receiver, now)
        messages = [
            _Message(next(self._numbers), receiver, event, now, now + (fault.delay if fault else 0), fields)
            for _ in range(2 if fault and fault.doubled else 1)
        ]
        self._log.extend(messages)
        if fault and fault.lost:
            messages[0].outcome = Outcome.NEVER_SENT
        elif fault and fault.behind_next:
            self._held_back.setdefault(receiver.app_id, []).append(messages[0])
        else:
            for message in [*messages, *self._held_back.pop(receiver.app_id, [])]:
                message.due = max(message.due, messages[0].due)
                self._queue(message)

    def _queue(self, message: _Message) -> None:
        heapq.heappush(self._waiting, (message.due, next(self._places), message))

    def _sign(self, event: Event, receiver: Receiver, now: float) -> JsonObject:
        nonce = str(self._dice.randrange(10**18, 2**63))
        return signed(event, receiver.app_id, receiver.secret, timestamp=int(now), nonce=nonce)
