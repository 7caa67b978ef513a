"""The Sequences that this process sent, by user id: ZEGO compares them there, across tasks and objects."""

from collections import OrderedDict
from typing import NamedTuple

# Older ones are below the clock anyway, which the next Sequence is not.
_KEPT_SECONDS = 3600


class Owner(NamedTuple):
    """Whose requests ZEGO compares (ZEGO: FAQ on the sequence of mixes): a user id of an app."""

    app_id: int
    is_test: bool
    user_id: str


class Sequences:
    """The highest Sequence sent for each owner; an object that is deleted and made anew goes on from the old one's."""

    def __init__(self) -> None:
        self._last: OrderedDict[Owner, int] = OrderedDict()

    def last(self, owner: Owner) -> int:
        """Return the highest Sequence sent, 0 for none."""
        return self._last.get(owner, 0)

    def raise_to(self, owner: Owner, sequence: int) -> None:
        """Take note of a Sequence that was sent, or that ZEGO said it knows."""
        self._last[owner] = max(sequence, self.last(owner))
        self._last.move_to_end(owner)
        while next(iter(self._last.values())) < sequence - _KEPT_SECONDS:
            self._last.popitem(last=False)
