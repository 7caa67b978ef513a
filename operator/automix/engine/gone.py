"""The UIDs of what is known to be gone: what tells of them later is late, and no news."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

# Longer than an event is on its way, or a list takes.
KEPT_SECONDS = 600.0
# More than may vanish meanwhile; each takes about 300 bytes.
KEPT = 20_000


class _Departure(NamedTuple):
    number: int
    at: float


class Gone:
    """The UIDs that were last said to be gone; no other object will ever have them, but that very one in a restore."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns seconds and never goes back."""
        self._clock = clock
        self._uids: OrderedDict[str, _Departure] = OrderedDict()
        self._added = 0

    def __contains__(self, uid: str) -> bool:
        return uid in self._uids

    def add(self, uid: str) -> None:
        """Take note that an object is gone."""
        self._added += 1
        now = self._clock()
        self._uids[uid] = _Departure(self._added, now)
        self._uids.move_to_end(uid)
        while len(self._uids) > KEPT or next(iter(self._uids.values())).at < now - KEPT_SECONDS:
            self._uids.popitem(last=False)

    def discard(self, uid: str) -> None:
        """Take note that an object is there after all: the API server's store was put back."""
        self._uids.pop(uid, None)

    @property
    def moment(self) -> int:
        """Rises with each that goes, to tell what went before and after."""
        return self._added

    def since(self, moment: int, uid: str) -> bool:
        """Whether an object is gone, and went after a moment: a list that began then may show it nonetheless."""
        departure = self._uids.get(uid)
        return departure is not None and departure.number > moment
