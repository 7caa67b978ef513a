"""Who else wants what only one mix of an app at ZEGO can have: the room, the task, the user id, or an output."""

from collections.abc import Iterable

from automix.api.automix import AutoMix
from automix.api.meta import CLAIM_ANNOTATION
from automix.core.claim import Claim
from automix.core.states import STATES, Reason
from automix.core.status import ready_reason
from automix.engine.apps import Apps
from automix.engine.cache import (
    MixCache,
    MixKey,
    all_marks,
    app_key,
    holds,
    running_outputs,
    task_marks,
    wanted_outputs,
)

# Who is in one of these states does nothing until a person acts, and keeps nobody from what it only wants.
_AT_REST = frozenset(reason for reason, row in STATES.items() if row.stalled) | {
    Reason.SUSPENDED,
    Reason.ENDED,
    Reason.UPDATE_PENDING,
}


class Rivals:
    """The order among objects that want the same. Those of all app objects with one AppId and address are rivals."""

    def __init__(self, cache: MixCache, apps: Apps) -> None:
        self._cache = cache
        self._apps = apps
        self.acting: set[MixKey] = set()
        """Who is in the middle of an effect: they hold what they declare, though the cache may not say so yet."""

    def of_task(self, mix: AutoMix) -> AutoMix | None:
        """Return who has the object's room, task or user id before it: the holder, else the oldest.

        What is being deleted yields to whoever has its very task: a stop would be of the other's mix.
        """
        if not self._cache.shares(mix.key):
            return None
        marks = [mark for mark in task_marks(mix) if mark[0] == "task" or not mix.metadata.terminating]
        rivals = [other for other in self._same_app(mix, marks) if self._wants_task(other)]
        first = min((mix, *rivals), key=lambda other: (other.key not in self.acting, holder_first(other)))
        return None if first.key == mix.key else first

    def of_output(self, mix: AutoMix) -> AutoMix | None:
        """Return who has one of the declared outputs before it: who runs it, else the oldest who wants it.

        What runs already belongs to the object: its claim on the task says nothing of an output it is edited to.
        """
        if mix.key in self.acting or not self._cache.shares(mix.key):
            return None
        wanted = wanted_outputs(mix) - running_outputs(mix)
        others = self._same_app(mix, wanted)
        holders = [other for other in others if wanted & self._held_outputs(other)]
        if holders:
            return min(holders, key=_age)
        older = [other for other in others if _age(other) < _age(mix) and self._wants_output(other)]
        return min(older, key=_age, default=None)

    def all_of(self, mix: AutoMix) -> tuple[AutoMix, ...]:
        """Return everybody whose turn it may be when this object changes."""
        return self._cache.others(mix, all_marks(mix))

    def _same_app(self, mix: AutoMix, marks: Iterable[tuple[str, str]]) -> list[AutoMix]:
        account = self._apps.account(mix)
        return [other for other in self._cache.others(mix, marks) if self._apps.account(other) == account]

    def _wants_task(self, mix: AutoMix) -> bool:
        """Whether an object holds its task, or could: nobody waits for one whose app never worked."""
        key = app_key(mix.metadata.namespace, mix.spec)
        if mix.key in self.acting or (holds(mix) and self._apps.counts(key)):
            return True
        shut_out = ready_reason(mix.status) in (Reason.APP_NOT_ALLOWED, Reason.ALREADY_RUNNING)
        return self._apps.is_usable(key) and not (shut_out or mix.spec.suspend or mix.metadata.terminating)

    def _held_outputs(self, mix: AutoMix) -> frozenset[tuple[str, str]]:
        """Return the outputs that a mix has at ZEGO, or may have in a moment."""
        if not self._apps.counts(app_key(mix.metadata.namespace, mix.spec)) and mix.key not in self.acting:
            return frozenset()
        claim = Claim.of(mix.metadata.annotations) if CLAIM_ANNOTATION in mix.metadata.annotations else None
        about_to = mix.key in self.acting or (claim is not None and claim.sequence >= mix.status.sequence)
        return running_outputs(mix) | (wanted_outputs(mix) if about_to else frozenset())

    def _wants_output(self, other: AutoMix) -> bool:
        """Whether the other one would start with the output by itself."""
        usable = self._apps.is_usable(app_key(other.metadata.namespace, other.spec))
        idle = other.spec.suspend or other.metadata.terminating or ready_reason(other.status) in _AT_REST
        return usable and not idle


def named(mix: AutoMix) -> str:
    """Return an object as a sentence's subject."""
    name = f"AutoMix {mix.metadata.namespace}/{mix.metadata.name}"
    return f"{name}, which is gone and whose mix is being stopped," if mix.metadata.vanished else name


def holder_first(mix: AutoMix) -> tuple[bool, tuple[float, str]]:
    """Sort key of those who want one task: who holds it, then age, then the smaller UID."""
    return not holds(mix), _age(mix)


def _age(mix: AutoMix) -> tuple[float, str]:
    created = mix.metadata.creation_timestamp
    return created.timestamp() if created else 0.0, mix.metadata.uid
