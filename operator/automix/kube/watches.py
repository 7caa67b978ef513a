"""What is known of the watches by their requests: who lists anew, who is refused, who has died.

A watch lasts no longer than the silence that is borne (`WatchTimes`), so each of them shows every minute that it lives.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus

from automix.kube.crds import INSTALL_THEM, crd_of
from automix.kube.errors import Blind

log = logging.getLogger(__name__)

LONGEST_BACKOFF_SECONDS = 8.0
CONNECT_SECONDS = 10.0
_LISTING_SECONDS = 600.0


@dataclass(frozen=True)
class WatchTimes:
    """When a watch is given up, in seconds, all of them from the longest silence that is borne."""

    silence: float

    @property
    def server(self) -> int:
        """When the API server is asked to end a watch."""
        return max(int(self.silence * 0.8), 1)

    @property
    def client(self) -> float:
        """When a watch that the API server did not end is given up: nothing comes through any more."""
        return self.silence

    @property
    def dead(self) -> float:
        """How long nobody has to have asked for anything until there is nobody: longer than a try and its backoff."""
        return self.silence + LONGEST_BACKOFF_SECONDS + self.check

    @property
    def refused(self) -> float:
        """How long a refusal has to last: an API server that starts refuses for moments what it will allow."""
        return self.silence / 2

    @property
    def deaf(self) -> float:
        """How old the last answer may be: a watch that goes well has one whenever it is made anew."""
        return self.silence * 1.5

    @property
    def check(self) -> float:
        """How often all this is looked at."""
        return self.silence / 12


@dataclass
class _Watch:
    """One watch; moments in seconds of the clock."""

    path: str
    asked_at: float
    answered_at: float
    failing_since: float | None = None
    refused_since: float | None = None
    status: int = HTTPStatus.OK
    """What the API server said last; 0 when it gave no answer."""
    begun: bool = False
    listing: bool = False
    overdue: bool = False

    @property
    def plural(self) -> str:
        return self.path.rpartition("/")[2]


class Watches:
    """All watches. `asked`, `answered` and `unanswered` take note of requests; other paths than theirs are ignored."""

    def __init__(
        self,
        paths: Iterable[str],
        times: WatchTimes,
        clock: Callable[[], float],
        on_listing: Callable[[], None] = lambda: None,
    ) -> None:
        """`paths` of the collections; `clock` is steady; `on_listing` is told of each list."""
        now = clock()
        self._watches = {path: _Watch(path, asked_at=now, answered_at=now) for path in paths}
        self._times = times
        self._clock = clock
        self._on_listing = on_listing
        self._deaf = False

    def asked(self, path: str, *, listing: bool) -> bool:
        """Take note that a list or a watch is asked for; return whether it is one of these."""
        if (watch := self._watches.get(path)) is None:
            return False
        watch.asked_at = self._clock()
        watch.begun = True
        watch.listing = listing
        watch.overdue = False
        return True

    def answered(self, path: str, status: int) -> bool:
        """Take note of how the API server answered; return whether it refused, rightly or for the moment."""
        if (watch := self._watches.get(path)) is None:
            return False
        if status >= HTTPStatus.BAD_REQUEST:
            self._failed(watch, status)
            return _is_refusal(status)
        watch.status = status
        watch.failing_since = watch.refused_since = None
        watch.answered_at = self._clock()
        if watch.listing:
            self._on_listing()
        return False

    def unanswered(self, path: str) -> None:
        """Take note that there was no answer."""
        if (watch := self._watches.get(path)) is not None:
            self._failed(watch, 0)

    @property
    def hear(self) -> bool:
        """Whether all of them had an answer lately."""
        oldest = min((watch.answered_at for watch in self._watches.values()), default=self._clock())
        return self._clock() - oldest <= self._times.deaf

    async def guard(self) -> None:
        """Look at them until one is over for good; raises Blind, which says what is the matter and what to do."""
        while True:
            await asyncio.sleep(self._times.check)
            self.check()

    def check(self) -> None:
        """Raise Blind if a watch is over for good; say once when the API server goes away, and when it is back."""
        now = self._clock()
        for watch in self._watches.values():
            if watch.refused_since is not None and now - watch.refused_since > self._times.refused:
                _raise_if_refused(watch)
            limit = _LISTING_SECONDS if watch.listing else self._times.dead
            if now - watch.asked_at <= limit:
                continue
            if watch.overdue:
                # kopf asks for all kinds that it finds when it begins.
                reason = "it has ended, and nobody asks for it any more" if watch.begun else _gone(watch)
                raise Blind(f"watch of {watch.plural}", reason)
            # One look more: a process that was stopped for a while wakes up with everything overdue.
            watch.overdue = True
        self._tell(now)

    def given_up(self, error: BaseException | None) -> Blind:
        """Return why the watches were given up; `error` is what ended them."""
        for watch in self._watches.values():
            try:
                _raise_if_refused(watch)
            except Blind as blind:
                return blind
        return Blind("watches", f"given up after {error!r:.256}")

    def _failed(self, watch: _Watch, status: int) -> None:
        now = self._clock()
        watch.status = status
        watch.failing_since = now if watch.failing_since is None else watch.failing_since
        if not _is_refusal(status):
            watch.refused_since = None
        elif watch.refused_since is None:
            watch.refused_since = now

    def _tell(self, now: float) -> None:
        failing = [watch.failing_since for watch in self._watches.values() if watch.failing_since is not None]
        if failing and not self._deaf and now - min(failing) > self._times.check:
            self._deaf = True
            log.warning("the API server does not answer the watches; trying again")
        elif not failing and self._deaf:
            self._deaf = False
            log.info("the API server answers the watches again")


def _is_refusal(status: int) -> bool:
    """Whether the API server finds fault with the request itself; kopf would end with it."""
    faulty = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return faulty and status != HTTPStatus.TOO_MANY_REQUESTS


def _gone(watch: _Watch) -> str:
    return f"the CustomResourceDefinition {crd_of(watch.plural)} is gone; {INSTALL_THEM}"


def _raise_if_refused(watch: _Watch) -> None:
    what = f"watch of {watch.plural}"
    match watch.status:
        case HTTPStatus.NOT_FOUND:
            reason = _gone(watch)
        case HTTPStatus.UNAUTHORIZED:
            reason = "the API server does not take the operator's credentials (HTTP 401); renew the token or kubeconfig"
        case HTTPStatus.FORBIDDEN:
            reason = f"RBAC does not allow it (HTTP 403); allow get, list and watch of {watch.path}"
        case refusal if _is_refusal(refusal):
            reason = f"the API server refuses {watch.path} (HTTP {refusal}); does its version serve what is watched?"
        case _:
            return
    raise Blind(what, reason)
