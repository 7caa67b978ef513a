"""What the status remembers of the calls: each function returns the status after one thing happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from automix.api.automix import AdoptionPolicy, AutoMix, AutoMixStatus, PlayInfo, Retry
from automix.api.meta import RECONCILE_ANNOTATION, RESTART_ANNOTATION
from automix.core.failures import Failure
from automix.core.fingerprints import IN_PLACE, fingerprints, outputs
from automix.core.schedule import SLOW, STOPS, USUAL, Pace, retry_delay
from automix.core.states import Reason
from automix.core.task import task_of

_UNKNOWN = "unknown"
_MAX_MESSAGE = 1024  # as in the CRD
# A mix that ran for as long is no sign that the next one will end soon.
_SOON_SECONDS = 600.0
# Later than when the turn comes of one among 10,000 stops, at 90 calls a second.
_IN_A_ROW_SECONDS = 300.0


@dataclass(frozen=True)
class Started:
    """A StartAutoMix that ZEGO accepted."""

    sequence: int
    play_info: tuple[PlayInfo, ...]


def moment(seconds: float) -> datetime:
    """Return Unix seconds as a moment in whole seconds, as the API server stores it."""
    return datetime.fromtimestamp(int(seconds), UTC)


def after_start(mix: AutoMix, started: Started, now: float, *, since: float | None = None) -> AutoMixStatus:
    """A mix began: it runs the spec from now on, and whatever restart was asked for is done.

    With `since`, the start met a mix of someone else's that had begun then: it is adopted.
    """
    restart = mix.metadata.annotations.get(RESTART_ANNOTATION, "")
    began = {
        "start_time": moment(now if since is None else since),
        "adopted_time": None if since is None else moment(now),
        "outputs": outputs(mix.spec),
        "last_handled_restart_at": restart,
    }
    return after_update(mix, started).model_copy(update=began)


def after_update(mix: AutoMix, started: Started) -> AutoMixStatus:
    """The running mix now runs the spec."""
    task = task_of(mix.spec)
    return mix.status.model_copy(
        update={
            "observed_generation": mix.metadata.generation,
            "task_id": task.task_id,
            "user_id": task.user_id,
            "sequence": started.sequence,
            "applied": dict(fingerprints(mix.spec)),
            "play_info": started.play_info,
            "retry": None,
        }
    )


def after_stop(status: AutoMixStatus) -> AutoMixStatus:
    """We stopped the mix; what it ran stays known."""
    return status.model_copy(update={"start_time": None, "adopted_time": None, "play_info": (), "outputs": ()})


def after_end(mix: AutoMix, now: float) -> AutoMixStatus:
    """The mix ended at ZEGO's. Once that is nothing; again soon after its start, the next one has to wait."""
    start = mix.status.start_time
    if start is None:
        return mix.status
    endings = mix.status.endings + 1 if now - start.timestamp() < _SOON_SECONDS else 1
    retry = mix.status.retry
    if endings > 1 and retry is None:
        wait = timedelta(seconds=int(retry_delay(mix.metadata.uid, endings - 1)) + 1)
        message = f"The mix ended {endings} times in a row soon after its start, with people in the room."
        next_start = moment(now) + wait
        retry = Retry(
            attempts=endings - 1, next_attempt_time=next_start, reason=Reason.MIX_KEEPS_ENDING, message=message
        )
    return after_stop(mix.status).model_copy(update={"endings": endings, "retry": retry})


def after_adoption(mix: AutoMix, since: float, now: float, *, taken_over: bool, insisted: bool) -> AutoMixStatus:
    """Someone else started what runs. What can change in place is to be sent again; the rest is not verified."""
    status = mix.status.model_copy(update={"start_time": moment(since), "adopted_time": moment(now)})
    if not taken_over:
        return status
    status = status.model_copy(update={"taken_over_time": moment(now)})
    # Under Refuse nothing is sent to it: what differs then is only what a person changed.
    if mix.spec.adoption_policy is not AdoptionPolicy.REFUSE:
        status = after_doubtful_update(status, IN_PLACE)
    if not insisted:
        return status
    message = "Someone else started this mix anew, twice within an hour; stop that, then ask for a reconcile."
    retry = Retry(attempts=1, reason=Reason.MANAGED_ELSEWHERE, message=message)
    # Whoever asked for this look has seen it: only a new wish ends the wait.
    return acknowledged(mix.model_copy(update={"status": status})).model_copy(update={"retry": retry})


def after_doubtful_update(status: AutoMixStatus, fields: Iterable[str]) -> AutoMixStatus:
    """A change in place may or may not have had its effect: what runs of these fields is unlike any fingerprint."""
    return status.model_copy(update={"applied": {**status.applied, **dict.fromkeys(fields, _UNKNOWN)}})


def after_failure(mix: AutoMix, failure: Failure, now: float, *, anew: bool = False) -> AutoMixStatus:
    """A call failed. What was asked for has been tried, so that only a new wish ends the wait.

    Waits grow from one failure to the next; those of something else, from before what began `anew`, do not count.
    """
    before = mix.status.retry.attempts if mix.status.retry and not anew else 0
    attempts = before if failure.busy else before + 1
    delay = 0.0 if failure.busy else retry_delay(mix.metadata.uid, attempts, _pace(mix, failure))
    delay = max(delay, failure.retry_after or 0)
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
    return acknowledged(mix).model_copy(update={"retry": retry, "stop_failing_since": _stop_failing_since(mix, now)})


def _stop_failing_since(mix: AutoMix, now: float) -> datetime | None:
    """Return since when stops fail in a row; None, so that it is from now on, where nobody made any for minutes.

    A mix that nobody tried to stop while the operator was away is not given up after one try.
    """
    retry = mix.status.retry
    due = retry.next_attempt_time if retry is not None else None
    interrupted = due is not None and now - due.timestamp() > _IN_A_ROW_SECONDS
    return None if interrupted else mix.status.stop_failing_since


def _pace(mix: AutoMix, failure: Failure) -> Pace:
    if mix.metadata.terminating:
        return STOPS
    return SLOW if failure.slow else USUAL


def acknowledged(mix: AutoMix) -> AutoMixStatus:
    """The generation and the wish to be looked at were seen."""
    return mix.status.model_copy(
        update={
            "observed_generation": mix.metadata.generation,
            "last_handled_reconcile_at": mix.metadata.annotations.get(RECONCILE_ANNOTATION, ""),
        }
    )
