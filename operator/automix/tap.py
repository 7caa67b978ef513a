"""The tap on a watch: what it reports goes from kopf's stream straight to the engine."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
from pydantic_core import from_json, to_json

Json = dict[str, Any]
See = Callable[[str, Json], None]
"""Told of each ADDED, MODIFIED and DELETED with the object; never waits and never raises."""

_OF_OBJECTS = frozenset({"ADDED", "MODIFIED", "DELETED"})


class Tap:
    """The content of a watch's answer, a line of JSON for each event, as aiohttp's StreamReader gives it.

    kopf is left what keeps a watch alive: bookmarks and errors; of each object it is told the version, as if by a
    bookmark, so that a watch that is made anew goes on from there.
    """

    def __init__(self, content: aiohttp.StreamReader, see: See) -> None:
        self._content = content
        self._see = see

    def __getattr__(self, name: str) -> object:
        return getattr(self._content, name)

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """Yield what is left for kopf as it comes."""
        rest = b""
        async for data in self._content.iter_chunked(size):
            *lines, rest = (rest + data).split(b"\n")
            left = b"".join(self._left_of(line) for line in lines if line)
            if left:
                yield left
        if rest:
            yield rest

    def _left_of(self, line: bytes) -> bytes:
        event = from_json(line)
        if event["type"] not in _OF_OBJECTS:
            return line + b"\n"
        body = event["object"]
        self._see(event["type"], body)
        version = {"resourceVersion": body["metadata"]["resourceVersion"]}
        return to_json({"type": "BOOKMARK", "object": {"metadata": version}}) + b"\n"
