"""What ZEGO tells apart: an app and its environment, and how often it may be called, whatever objects carry it.

Who speaks to another address than ZEGO's own has an account apart: what answers there may be anybody, and shall have no
say over the mixes of those who speak to ZEGO.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache, partial
from typing import NamedTuple

from automix import zego
from automix.api.zegoapp import CallLimits, ZegoApp
from automix.engine.budget import WINDOW_SECONDS, Budget
from automix.engine.cache import MixKey
from automix.engine.census import Census
from automix.telemetry.metrics import BudgetReading

# Calls a second of each of the other three actions (ZEGO: their pages).
_LIMIT = 100
# Calls a second (ZEGO: DescribeUserNum page).
_COUNTS, _COUNTS_IN_TEST = 10, 1

_NOWHERE = "invalid"
# More than there are endpoints; no more than that are remembered, whatever tenants think of.
_ADDRESSES = 1000


class Account(NamedTuple):
    """An app at ZEGO, or at what stands in for ZEGO."""

    app_id: int
    is_test: bool
    """Whether its test environment is meant."""
    address: str = ""
    """Empty for ZEGO's own servers, whichever region's."""


CountPeople = Callable[[Account, Sequence[str]], Awaitable[Mapping[str, int]]]
"""How many people are in each of up to ten rooms; a room that is left out could not be counted. Raises ZegoError."""


class Budgets(NamedTuple):
    """What one app at ZEGO may call, by action."""

    start: Budget[MixKey]
    stop: Budget[MixKey]
    query: Budget[MixKey]
    census: Census[MixKey]

    @property
    def of_calls(self) -> tuple[Budget[MixKey], ...]:
        """The budgets that have turns."""
        return self.start, self.stop, self.query

    def by_action(self) -> Iterator[tuple[str, Budget[MixKey] | Census[MixKey]]]:
        """Yield what each budget is for, by ZEGO's name, and the budget."""
        yield "StartAutoMix", self.start
        yield "StopAutoMix", self.stop
        yield "GetMixTaskInfo", self.query
        yield "DescribeUserNum", self.census

    def hold_until(self, moment: float) -> None:
        """Let none of them grant a turn before a moment of the loop's time."""
        for held in self:
            held.hold_until(moment)

    def drop(self, key: MixKey) -> None:
        """Forget what the key waits for."""
        for waited_for in self:
            waited_for.drop(key)


class Accounts:
    """The budgets of all accounts: one each, shared by all app objects that carry it."""

    def __init__(self, wake: Callable[[MixKey], None], count: CountPeople, count_seconds: float) -> None:
        """`wake` is called with a mix when its turn has come; `count` asks ZEGO who is in rooms, for an account.

        A room that is waited for is counted once in `count_seconds`.
        """
        self._wake = wake
        self._count = count
        self._count_seconds = count_seconds
        self._budgets: dict[Account, Budgets] = {}
        self._closed_until = -math.inf

    def begin(self) -> None:
        """Begin to call, in a second: whoever acted until now may have used up ZEGO's limits, and nobody knows."""
        self._closed_until = asyncio.get_running_loop().time() + WINDOW_SECONDS
        for budgets in self._budgets.values():
            budgets.hold_until(self._closed_until)

    def budgets(self, account: Account) -> Budgets:
        """Return an account's budgets."""
        if account not in self._budgets:
            start, stop, query = (
                Budget(rate, self._wake, _namespace_of, limit=_LIMIT) for rate in _rates(CallLimits())
            )
            rate = _COUNTS_IN_TEST if account.is_test else _COUNTS
            census = Census(self._wake, calls_per_second=rate, interval=self._count_seconds)
            census.connect(partial(self._count, account))
            self._budgets[account] = Budgets(start, stop, query, census)
            self._budgets[account].hold_until(self._closed_until)
        return self._budgets[account]

    def limit(self, account: Account, limits: Sequence[CallLimits]) -> None:
        """Let the lowest of the limits count from now on, action by action; none changes nothing."""
        rates = zip(*(_rates(each) for each in limits), strict=True)
        budgets = self.budgets(account)
        for budget, wanted in zip((budgets.start, budgets.stop, budgets.query), rates, strict=False):
            budget.change_rate(min(wanted))

    def keep(self, accounts: AbstractSet[Account]) -> None:
        """Drop what is known of all others, as no object carries them any more."""
        for account in self._budgets.keys() - accounts:
            # Calls under way end by themselves. What they use up, nobody knows who begins with the account anew.
            self._budgets.pop(account).census.connect(None)
            self._closed_until = asyncio.get_running_loop().time() + WINDOW_SECONDS

    async def close(self) -> None:
        """End the calls of all censuses."""
        for budgets in self._budgets.values():
            await budgets.census.close()

    def readings(self) -> Iterator[BudgetReading]:
        """Yield how all budgets stand."""
        for account, budgets in self._budgets.items():
            for action, budget in budgets.by_action():
                yield BudgetReading(*account, action, budget.current_rate, budget.waiting, budget.oldest)

    def drop(self, key: MixKey) -> None:
        """Forget what a mix waits for, in whatever account."""
        for budgets in self._budgets.values():
            budgets.drop(key)


def account_of(app: ZegoApp) -> Account:
    """Return the app at ZEGO that an object carries."""
    return Account(app.spec.app_id, app.spec.is_test, _address(app.spec.endpoint))


@lru_cache(_ADDRESSES)
def _address(endpoint: str | None) -> str:
    """Return one and the same for all ways to write an endpoint; what is none may hold a password."""
    if not endpoint:
        return ""
    try:
        address = str(zego.parse_endpoint(endpoint)).rstrip("/")
    except zego.InvalidEndpoint:
        return _NOWHERE
    return "" if address in zego.ENDPOINTS.values() else address


def _namespace_of(key: MixKey) -> str:
    return key[0]


def _rates(limits: CallLimits) -> tuple[int, int, int]:
    return limits.start, limits.stop, limits.query
