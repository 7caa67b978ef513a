"""The decision. RULES, read from top to bottom, is the specification: the first rule with an opinion wins."""

from collections.abc import Callable

from automix.api.automix import DeletionPolicy, RestartPolicy, UpdatePolicy
from automix.core.actions import Action, Claim, Nothing, Observe, Release, Replace, Rest, Start, Stop, Update, Wait
from automix.core.facts import Facts, Presence
from automix.core.fingerprints import IN_PLACE
from automix.core.schedule import next_look, seconds
from automix.core.sequence import ready_at
from automix.core.states import Reason

Rule = Callable[[Facts], Action | None]

# MixDuration is in whole seconds, and ZEGO's clock is known to half a second on either side of a claim.
_CLOCK_SLACK_SECONDS = 1.5

# For what changes without word: who else wants the task, and a namespace's labels.
_ASK_AGAIN_SECONDS = 60.0
# A Sequence further ahead of the clock than this is not ours, and is gone beyond rather than waited for.
_FAR_AHEAD_SECONDS = 60.0

RUNNING = "The mix runs as declared."


def plan(facts: Facts) -> Action:
    """Return what the first rule with an opinion asks for, no sooner than the object's next Sequence is due."""
    action = next(action for rule in RULES if (action := rule(facts)) is not None)
    return _spaced(action, facts)


def interrupted(facts: Facts) -> Rest:
    """Return how to rest when the process must end before the plan is carried out; the next process goes on."""
    message = "The operator was stopped here; the next one goes on."
    if facts.mix.metadata.terminating:
        return Nothing(Reason.STOPPING, message)
    if not facts.running:
        return Nothing(Reason.STARTING, message)
    if facts.open_claim is not None or facts.restart_request or _may_replace(facts):
        return Nothing(Reason.REPLACING, message)
    return rest(facts) if facts.audible_changes or not facts.changes else Nothing(Reason.UPDATING, message)


def leave_alone_what_leaves_without_us(facts: Facts) -> Action | None:
    """A terminating object is never claimed: without our finalizer nothing runs for it."""
    if facts.mix.metadata.terminating and not facts.holds_finalizer:
        return Nothing()
    return None


def release_what_no_longer_runs(facts: Facts) -> Action | None:
    """The finalizer goes when nothing was sent, the mix is to stay or is another's, or ZEGO says that it is gone."""
    if not facts.mix.metadata.terminating:
        return None
    stays = facts.mix.spec.deletion_policy is DeletionPolicy.ORPHAN or bool(facts.rival)
    never_sent = facts.claim is None and not facts.recorded
    gone = facts.stop_accepted and facts.presence is Presence.ABSENT
    return Release() if stays or never_sent or gone else None


def restore_the_finalizer(facts: Facts) -> Action | None:
    """`kubectl replace` takes finalizers off; while a mix may run, ours comes back, whatever else is the matter."""
    if facts.mix.metadata.terminating or facts.holds_finalizer or not facts.recorded:
        return None
    return Claim(then=None)


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
        return Nothing(Reason.STOPPING, f"The mix cannot be stopped: {message}")
    if problem is Reason.APP_NOT_ALLOWED:
        return Wait(facts.now + _ASK_AGAIN_SECONDS, problem, message)
    return Nothing(problem, message)


def yield_to_the_holder(facts: Facts) -> Action | None:
    """Only the holder of a task acts; the others send nothing."""
    if not facts.rival:
        return None
    message = f"{facts.rival} already mixes this room, or has its task or user id; delete one of the two."
    return Wait(facts.now + _ASK_AGAIN_SECONDS, Reason.CONFLICT, message)


def wait_out_the_backoff(facts: Facts) -> Action | None:
    """A failure is waited out, unless the spec changed, deletion began, or a person asked."""
    retry = facts.mix.status.retry
    if retry is None or facts.generation_is_new or facts.asked_anew or facts.claimed is not None:
        return None
    known = retry.reason in set(Reason)
    reason = Reason(retry.reason) if known else Reason.ZEGO_FAILED
    if facts.mix.metadata.terminating:
        reason = Reason.STOPPING
    if retry.next_attempt_time is None:
        return None if facts.mix.metadata.terminating else Nothing(reason, retry.message)
    until = retry.next_attempt_time.timestamp()
    return Wait(until, reason, retry.message) if facts.now < until else None


def stop_what_is_deleted(facts: Facts) -> Action | None:
    """Stop, then look: Code 0 is no proof that the mix is gone."""
    if not facts.mix.metadata.terminating:
        return None
    if not facts.stop_accepted:
        return Stop()
    if facts.presence is Presence.UNKNOWN:
        return Observe(needed=True)
    return Wait(facts.now + 1, Reason.STOPPING, "ZEGO accepted the stop, but the mix still runs; it is stopped again.")


def do_what_was_claimed(facts: Facts) -> Action | None:
    """What was claimed in this pass comes next."""
    return _claimed(facts, facts.claimed) if facts.claimed is not None and facts.open_claim is not None else None


def finish_what_was_interrupted(facts: Facts) -> Action | None:
    """An open claim means that a crash came between a call and its record: see what runs, then do what is missing.

    What was about to run is the spec's own for a claim of the same cause, and repeating its start is harmless. A claim
    of another cause, undone or edited since, leaves unknown what runs, which only a replace settles.
    """
    claim = facts.open_claim
    if claim is None:
        return None
    if claim.cause != facts.cause:
        return _claimed(facts, Replace("what ran was unknown"))
    if not claim.replace:
        return _claimed(facts, Start("it was not recorded to run"))
    if facts.presence is Presence.UNKNOWN:
        return Observe(needed=True)
    started = facts.presence is Presence.RUNNING and _began_after(claim.time, facts)
    stopped = facts.presence is Presence.ABSENT and facts.app.sees_mixes
    why = "a replace had been interrupted"
    return _claimed(facts, Start(why) if started or stopped else Replace(why))


def start_what_was_never_started(facts: Facts) -> Action | None:
    """First start."""
    return None if facts.recorded else _claimed(facts, Start("first start"))


def restart_what_ended(facts: Facts) -> Action | None:
    """The mix ended on ZEGO's side: the restart policy decides, and a person's new wish overrides it."""
    if facts.running:
        return None
    wished = facts.restart_request or facts.changes
    if facts.mix.spec.restart_policy is RestartPolicy.NEVER and not wished:
        return Nothing(Reason.ENDED, "The mix ended at ZEGO and restartPolicy is Never; ask for a restart to start it.")
    return _claimed(facts, Start("it had ended at ZEGO"))


def replace_when_asked(facts: Facts) -> Action | None:
    """The restart annotation means stop and start once."""
    return _claimed(facts, Replace("a restart was requested")) if facts.restart_request else None


def change_what_differs(facts: Facts) -> Action | None:
    """In place where ZEGO can; by stop and start where it cannot, unless that waits for a person."""
    if _may_replace(facts):
        return _claimed(facts, Replace(f"ZEGO cannot change {', '.join(facts.audible_changes)} on a running mix"))
    if facts.audible_changes:
        return None
    if facts.changes:
        return Update(facts.changes)
    return Update(tuple(sorted(IN_PLACE))) if facts.may_have_missed_a_change else None


def look_when_due(facts: Facts) -> Action | None:
    """Ask ZEGO soon after a start, in the object's own phase of its interval, and when a person asked."""
    due = facts.reconcile_request or facts.now >= _look_due(facts)
    return Observe() if due and facts.presence is Presence.UNKNOWN else None


def rest(facts: Facts) -> Rest:
    """Until the next look all is as declared, or as declared as it can be without a person."""
    if not facts.changes:
        return Wait(_look_due(facts), Reason.RUNNING, RUNNING)
    names = ", ".join(facts.audible_changes)
    message = f"A change of {names} waits for the restart annotation, as updatePolicy is Manual: it is audible."
    return Wait(_look_due(facts), Reason.UPDATE_PENDING, message)


RULES: tuple[Rule, ...] = (
    leave_alone_what_leaves_without_us,
    release_what_no_longer_runs,
    restore_the_finalizer,
    hold_while_suspended,
    wait_for_the_app,
    yield_to_the_holder,
    wait_out_the_backoff,
    stop_what_is_deleted,
    do_what_was_claimed,
    finish_what_was_interrupted,
    start_what_was_never_started,
    restart_what_ended,
    replace_when_asked,
    change_what_differs,
    look_when_due,
    rest,
)


def _may_replace(facts: Facts) -> bool:
    return bool(facts.audible_changes) and facts.mix.spec.update_policy is not UpdatePolicy.MANUAL


def _began_after(claimed: float, facts: Facts) -> bool:
    """Whether what runs was surely started under the claim; in doubt it was not: a second gap is the lesser evil."""
    start = facts.mix.status.start_time
    apart = start is None or claimed - start.timestamp() > 2 * _CLOCK_SLACK_SECONDS
    return apart and facts.running_since >= claimed - _CLOCK_SLACK_SECONDS


def _claimed(facts: Facts, effect: Start | Replace) -> Action:
    """Return the effect if its claim is on the object and open, else the claim; a replace's covers a start as well."""
    claim = facts.open_claim
    claimed = claim is not None and claim.cause == facts.cause and (claim.replace or isinstance(effect, Start))
    return effect if claimed and facts.holds_finalizer else Claim(then=effect)


def _look_due(facts: Facts) -> float:
    """Return when ZEGO is to be asked next: soon after a start, then in the object's phase of its interval."""
    start = facts.mix.status.start_time
    first = start.timestamp() + facts.timing.first_look if start is not None else facts.now
    if facts.looked_at < first:
        return first
    interval = max(seconds(facts.mix.spec.drift_check_interval), facts.timing.shortest_drift_check)
    return next_look(facts.mix.metadata.uid, facts.looked_at, interval)


def _spaced(action: Action, facts: Facts) -> Action:
    """Keep a second between calls, so that the Sequence never runs ahead of the clock and is safe to lose."""
    effect = action.then if isinstance(action, Claim) else action
    if not isinstance(effect, Start | Update | Replace | Stop) or effect == facts.claimed:
        return action
    due = ready_at(facts.last_sequence)
    return Wait(due) if 0 < due - facts.now < _FAR_AHEAD_SECONDS else action
