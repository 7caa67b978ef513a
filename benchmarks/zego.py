"""A stand-in for ZEGO that does little and counts all: in a process of its own, it must not be what is slow.

It checks no signature and no field. The limit is ZEGO's, 100 calls a second of an action (StartAutoMix page), over any
second that ends with a call, by the moment that the call was accepted.
"""

import asyncio
import random
import sys
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]

LIMIT = 100
_BUSY = 110200194
_NO_TASK = 110209001
BROKEN = "broken-"
"""How the names of rooms begin that no mix starts in."""
_UNEXPLAINED = 110299999


@dataclass
class Tally:
    """The calls of one action."""

    calls: int = 0
    over: int = 0
    """Calls that came when the second that ended with them held the limit already; they were refused."""
    busiest: int = 0
    """The most calls of any second, those that were refused left out."""
    first: float = 0.0
    last: float = 0.0
    second: deque[float] = field(default_factory=deque)

    def accept(self, now: float) -> bool:
        """Count a call; return whether it is within the limit."""
        self.calls += 1
        while self.second and self.second[0] <= now - 1:
            self.second.popleft()
        if len(self.second) >= LIMIT:
            self.over += 1
            return False
        self.second.append(now)
        self.busiest = max(self.busiest, len(self.second))
        self.first = self.first or now
        self.last = now
        return True


class Zego:
    """What runs, and what was called."""

    def __init__(self, on_the_way: float) -> None:
        """Have each call, and each answer, on its way for up to so many seconds, by chance."""
        self._on_the_way = on_the_way
        self._running: dict[str, float] = {}
        self._changed: dict[str, float] = {}
        """When a task was last started, changed or stopped."""
        self._starts: Counter[str] = Counter()
        self._tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
        """By action and AppId, each pair with a limit of its own."""

    async def call(self, request: web.Request) -> web.Response:
        """Answer one call, as soon as it has come all the way."""
        await self._travel()
        answer = await self._answer(request)
        await self._travel()
        return answer

    async def _answer(self, request: web.Request) -> web.Response:
        """Answer as ZEGO would if all is well."""
        action, app = request.query["Action"], request.query["AppId"]
        now = time.monotonic()
        if not self._tallies[action, app].accept(now):
            return web.json_response({"Code": _BUSY, "Message": "too many calls", "RequestId": "1"})
        body: Json = await request.json() if request.method == "POST" else dict(request.query)
        if body.get("RoomId", "").startswith(BROKEN):
            return web.json_response({"Code": _UNEXPLAINED, "Message": "broken", "RequestId": "1"})
        data = getattr(self, f"_{action}", _nothing)(body, now)
        code = 0 if data is not None else _NO_TASK
        return web.json_response({"Code": code, "Message": "", "RequestId": "1", "Data": data or {}})

    async def reset(self, _: web.Request) -> web.Response:
        """Count from zero; what runs runs on."""
        self._tallies.clear()
        self._starts.clear()
        self._changed.clear()
        return web.json_response({})

    async def stats(self, _: web.Request) -> web.Response:
        """Tell what was counted of the app that has most of the calls."""
        tallies: dict[str, Json] = {}
        for (action, _app), tally in sorted(self._tallies.items(), key=lambda item: item[1].calls):
            tallies[action] = {key: value for key, value in vars(tally).items() if key != "second"}
        return web.json_response({"changed": len(self._changed), "tallies": tallies})

    async def changed(self, _: web.Request) -> web.Response:
        """Tell when each task was last changed, by this machine's monotonic clock, and how many starts it had."""
        return web.json_response({task: [when, self._starts[task]] for task, when in self._changed.items()})

    async def _travel(self) -> None:
        if self._on_the_way:
            await asyncio.sleep(random.uniform(0, self._on_the_way))  # noqa: S311 -- no secret

    def _StartAutoMix(self, body: Json, now: float) -> Json:  # noqa: N802 -- ZEGO's name
        task = body["TaskId"]
        self._running.setdefault(task, now)
        self._changed[task] = now
        self._starts[task] += 1
        play = [{"StreamId": output.get("StreamId", "")} for output in body["MixOutput"]]
        return {"PlayInfo": play, "Sequence": body["Sequence"]}

    def _StopAutoMix(self, body: Json, now: float) -> Json | None:  # noqa: N802 -- ZEGO's name
        self._changed[body["TaskId"]] = now
        return {} if self._running.pop(body["TaskId"], None) is not None else None

    def _GetMixTaskInfo(self, body: Json, now: float) -> Json | None:  # noqa: N802 -- ZEGO's name
        since = self._running.get(body["TaskId"])
        return None if since is None else {"TaskInfo": {"TaskId": body["TaskId"], "MixDuration": int(now - since)}}


def _nothing(_body: Json, _now: float) -> Json:
    return {}


def main(port: int, on_the_way: float) -> None:
    """Serve until killed."""
    zego = Zego(on_the_way)
    app = web.Application()
    app.add_routes([web.get("/bench/stats", zego.stats), web.get("/bench/changed", zego.changed)])
    app.add_routes([web.post("/bench/reset", zego.reset), web.get("/", zego.call), web.post("/", zego.call)])
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
