"""Objects that vanished while a mix may run for them: kept from the cache, stopped, and then forgotten.

The API server knows nothing of them, so that what is done to their like there is done to nobody here.
"""

from typing import Protocol

from automix.api.automix import AutoMix, AutoMixStatus, DeletionPolicy
from automix.api.meta import FINALIZER, ObjectMeta
from automix.core.record import moment


class MixStore(Protocol):
    """Where AutoMixes are stored, as far as a pass needs it."""

    async def read_mix(self, meta: ObjectMeta) -> AutoMix:
        """Read an AutoMix afresh."""

    async def claim(self, meta: ObjectMeta, annotation: str) -> AutoMix:
        """Put the finalizer and the claim on the very version that was planned for."""

    async def release(self, meta: ObjectMeta) -> None:
        """Take the finalizer off."""

    async def write_mix_status(self, meta: ObjectMeta, status: AutoMixStatus) -> AutoMix:
        """Write the whole status and return the object."""


class Nowhere:
    """The store of one ghost: it keeps nothing, and there is nobody to edit it."""

    def __init__(self, ghost: AutoMix) -> None:
        self._ghost = ghost

    async def read_mix(self, meta: ObjectMeta) -> AutoMix:
        """Return the ghost."""
        del meta
        return self._ghost

    async def claim(self, meta: ObjectMeta, annotation: str) -> AutoMix:
        """Raise AssertionError: what is terminating is never claimed."""
        raise AssertionError(f"a ghost was to be claimed: {meta.name}, {annotation}")

    async def release(self, meta: ObjectMeta) -> None:
        """Do nothing: it is held by nothing."""

    async def write_mix_status(self, meta: ObjectMeta, status: AutoMixStatus) -> AutoMix:
        """Return the ghost with the status, which lives in memory alone."""
        del meta
        return self._ghost.model_copy(update={"status": status})


def ghost_of(mix: AutoMix, now: float) -> AutoMix | None:
    """Return what is left to do for an object that vanished, as an object on its way out; None for one that may go on.

    `now` in Unix seconds.
    """
    if mix.spec.deletion_policy is DeletionPolicy.ORPHAN:
        return None
    gone = {"deletion_timestamp": moment(now), "finalizers": (FINALIZER,), "vanished": True}
    return mix.model_copy(update={"metadata": mix.metadata.model_copy(update=gone)})
