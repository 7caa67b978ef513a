"""The Lease by which one process of several acts, after the rules of client-go's leaderelection.

Time is told by this process's own clock, which never jumps: who holds the Lease counts from when it asked for its last
renewal, the others from when they saw it, so that no two clocks are compared.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from automix.kube.client import Json, KubeClient
from automix.kube.errors import Conflict, Gone, KubeError

log = logging.getLogger(__name__)

_RELEASED_SECONDS = 1
"""What a released Lease says that it lasts, as client-go has it."""


class LeaseLost(KubeError):
    """Report that another process may act by now: this one must end."""


@dataclass(frozen=True)
class LeaseTimes:
    """How long a Lease lasts in seconds, and what follows from it; the proportions are client-go's but for `poll`."""

    duration: float = 15.0

    @property
    def deadline(self) -> float:
        """For how long after a renewal the holder may act: well before the others may take it."""
        return self.duration * 2 / 3

    @property
    def renewal(self) -> float:
        """How often it is renewed."""
        return self.duration * 2 / 15

    @property
    def poll(self) -> float:
        """How often the others look; four times as often as client-go, as changes wait meanwhile."""
        return self.duration / 30

    @property
    def request(self) -> float:
        """How long one request may take."""
        return self.duration / 3


class _Seen(NamedTuple):
    """A Lease as it was last seen: what it says, and since when it has said so."""

    version: str
    spec: Json
    since: float


class Lease:
    """One Lease and one process that wants it."""

    def __init__(
        self, client: KubeClient, path: str, holder: str, times: LeaseTimes, clock: Callable[[], float]
    ) -> None:
        """`path` is what `lease_path` returns; `clock` returns Unix seconds and never jumps."""
        self._client = client
        self._path = path
        self._holder = holder
        self._times = times
        self._clock = clock
        self._seen: _Seen | None = None
        self._renewed = float("-inf")
        self.handed_over = False
        """Whether who held it before gave it up, having recorded all that it did."""

    shared = True
    """Whether another process may have acted until now."""

    @property
    def held(self) -> bool:
        """Whether this process may act now. To be asked just before each call that changes anything."""
        return self._clock() < self._renewed + self._times.deadline

    async def acquire(self) -> None:
        """Wait until the Lease is ours."""
        while not await self._try():  # noqa: ASYNC110 -- the API server tells by being asked
            await asyncio.sleep(self._times.poll)
        log.info("this process acts from now on", extra={"lease": self._path, "holder": self._holder})

    async def keep(self) -> None:
        """Renew the Lease until that fails for too long, which raises LeaseLost."""
        while self.held:
            await asyncio.sleep(self._times.renewal)
            await self._try()
            if self._seen is not None and self._seen.spec.get("holderIdentity") != self._holder:
                break
        self._renewed = float("-inf")
        raise LeaseLost(f"lease {self._path}", "it was not renewed in time, or another process took it")

    async def release(self) -> None:
        """Give the Lease up, if it is ours: the others need not wait for its end."""
        if not self.held or self._seen is None:
            return
        self._renewed = float("-inf")
        try:
            await self._release(self._seen)
        except (KubeError, TimeoutError) as error:
            log.warning("lease not released", extra={"error": str(error)})

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()

    async def _release(self, seen: _Seen) -> None:
        over = {"holderIdentity": "", "leaseDurationSeconds": _RELEASED_SECONDS, "renewTime": self._micro_time()}
        try:
            await self._write({**seen.spec, **over}, seen.version)
        except Conflict:
            # A renewal that was cancelled on its way, or somebody's label; another holder is left alone.
            async with asyncio.timeout(self._times.request):
                stored = await self._client.get(self._path)
            if stored["spec"].get("holderIdentity") != self._holder:
                raise
            await self._write({**stored["spec"], **over}, stored["metadata"]["resourceVersion"])

    async def _try(self) -> bool:
        """Take or renew the Lease; return whether it is ours. A failure is only told."""
        asked = self._clock()
        try:
            mine = await self._take_or_renew()
        except (Conflict, Gone):
            self._seen = None if self._seen is None else self._seen._replace(version="")
            mine = False
        except (KubeError, TimeoutError) as error:
            log.warning("lease not renewed", extra={"lease": self._path, "error": str(error) or "no answer in time"})
            mine = False
        if mine:
            self._renewed = asked
        return mine

    async def _take_or_renew(self) -> bool:
        version = await self._version()
        if self._another_may_act():
            return False
        before = self._seen.spec if self._seen is not None else {}
        self._note(await (self._write(self._spec(before), version) if version else self._create(before)))
        if before.get("holderIdentity") != self._holder:
            self.handed_over = bool(version) and _was_given_up(before)
        return True

    def _another_may_act(self) -> bool:
        """Whether the Lease is another's and not over; one that was deleted meanwhile lasts as long as it said."""
        if self._seen is None or self._seen.spec.get("holderIdentity", "") in {"", self._holder}:
            return False
        lasts = float(self._seen.spec.get("leaseDurationSeconds") or self._times.duration)
        return self._clock() < self._seen.since + lasts

    async def _version(self) -> str:
        """Return which version is stored, having taken note of it; empty if there is none."""
        if self._seen is not None and self._seen.version and self._seen.spec.get("holderIdentity") == self._holder:
            return self._seen.version  # nobody else writes it while it is ours
        try:
            async with asyncio.timeout(self._times.request):
                stored = await self._client.get(self._path)
        except Gone:
            return ""
        return self._note(stored).version

    def _note(self, stored: Json) -> _Seen:
        version, spec = stored["metadata"]["resourceVersion"], stored["spec"]
        known = self._seen
        if known is None or known.spec != spec:
            self._seen = _Seen(version, spec, self._clock())
        else:
            self._seen = known._replace(version=version)
        return self._seen

    def _spec(self, before: Json) -> Json:
        """Return what the Lease is to say from now on."""
        now, ours = self._micro_time(), before.get("holderIdentity") == self._holder
        return {
            "holderIdentity": self._holder,
            "leaseDurationSeconds": max(round(self._times.duration), 1),
            "acquireTime": before.get("acquireTime", now) if ours else now,
            "renewTime": now,
            "leaseTransitions": int(before.get("leaseTransitions") or 0) + (bool(before) and not ours),
        }

    async def _create(self, before: Json) -> Json:
        collection, _, name = self._path.rpartition("/")
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name},
            "spec": self._spec(before),
        }
        async with asyncio.timeout(self._times.request):
            return await self._client.create(collection, body)

    async def _write(self, spec: Json, version: str) -> Json:
        """Write it as it was last seen; raises Conflict if another process was faster."""
        test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
        async with asyncio.timeout(self._times.request):
            return await self._client.patch(self._path, [test, {"op": "replace", "path": "/spec", "value": spec}])

    def _micro_time(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _was_given_up(spec: Json) -> bool:
    """Whether `release` wrote it, and not a person who took the holder out."""
    return not spec.get("holderIdentity") and spec.get("leaseDurationSeconds") == _RELEASED_SECONDS


class NoLease:
    """What the only process has in place of a Lease."""

    shared = False
    handed_over = False
    held = True

    async def acquire(self) -> None:
        """Wait for nobody."""

    async def keep(self) -> None:
        """Go on for ever."""
        await asyncio.Event().wait()

    async def release(self) -> None:
        """Leave nothing to anybody."""

    async def close(self) -> None:
        """Close nothing."""


def lease_path(namespace: str, name: str) -> str:
    """Return the path of a Lease on the API server."""
    return f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}"
