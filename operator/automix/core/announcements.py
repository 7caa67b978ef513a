"""Which Kubernetes Event a pass is worth: one on a change of state, none on an unchanged pass."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from automix.api.automix import AutoMixStatus
from automix.core.actions import Adopt, Effect, Release, Replace, Start, Stop, Update
from automix.core.states import STATES, Reason
from automix.core.status import ready_reason

_TROUBLES = (Reason.ZEGO_UNREACHABLE, Reason.ZEGO_FAILED, Reason.THROTTLED, Reason.MIX_KEEPS_ENDING)


class Announcement(NamedTuple):
    """A Kubernetes Event about to be."""

    type: Literal["Normal", "Warning"]
    reason: str
    action: str
    note: str


def announcement(done: Sequence[Effect], before: AutoMixStatus, after: AutoMixStatus) -> Announcement | None:
    """Return the event for what was done, or else for the state that was entered."""
    if Adopt(taken_over=True) in done:
        note = f"Someone else started this mix anew. {after.conditions[0].message}"
        return Announcement("Warning", "TakenOver", "Reconcile", note)
    for effect in reversed(done):
        if (told := _of_effect(effect)) is not None:
            return told
    reason = ready_reason(after)
    if not reason or reason == ready_reason(before):
        return None
    condition = after.conditions[0]
    row = STATES[Reason(reason)]
    troubled = row.stalled or reason in _TROUBLES
    return Announcement("Warning" if troubled else "Normal", reason, "Reconcile", condition.message)


def _of_effect(effect: Effect) -> Announcement | None:
    match effect:
        case Start(why):
            return Announcement("Normal", "Started", "StartAutoMix", f"Started the mix: {why}.")
        case Update(fields):
            note = f"Changed {', '.join(fields)} on the running mix."
            return Announcement("Normal", "Updated", "StartAutoMix", note)
        case Replace(why):
            note = f"Stopped the mix and started it again, a short audible gap: {why}."
            return Announcement("Normal", "Replaced", "StartAutoMix", note)
        case Stop():
            return Announcement("Normal", "Stopped", "StopAutoMix", "Stopped the mix, as the object is being deleted.")
        case Release() | _:
            return None
