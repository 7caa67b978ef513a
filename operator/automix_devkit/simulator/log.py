"""What was called and what ought not to have been. Holds no signature, nonce or secret."""

from collections import Counter, deque
from enum import StrEnum

from automix_devkit.simulator.wire import JsonObject, Wire


class BreachKind(StrEnum):
    """Name what a well-behaved client never does."""

    OVER_THE_LIMIT = "over the limit"
    STALE_SEQUENCE = "stale sequence"
    IGNORED_CHANGE = "ignored change"
    TWO_MIXES_IN_A_ROOM = "two mixes in a room"
    USER_ID_SHARED = "user id shared by two tasks"
    ANOTHER_USER_ID = "another user id for a task"
    OUTPUT_SHARED = "output shared by two tasks"
    CALLS_AT_ONCE = "calls at once for one user id"
    NONCE_REUSED = "nonce used twice"
    UNKNOWN_FIELD = "unknown field"
    UNEXPECTED_PARAMETER = "unexpected parameter"


class Breach(Wire):
    """Record one thing a client ought not to have done; time in Unix seconds."""

    time: float
    kind: BreachKind
    detail: str


class LoggedCall(Wire):
    """Record one call: arrival in Unix seconds, parameters as read, and its Code.

    The code is that of the answer whether or not it arrived, None when the call got no further than a scripted fault.
    """

    time: float
    action: str
    app_id: int | None
    is_test: bool
    method: str
    parameters: JsonObject
    code: int | None


class Log:
    """Keep the last calls and breaches, and count all of them."""

    def __init__(self, size: int) -> None:
        self.calls: deque[LoggedCall] = deque(maxlen=size)
        self.breaches: deque[Breach] = deque(maxlen=size)
        self.calls_by_action: Counter[str] = Counter()
        self.breaches_by_kind: Counter[str] = Counter()

    def call(self, call: LoggedCall) -> None:
        """Note a call."""
        self.calls.append(call)
        self.calls_by_action[call.action] += 1

    def breach(self, now: float, kind: BreachKind, detail: str) -> None:
        """Note a breach."""
        self.breaches.append(Breach(time=now, kind=kind, detail=detail))
        self.breaches_by_kind[kind] += 1
