"""Where AutoMixes lie: those that are in use as they are, all others as JSON."""

from collections import OrderedDict
from typing import Generic

from automix.api.automix import AutoMix
from automix.api.meta import STORED
from automix.engine.queue import KeyT

# A pass is soon followed by another one, or by an answer that replaces what it was about. Each is some 13 KB as a model
# of Python's, and a tenth of that as JSON, which takes a twentieth of a millisecond to write and to read.
IN_USE = 128


class Shelf(Generic[KeyT]):
    """AutoMixes by key: the last that were put there or taken up as models, and the rest as JSON."""

    def __init__(self) -> None:
        self._models: OrderedDict[KeyT, AutoMix] = OrderedDict()
        self._texts: dict[KeyT, bytes | None] = {}
        """All of them; None for one that is in use, and is not what was written last."""

    def put(self, key: KeyT, mix: AutoMix) -> None:
        """Put an object there, in place of the one that lay there."""
        # Not taken out: its key, which the indexes have as well, would come back as a text of its own.
        self._texts[key] = None
        self._use(key, mix)

    def take(self, key: KeyT) -> AutoMix:
        """Return the object, which stays. Raises KeyError."""
        text, mix = self._texts[key], self._models.get(key)
        if mix is None:
            mix = AutoMix.model_validate_json(text or b"", context=STORED)
        self._use(key, mix)
        return mix

    def remove(self, key: KeyT) -> None:
        """Take the object away, if there is one."""
        self._models.pop(key, None)
        self._texts.pop(key, None)

    def _use(self, key: KeyT, mix: AutoMix) -> None:
        self._models[key] = mix
        self._models.move_to_end(key)
        if len(self._models) > IN_USE:
            unused, model = self._models.popitem(last=False)
            if self._texts[unused] is None:
                self._texts[unused] = model.model_dump_json(by_alias=True, exclude_unset=True).encode()
