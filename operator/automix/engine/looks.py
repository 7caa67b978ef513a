"""Looks that are due wait for their turn before a pass is begun: at rest most passes are for nothing else."""

from automix.engine.apps import Apps
from automix.engine.cache import MixCache, MixKey
from automix.engine.line import Priority


class Looks:
    """The objects that wait for nothing but their next look at ZEGO.

    Those that started in the same second are due in the same second. Each would be planned twice, to learn that it has
    to wait for its turn, and at it.
    """

    def __init__(self, cache: MixCache, apps: Apps) -> None:
        self._cache = cache
        self._apps = apps
        self._next: set[MixKey] = set()

    def expect(self, key: MixKey) -> None:
        """Take note that the object waits for its next look, and for nothing else that is known of now."""
        self._next.add(key)

    def forget(self, key: MixKey) -> None:
        """Take note that the object is planned for, be it for its look or not."""
        self._next.discard(key)

    def have_their_turn(self, key: MixKey) -> bool:
        """Whether the pass of a key that came due may begin; if not, the turn to look wakes it."""
        if key not in self._next:
            return True
        of = self._cache.app_of(key)
        app = self._apps.get(of) if of is not None else None
        return app is None or app.budgets.query.take(key, Priority.LOOK)
