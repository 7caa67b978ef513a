"""The nouns of an exchange: request, environment, answer, response, and how a call can fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from automix_devkit.simulator.codes import Code
from automix_devkit.simulator.wire import JsonObject

When: TypeAlias = Literal["before", "after", "midway"]


class Environment(NamedTuple):
    """Name the production or the test environment of a project; they share nothing but the rooms."""

    app_id: int
    is_test: bool = False

    @property
    def prefix(self) -> str:
        """Return what every StreamId of the environment begins with. ZEGO: StartAutoMix page, IsTest."""
        return f"zegotest-{self.app_id}-" if self.is_test else ""

    def stream_id(self, published: str) -> str:
        """Return the StreamId under which the environment knows a stream of a room."""
        return published if published.startswith(self.prefix) else self.prefix + published


@dataclass(frozen=True)
class Request:
    """Carry one HTTP request; header names are lower case, the query is decoded pairs in their order."""

    method: str
    path: str
    # Not in repr: these carry the signature.
    query: list[tuple[str, str]] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def first(self, name: str) -> str:
        """Return the first value of a query parameter, empty when there is none."""
        return next((value for key, value in self.query if key == name), "")


@dataclass(frozen=True)
class Response:
    """Carry one HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """Hold what the envelope of a response says, without its RequestId."""

    code: int = Code.SUCCESS
    message: str = "success"
    data: JsonObject | None = None


class RefusedError(Exception):
    """Say that the simulated service answers a call with a Code other than 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{int(code)}: {message}")
        self.answer = Answer(code, message)


class LostError(Exception):
    """Say that the connection drops: before or after the call had its effect, or midway through the answer."""

    def __init__(self, when: When, response: Response) -> None:
        super().__init__(
            f"the connection is dropped {when} the effect" if when != "midway" else "the answer breaks off"
        )
        self.when = when
        self.response = response
