"""The tap on a watch: what it reports goes from kopf's stream straight to the engine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import aiohttp
from pydantic_core import from_json, to_json

Json = dict[str, Any]
See = Callable[[str, Json], None]
"""Told of each ADDED, MODIFIED and DELETED with the object; never waits and never raises."""

# What comes within so little time is seen in one go: it finds in the CPU's caches what it needs, and kopf is told of
# one version for all of it, which is a tenth of the CPU of a create.
_TOGETHER_SECONDS = 0.02
_OF_OBJECTS = frozenset({"ADDED", "MODIFIED", "DELETED"})


class Tap:
    """The content of a watch's answer, a line of JSON for each event, as aiohttp's StreamReader gives it.

    kopf is left what keeps a watch alive: bookmarks and errors; of objects it is told the last version, as if by a
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
            left = b"".join(self._left_of(filter(None, lines)))
            if left:
                yield left
            await asyncio.sleep(_TOGETHER_SECONDS)
        if rest:
            yield rest

    def _left_of(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        version = ""
        for line in lines:
            event = from_json(line)
            if event["type"] in _OF_OBJECTS:
                self._see(event["type"], event["object"])
                version = event["object"]["metadata"]["resourceVersion"]
            else:
                yield _bookmark(version) + line + b"\n"
                version = ""
        yield _bookmark(version)


def _bookmark(version: str) -> bytes:
    """Return a bookmark as the API server sends it, or nothing where there is no version to tell of."""
    body = {"metadata": {"resourceVersion": version}}
    return to_json({"type": "BOOKMARK", "object": body}) + b"\n" if version else b""
