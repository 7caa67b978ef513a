"""The UIDs of what is known to be gone: what tells of them later is late, and no news."""

from collections import OrderedDict

# More than may vanish while one event is on its way; each takes about 200 bytes.
KEPT = 20_000


class Gone:
    """The UIDs that were last said to be gone; no other object will ever have them, but that very one in a restore."""

    def __init__(self) -> None:
        self._uids: OrderedDict[str, int] = OrderedDict()
        self._added = 0

    def __contains__(self, uid: str) -> bool:
        return uid in self._uids

    def add(self, uid: str) -> None:
        """Take note that an object is gone."""
        self._added += 1
        self._uids[uid] = self._added
        self._uids.move_to_end(uid)
        if len(self._uids) > KEPT:
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
        return self._uids.get(uid, 0) > moment
