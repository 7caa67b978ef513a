"""Rules for what must wait: for a person, the app, another object, people in the room, or a better moment."""

from automix.core.actions import Action, Count, Nothing, Wait
from automix.core.facts import Facts, People
from automix.core.rules.running import look_due, look_when_due, stays_ended
from automix.core.states import Reason
from automix.core.status import reason_of

# For what changes without word: who else wants the task, and a namespace's labels.
_ASK_AGAIN_SECONDS = 60.0

# Helm, Flux and kubectl apply an AutoMix before its ZegoApp, and give up for good what is Stalled before it works.
_ARRIVAL_SECONDS = 10.0

NOBODY = "Nobody is in the room; the mix starts when someone is."


def hold_while_suspended(facts: Facts) -> Action | None:
    """Suspended means hands off, whatever happens; only deletion still works."""
    if facts.mix.spec.suspend and not facts.mix.metadata.terminating:
        return Nothing(Reason.SUSPENDED, "Suspended: the mix is left as it is until spec.suspend is false.")
    return None


def wait_for_the_app(facts: Facts) -> Action | None:
    """Without working credentials nothing is sent; the app's own pass wakes its mixes."""
    problem, message = facts.app.problem, facts.app.message
    if problem is None:
        return None
    if facts.mix.metadata.terminating:
        since = facts.mix.status.stop_failing_since
        begun = since.timestamp() if since is not None else facts.now
        until = max(begun + facts.timing.deletion_timeout, facts.now + 1)
        return Wait(until, Reason.STOPPING, f"The mix cannot be stopped: {message}")
    arrival = _arrival(facts)
    if facts.app.may_come and facts.now < arrival:
        return Wait(arrival, Reason.STARTING, message)
    if problem is Reason.APP_NOT_ALLOWED:
        return Wait(facts.now + _ASK_AGAIN_SECONDS, problem, message)
    if problem is Reason.ZEGO_UNREACHABLE and not facts.generation_is_new:
        return Nothing()  # what was told of it stands, as far as anybody knows
    return Nothing(problem, message)


def yield_to_the_holder(facts: Facts) -> Action | None:
    """Only the holder of a task acts; the others send nothing."""
    if not facts.rival:
        return None
    message = f"{facts.rival} already mixes this room, or has its task or user id; delete one of the two."
    return Wait(facts.now + _ASK_AGAIN_SECONDS, Reason.CONFLICT, message)


def yield_to_who_has_the_output(facts: Facts) -> Action | None:
    """An output belongs to one mix; who is edited into its way waits, and what it ran before runs on, looked at."""
    if not facts.output_rival or facts.mix.metadata.terminating:
        return None
    message = f"{facts.output_rival} already has an output of this mix; name another output, or delete one of the two."
    return _wait_and_look(facts, facts.now + _ASK_AGAIN_SECONDS, Reason.CONFLICT, message)


def wait_for_people(facts: Facts) -> Action | None:
    """Before a mix is started that ended or failed to start: a room without people is no fault, and a try costs."""
    if facts.mix.metadata.terminating or facts.running or facts.claimed is not None or not _may_lack_people(facts):
        return None
    if facts.people is People.UNKNOWN:
        return Count()
    # Where nobody can be asked for long the mix is tried blindly: a room must not stay silent for a query's sake.
    waited = facts.last_state == Reason.WAITING_FOR_ROOM
    if facts.people is People.NOBODY or (facts.people is People.UNANSWERED and waited):
        return Nothing(Reason.WAITING_FOR_ROOM, NOBODY)
    return None


def wait_out_the_backoff(facts: Facts) -> Action | None:
    """A failure is waited out, unless the spec or the app changed, deletion began, or a person asked."""
    retry = facts.mix.status.retry
    if retry is None or facts.begins_anew or facts.claimed is not None:
        return None
    reason = Reason.STOPPING if facts.mix.metadata.terminating else reason_of(retry)
    if retry.next_attempt_time is None:
        return None if facts.mix.metadata.terminating else _wait_and_look(facts, None, reason, retry.message)
    until = facts.next_try
    if facts.now >= until and not facts.failed:
        return None
    if facts.mix.metadata.terminating:
        return Wait(until, reason, retry.message)
    return _wait_and_look(facts, until, reason, retry.message)


def _wait_and_look(facts: Facts, until: float | None, reason: Reason, message: str) -> Action:
    """Wait until a moment, or for a person alone; what may run is looked at: nobody else tells of its end."""
    if not facts.running:
        return Wait(until, reason, message) if until is not None else Nothing(reason, message)
    due = look_due(facts)
    return look_when_due(facts) or Wait(due if until is None else min(until, due), reason, message)


def _arrival(facts: Facts) -> float:
    """Return until when what belongs to a new object may come after it."""
    created = facts.mix.metadata.creation_timestamp
    return created.timestamp() + _ARRIVAL_SECONDS if created is not None and not facts.recorded else 0.0


def _may_lack_people(facts: Facts) -> bool:
    """Whether the mix ended, could not be started, or waited for people already."""
    if facts.last_state == Reason.WAITING_FOR_ROOM:
        return True
    retry = facts.mix.status.retry
    if retry is not None and retry.next_attempt_time is None and not facts.begins_anew:
        return False  # whoever comes or goes, a person is to act first
    failed = retry is not None and retry.reason in (Reason.ZEGO_FAILED, Reason.MIX_KEEPS_ENDING)
    ended = facts.recorded and facts.open_claim is None and not stays_ended(facts)
    return failed or ended
