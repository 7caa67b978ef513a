"""The claim: an annotation written before the first call, so that a crash leaves word of what was about to happen."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from automix.api.meta import CLAIM_ANNOTATION

# Above any Sequence: a claim that cannot be read stays open until it is written anew.
_FOREVER = 2**62
# Ours have some 200 characters; what is longer is somebody else's, up to 256 KiB, and is not kept.
_USUAL_LENGTH = 1024


class Cause(NamedTuple):
    """What a call answers to: what is audible of the spec, as one fingerprint, and a restart request."""

    spec: str
    restart: str


class Claim(BaseModel):
    """What is about to be sent, and when it was decided.

    Without a claim nothing was ever sent for the object. A claim is open until the record has a higher Sequence than it
    began with; while it is open, the call may have been made.
    """

    model_config = ConfigDict(frozen=True)

    spec: str
    restart: str = ""
    replace: bool = False
    sequence: int = 0
    """The highest Sequence sent before; the calls under the claim have higher ones."""
    over_another: bool = False
    """Whether it took the place of an open claim, whose calls may still be on their way."""
    time: float
    """Unix seconds by ZEGO's clock; 0 where nobody knows."""
    renewed: float = 0.0
    """The same of when it was last written anew, for further calls of the same cause; 0 if it was not."""

    @property
    def cause(self) -> Cause:
        """What this claim answers to."""
        return Cause(self.spec, self.restart)

    @property
    def last_written(self) -> float:
        """When it was last known that calls were about to be made."""
        return max(self.time, self.renewed)

    @property
    def sent_up_to(self) -> int:
        """The highest Sequence that calls made at once under it may have had; a replace makes two."""
        return max(self.sequence, int(self.last_written)) + 2 if self.sequence < _FOREVER else 0

    def to_annotation(self) -> str:
        """Return the claim as the annotation's value."""
        return self.model_dump_json(exclude_defaults=True)

    @staticmethod
    def of(annotations: Mapping[str, str]) -> "Claim | None":
        """Return the object's claim, or None; an unreadable one (edited by hand) counts as one of unknown cause."""
        text = annotations.get(CLAIM_ANNOTATION)
        if text is None:
            return None
        return _read_once(text) if len(text) <= _USUAL_LENGTH else _read(text)


# A pass asks for it after each thing that it learns.
@lru_cache(maxsize=256)
def _read_once(text: str) -> Claim:
    return _read(text)


def _read(text: str) -> Claim:
    try:
        return Claim.model_validate_json(text)
    except ValidationError:
        return Claim(spec="", sequence=_FOREVER, time=0)
