"""The passes that are under way, and what watches report of their objects meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from automix.api.automix import AutoMix
from automix.engine.cache import MixKey


class Passes:
    """Which objects a pass is about.

    The watch may be faster than the answer to a patch: what it reports during a pass may be all that pass' own.
    """

    def __init__(self, wake: Callable[[MixKey], None]) -> None:
        self._wake = wake
        self._news: dict[str, MixKey | None] = {}
        """By UID, the key of what a watch reported and no answer to the pass has shown yet; a ghost has another one."""

    def __contains__(self, mix: AutoMix) -> bool:
        return mix.metadata.uid in self._news

    @contextmanager
    def about(self, mix: AutoMix) -> Iterator[None]:
        """Be under way; what was reported meanwhile is worth another pass if it is news by the end."""
        self._news[mix.metadata.uid] = None
        try:
            yield
        finally:
            news = self._news.pop(mix.metadata.uid)
            if news is not None:
                self._wake(news)

    def report(self, mix: AutoMix) -> None:
        """Take note of what a watch reports: it is worth a pass, unless one is under way that will know of it."""
        if mix in self:
            self._news[mix.metadata.uid] = mix.key
        else:
            self._wake(mix.key)

    def answered(self, mix: AutoMix) -> None:
        """Take note of an answer to the pass that is under way: whatever was reported until now is older."""
        if mix in self:
            self._news[mix.metadata.uid] = None
