"""The Sequences that this process sent, by user id: ZEGO compares them there, across tasks and objects."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from automix.engine.account import Account

# So long after a Sequence was sent, ZEGO's clock has overtaken it, from which the next one is taken.
_KEPT_SECONDS = 600


class Owner(NamedTuple):
    """Whose requests ZEGO compares (ZEGO: FAQ on the sequence of mixes): a user id of an app."""

    account: Account
    user_id: str


class _Last(NamedTuple):
    sequence: int
    raised_at: float


class Sequences:
    """The highest Sequence sent for each owner; an object that is deleted and made anew goes on from the old one's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns seconds and never goes back."""
        self._clock = clock
        self._last: OrderedDict[Owner, _Last] = OrderedDict()

    def last(self, owner: Owner) -> int:
        """Return the highest Sequence sent, 0 for none."""
        return self._last[owner].sequence if owner in self._last else 0

    def raise_to(self, owner: Owner, sequence: int) -> None:
        """Take note of a Sequence that was sent, or that ZEGO said it knows."""
        now = self._clock()
        self._last[owner] = _Last(max(sequence, self.last(owner)), now)
        self._last.move_to_end(owner)
        # By age and not by value: one Sequence that is far ahead says nothing of other owners'.
        while next(iter(self._last.values())).raised_at < now - _KEPT_SECONDS:
            self._last.popitem(last=False)
