"""The status, computed whole at the end of a pass from the record and the decision to rest."""

from collections.abc import Iterable
from datetime import datetime

from automix.api.automix import AutoMix, AutoMixStatus, Retry
from automix.api.meta import Condition, ConditionStatus, ConditionType
from automix.core.actions import Rest
from automix.core.record import acknowledged, moment
from automix.core.states import STATES, Reason


def status_after(mix: AutoMix, rest: Rest, now: float) -> AutoMixStatus:
    """Return the status of an object whose record is in `mix.status` and whose pass ended in `rest`.

    A failure that is no longer waited for leaves the record. Raises ValueError for a rest without a reason, which is
    no state: what is stored stays as it is.
    """
    if rest.reason is None:
        raise ValueError("a rest without a reason has no status")
    status = acknowledged(mix)
    # A stop is waited for under the reason Stopping, whatever its failure was.
    waited_for = status.retry is not None and rest.reason in (reason_of(status.retry), Reason.STOPPING)
    remembered = {
        "conditions": _conditions(mix, rest.reason, rest.message, now),
        "retry": status.retry if waited_for else None,
        # Who left took the mix along; that it ended is no sign for the next one.
        "endings": 0 if rest.reason is Reason.WAITING_FOR_ROOM else status.endings,
        "stop_failing_since": _failing_since(status, now) if rest.reason is Reason.STOPPING else None,
    }
    return status.model_copy(update=remembered)


def _failing_since(status: AutoMixStatus, now: float) -> datetime:
    """Return since when a stop fails; a moment to come is of a clock that went back."""
    return min(status.stop_failing_since or moment(now), moment(now))


def ready_reason(status: AutoMixStatus) -> str:
    """Return the reason of Ready; empty before the first pass."""
    return next((c.reason for c in status.conditions if c.type is ConditionType.READY), "")


def reason_of(retry: Retry) -> Reason:
    """Return the reason of a failure; one that another version wrote and this one lacks is a failure like others."""
    return Reason(retry.reason) if retry.reason in set(Reason) else Reason.ZEGO_FAILED


def merged(previous: Iterable[Condition], wanted: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return the wanted conditions; one whose status did not change keeps the time of its last transition."""
    before = {condition.type: condition for condition in previous}
    return tuple(
        condition.model_copy(update={"last_transition_time": before[condition.type].last_transition_time})
        if condition.type in before and before[condition.type].status == condition.status
        else condition
        for condition in wanted
    )


def _conditions(mix: AutoMix, reason: Reason, message: str, now: float) -> tuple[Condition, ...]:
    row = STATES[reason]
    seen = ConditionStatus.TRUE if mix.status.start_time is not None else ConditionStatus.FALSE
    values = {
        ConditionType.READY: row.ready,
        ConditionType.ACTIVE: row.active or seen,
        # kstatus: abnormal-true conditions are present only while they are true.
        **({ConditionType.RECONCILING: ConditionStatus.TRUE} if row.reconciling else {}),
        **({ConditionType.STALLED: ConditionStatus.TRUE} if row.stalled else {}),
    }
    wanted = [
        Condition(
            type=kind,
            status=value,
            observed_generation=mix.metadata.generation,
            last_transition_time=moment(now),
            reason=reason,
            message=message,
        )
        for kind, value in values.items()
    ]
    return merged(mix.status.conditions, wanted)
