"""What the status remembers of the calls: each function returns the status after one thing happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from automix.api.automix import AutoMix, AutoMixStatus, PlayInfo, Retry
from automix.api.meta import RECONCILE_ANNOTATION, RESTART_ANNOTATION
from automix.core.failures import Failure
from automix.core.fingerprints import fingerprints
from automix.core.schedule import retry_delay
from automix.core.task import task_of

_UNKNOWN = "unknown"
_MAX_MESSAGE = 1024  # as in the CRD


@dataclass(frozen=True)
class Started:
    """A StartAutoMix that ZEGO accepted."""

    sequence: int
    play_info: tuple[PlayInfo, ...]


def moment(seconds: float) -> datetime:
    """Return Unix seconds as a moment in whole seconds, as the API server stores it."""
    return datetime.fromtimestamp(int(seconds), UTC)


def after_start(mix: AutoMix, started: Started, now: float) -> AutoMixStatus:
    """A mix began: it runs the spec from now on, and whatever restart was asked for is done."""
    restart = mix.metadata.annotations.get(RESTART_ANNOTATION, "")
    status = after_update(mix, started)
    return status.model_copy(update={"start_time": moment(now), "last_handled_restart_at": restart})


def after_update(mix: AutoMix, started: Started) -> AutoMixStatus:
    """The running mix now runs the spec."""
    task = task_of(mix.spec)
    return mix.status.model_copy(
        update={
            "observed_generation": mix.metadata.generation,
            "task_id": task.task_id,
            "user_id": task.user_id,
            "sequence": started.sequence,
            "applied": fingerprints(mix.spec),
            "play_info": started.play_info,
            "retry": None,
        }
    )


def after_end(status: AutoMixStatus) -> AutoMixStatus:
    """The mix no longer runs; what it ran stays known."""
    return status.model_copy(update={"start_time": None, "play_info": ()})


def after_doubtful_update(status: AutoMixStatus, fields: Iterable[str]) -> AutoMixStatus:
    """A change in place may or may not have had its effect: what runs of these fields is unlike any fingerprint."""
    return status.model_copy(update={"applied": {**status.applied, **dict.fromkeys(fields, _UNKNOWN)}})


def after_failure(mix: AutoMix, failure: Failure, now: float) -> AutoMixStatus:
    """A call failed. What was asked for has been tried, so that only a new wish ends the wait."""
    attempts = (mix.status.retry.attempts if mix.status.retry else 0) + 1
    delay = max(retry_delay(mix.metadata.uid, attempts), failure.retry_after or 0)
    # A stop is tried again whatever was said: the object cannot go before the mix has.
    waits_for_people = failure.terminal and not mix.metadata.terminating
    retry = Retry(
        attempts=attempts,
        next_attempt_time=None if waits_for_people else moment(now) + timedelta(seconds=int(delay) + 1),
        reason=failure.reason,
        code=failure.code,
        message=failure.message[:_MAX_MESSAGE],
        request_id=failure.request_id,
    )
    return acknowledged(mix).model_copy(update={"retry": retry})


def acknowledged(mix: AutoMix) -> AutoMixStatus:
    """The generation and the wish to be looked at were seen."""
    return mix.status.model_copy(
        update={
            "observed_generation": mix.metadata.generation,
            "last_handled_reconcile_at": mix.metadata.annotations.get(RECONCILE_ANNOTATION, ""),
        }
    )
