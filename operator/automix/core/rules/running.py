"""Rules for what is to run: it is started, judged, replaced, changed and looked at."""

from automix.api.automix import AdoptionPolicy, RestartPolicy, UpdatePolicy
from automix.core.actions import Action, Adopt, Claim, Nothing, Observe, Replace, Rest, Start, Update, Wait
from automix.core.adoption import CALL_SECONDS, CLOCK_SLACK_SECONDS, was_taken_over, was_there_before
from automix.core.facts import Facts, Presence
from automix.core.fingerprints import IN_PLACE
from automix.core.schedule import next_look, next_try_to_look, seconds
from automix.core.states import Reason

# Less than it takes for what runs to be judged too late for its claim.
_CLAIM_SECONDS = CALL_SECONDS / 2

RUNNING = "The mix runs as declared."
ADOPTED = (
    "The mix runs, but this object did not start it: its outputs, inputs and other fields are not verified; "
    "ask for a restart to make sure."
)


def do_what_was_claimed(facts: Facts) -> Action | None:
    """What was claimed in this pass comes next."""
    return claimed(facts, facts.claimed) if facts.claimed is not None and facts.open_claim is not None else None


def finish_what_was_interrupted(facts: Facts) -> Action | None:
    """An open claim means that a crash came between a call and its record: see what runs, then do what is missing.

    What was about to run is the spec's own for a claim of the same cause, and repeating its start is harmless. A claim
    of another cause, undone or edited since, leaves unknown what runs, which only a replace settles.
    """
    claim = facts.open_claim
    if claim is None:
        return None
    if claim.cause != facts.cause:
        return claimed(facts, Replace("what ran was unknown"))
    if claim.over_another:
        # What was sent before may take effect late, even after a look; after a further stop it is too late for that.
        return claimed(facts, Replace("a call of before may still be on its way"))
    if facts.presence is Presence.UNKNOWN and (claim.replace or facts.newly_met):
        return Observe(needed=True)
    if not claim.replace:
        return claimed(facts, Start("it was not recorded to run"))
    started = facts.presence is Presence.RUNNING and _began_after(claim.time, facts)
    stopped = facts.presence is Presence.ABSENT and facts.app.sees_mixes
    why = "a replace had been interrupted"
    return claimed(facts, Start(why) if started or stopped else Replace(why))


def start_what_was_never_started(facts: Facts) -> Action | None:
    """First start; where it matters what runs already, after a look."""
    if facts.recorded:
        return None
    policy = facts.mix.spec.adoption_policy
    takes_over = facts.last_state in (Reason.CONFLICT, Reason.ALREADY_RUNNING)
    if facts.presence is Presence.UNKNOWN and (takes_over or policy is not AdoptionPolicy.KEEP):
        return Observe(needed=True)
    if facts.presence is Presence.RUNNING and policy is AdoptionPolicy.REFUSE:
        return _refused(facts)
    if facts.presence is Presence.RUNNING and policy is AdoptionPolicy.REPLACE:
        return claimed(facts, Replace("a mix ran that this object did not start"))
    return claimed(facts, Start("first start"))


def restart_what_ended(facts: Facts) -> Action | None:
    """The mix ended on ZEGO's side: the restart policy decides, and a person's new wish overrides it."""
    if facts.running:
        return None
    if stays_ended(facts):
        return Nothing(Reason.ENDED, "The mix ended at ZEGO and restartPolicy is Never; ask for a restart to start it.")
    return claimed(facts, Start("it had ended at ZEGO"))


def judge_who_started_what_runs(facts: Facts) -> Action | None:
    """A mix older than the claim, or started anew since our last call, is someone else's."""
    if facts.judged or facts.presence is not Presence.RUNNING:
        return None
    if not (facts.recorded and facts.running) or facts.open_claim is not None or facts.mix.metadata.terminating:
        return None  # what is to be started, finished or stopped is so first
    if was_taken_over(facts):
        return Adopt(taken_over=True)
    return Adopt(taken_over=False) if was_there_before(facts) else None


def replace_when_asked(facts: Facts) -> Action | None:
    """The restart annotation means stop and start once."""
    return claimed(facts, Replace("a restart was requested")) if facts.restart_request else None


def deal_with_what_is_not_ours(facts: Facts) -> Action | None:
    """The adoption policy decides; Keep does nothing audible, and what can change in place follows below."""
    if not facts.adopted:
        return None
    match facts.mix.spec.adoption_policy:
        case AdoptionPolicy.REPLACE:
            return claimed(facts, Replace("someone else had started it"))
        case AdoptionPolicy.REFUSE:
            return look_when_due(facts) or _refused(facts)
        case AdoptionPolicy.KEEP:
            return None


def change_what_differs(facts: Facts) -> Action | None:
    """In place where ZEGO can; by stop and start where it cannot, unless that waits for a person."""
    if may_replace(facts):
        return claimed(facts, Replace(f"ZEGO cannot change {', '.join(facts.audible_changes)} on a running mix"))
    if facts.audible_changes:
        return None
    if facts.changes:
        return _look_again(facts) or Update(facts.changes)
    return Update(IN_PLACE) if facts.may_have_missed_a_change else None


def look_when_due(facts: Facts) -> Action | None:
    """Ask ZEGO soon after a start, in the object's own phase of its interval, and when a person asked."""
    due = facts.reconcile_request or facts.now >= look_due(facts)
    return Observe() if due and facts.presence is Presence.UNKNOWN else None


def rest(facts: Facts) -> Rest:
    """Until the next look all is as declared, or as declared as it can be without a person."""
    if not facts.changes and facts.adopted:
        return Wait(look_due(facts), Reason.ADOPTED, ADOPTED, look=True)
    if not facts.changes:
        return Wait(look_due(facts), Reason.RUNNING, RUNNING, look=True)
    names = ", ".join(facts.audible_changes)
    message = f"A change of {names} waits for the restart annotation, as updatePolicy is Manual: it is audible."
    return Wait(look_due(facts), Reason.UPDATE_PENDING, message, look=True)


def stays_ended(facts: Facts) -> bool:
    """Whether a mix that ended is not to be started again."""
    wished = facts.restart_request or facts.changes
    return facts.mix.spec.restart_policy is RestartPolicy.NEVER and not wished


def may_replace(facts: Facts) -> bool:
    """Whether an audible change is to be made without asking a person."""
    return bool(facts.audible_changes) and facts.mix.spec.update_policy is not UpdatePolicy.MANUAL


def _refused(facts: Facts) -> Rest:
    message = "A mix of this task runs that this object did not start, and adoptionPolicy is Refuse; stop it there."
    interval = max(seconds(facts.mix.spec.drift_check_interval), facts.timing.shortest_drift_check)
    return Wait(facts.now + interval, Reason.ALREADY_RUNNING, message)


def _look_again(facts: Facts) -> Action | None:
    """A change that was refused may have come too late: the mix ended, and nobody is there to start it for."""
    retry = facts.mix.status.retry
    refused = retry is not None and retry.reason == Reason.ZEGO_FAILED
    return Observe() if refused and facts.presence is Presence.UNKNOWN else None


def _began_after(claimed: float, facts: Facts) -> bool:
    """Whether what runs was surely started under the claim; in doubt it was not: a second gap is the lesser evil."""
    start = facts.mix.status.start_time
    apart = start is None or claimed - start.timestamp() > 2 * CLOCK_SLACK_SECONDS
    return apart and facts.running_since >= claimed - CLOCK_SLACK_SECONDS


def claimed(facts: Facts, effect: Start | Replace) -> Action:
    """Return the effect if its claim is on the object, open and recent, else the claim.

    An old one, whose calls failed or whose record was lost, would not tell of a mix that the next call starts.
    """
    claim = facts.claim_over(effect)
    recent = claim is not None and facts.now - claim.last_written <= _CLAIM_SECONDS
    return effect if recent else Claim(then=effect)


def look_due(facts: Facts) -> float:
    """Return when ZEGO is to be asked next: soon after a start or a lost look, else in the object's phase.

    A start or a look of the future is of a clock that went back since, and puts off nothing.
    """
    start, ahead = facts.mix.status.start_time, facts.now + CLOCK_SLACK_SECONDS
    if start is not None and start.timestamp() <= ahead:
        first = start.timestamp() + facts.timing.first_look
        if facts.looked_at < first:
            return first
    interval = max(seconds(facts.mix.spec.drift_check_interval), facts.timing.shortest_drift_check)
    uid = facts.mix.metadata.uid
    due = next_look(uid, facts.looked_at, interval)
    if facts.failed_looks:
        # What ended is silent until it is seen, which must not take an interval more for each answer that is lost.
        due = min(due, facts.looked_at + next_try_to_look(uid, facts.failed_looks, interval))
    return due if due <= ahead + interval else facts.now
