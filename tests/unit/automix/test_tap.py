"""The tap on a watch."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from automix.tap import Json, Tap

pytestmark = pytest.mark.looptime


class Content:
    """What the API server sends, in pieces; those that came since it was last asked are one."""

    def __init__(self, *pieces: bytes, seconds: float = 1.0) -> None:
        self._pieces = pieces
        self._seconds = seconds
        """Between a piece and the next."""
        self.failed = "what aiohttp asks for"

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """Yield the pieces."""
        assert size == 1000
        begun, told = asyncio.get_running_loop().time(), 0
        while told < len(self._pieces):
            come = int((asyncio.get_running_loop().time() - begun) / self._seconds) + 1
            if told < come:
                yield b"".join(self._pieces[told:come])
                told = come
            else:
                await asyncio.sleep(begun + told * self._seconds - asyncio.get_running_loop().time())


def event(kind: str, name: str, version: str) -> bytes:
    """Return a line of a watch."""
    body = {"kind": "AutoMix", "metadata": {"name": name, "resourceVersion": version}}
    return json.dumps({"type": kind, "object": body}).encode() + b"\n"


async def tapped(*pieces: bytes) -> tuple[list[tuple[str, str]], list[Json]]:
    """Return what was seen, and what was left."""
    seen: list[tuple[str, str]] = []
    tap = Tap(Content(*pieces), lambda kind, body: seen.append((kind, body["metadata"]["name"])))  # type: ignore[arg-type]
    left = b"".join([piece async for piece in tap.iter_chunked(1000)])
    return seen, [json.loads(line) for line in left.splitlines()]


def versions(left: list[Json]) -> list[tuple[str, str]]:
    """Return of what kind each line is, and of which version it tells."""
    return [(each["type"], each["object"]["metadata"]["resourceVersion"]) for each in left]


BOOKMARK = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "3"}}}
GONE = {"type": "ERROR", "object": {"code": 410}}


async def test_objects_go_to_the_engine_and_their_versions_to_kopf() -> None:
    events = [("ADDED", "a"), ("MODIFIED", "b"), ("DELETED", "c")]

    seen, left = await tapped(*(event(kind, name, str(at)) for at, (kind, name) in enumerate(events, 1)))

    assert seen == events
    assert versions(left) == [("BOOKMARK", "1"), ("BOOKMARK", "2"), ("BOOKMARK", "3")]


async def test_what_comes_within_a_moment_is_seen_together() -> None:
    content = Content(*(event("ADDED", name, "1") for name in "abcdef"), seconds=0.01)
    tap = Tap(content, lambda *_: None)  # type: ignore[arg-type]

    assert len([piece async for piece in tap.iter_chunked(1000)]) < 5


async def test_of_what_comes_together_the_last_version_is_enough() -> None:
    events = [event("ADDED", name, str(version)) for version, name in enumerate("abc", 4)]
    told = json.dumps(BOOKMARK).encode() + b"\n"

    seen, left = await tapped(*events[:2], events[0] + events[1] + told + events[2])

    assert [name for _, name in seen] == ["a", "b", "a", "b", "c"]
    assert versions(left)[2:] == [("BOOKMARK", "5"), ("BOOKMARK", "3"), ("BOOKMARK", "6")]


async def test_the_end_of_a_watch_is_told_after_what_came_before_it() -> None:
    seen, left = await tapped(event("ADDED", "a", "1") + json.dumps(GONE).encode() + b"\n")

    assert seen == [("ADDED", "a")]
    assert [each["type"] for each in left] == ["BOOKMARK", "ERROR"]


@pytest.mark.parametrize("line", [BOOKMARK, GONE], ids=["a bookmark", "an error"])
async def test_what_is_of_the_watch_is_left_as_it_is(line: Json) -> None:
    assert await tapped(json.dumps(line).encode() + b"\n") == ([], [line])


@pytest.mark.parametrize("size", [1, 7, 60, 1000])
async def test_events_may_come_in_pieces(size: int) -> None:
    sent = event("ADDED", "a", "1") + b"\n" + event("MODIFIED", "a", "2") + json.dumps(BOOKMARK).encode() + b"\n"
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]

    seen, left = await tapped(*pieces)

    assert seen == [("ADDED", "a"), ("MODIFIED", "a")]
    told = [version for _, version in versions(left)]
    assert told == ([each for each in ("1", "2", "3") if each != "1" or size < 1000])


async def test_what_has_no_end_is_left_to_kopf() -> None:
    content = Content(b'{"type": "ERROR", ')
    tap = Tap(content, lambda *_: None)  # type: ignore[arg-type]

    assert [piece async for piece in tap.iter_chunked(1000)] == [b'{"type": "ERROR", ']


async def test_it_is_the_content_in_all_other_respects() -> None:
    assert Tap(Content(), lambda *_: None).failed == "what aiohttp asks for"  # type: ignore[arg-type]
