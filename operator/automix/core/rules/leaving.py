"""Rules for what is being deleted: the mix is stopped and seen to be gone, before the object goes."""

from automix.api.automix import AdoptionPolicy, DeletionPolicy
from automix.core.actions import Action, Claim, Nothing, Observe, Release, Stop, Wait
from automix.core.facts import Facts, Presence
from automix.core.states import Reason

# So long a process sees for itself that an app cannot be used, however long ago a stop first failed.
_HEARING_SECONDS = 60.0


def leave_alone_what_leaves_without_us(facts: Facts) -> Action | None:
    """A terminating object is never claimed: without our finalizer nothing runs for it."""
    if facts.mix.metadata.terminating and not facts.holds_finalizer:
        return Nothing()
    return None


def release_what_no_longer_runs(facts: Facts) -> Action | None:
    """The finalizer goes when nothing was sent, the mix is to stay or is another's, or ZEGO says that it is gone."""
    if not facts.mix.metadata.terminating:
        return None
    refused = facts.adopted and facts.mix.spec.adoption_policy is AdoptionPolicy.REFUSE
    stays = facts.mix.spec.deletion_policy is DeletionPolicy.ORPHAN or bool(facts.rival) or refused
    never_sent = facts.claim is None and not facts.recorded
    gone = facts.stop_accepted and facts.presence is Presence.ABSENT
    return Release() if stays or never_sent or gone else None


def leave_running_what_goes_with_its_kind(facts: Facts) -> Action | None:
    """Who deletes the CRD by mistake has not asked for silence in every room; with the CRD back, mixes are taken up."""
    if facts.mix.metadata.terminating and facts.kind_is_going:
        return Release(orphaning="the kind AutoMix is being deleted from the cluster")
    return None


def give_up_what_cannot_be_stopped(facts: Facts) -> Action | None:
    """Deletion never hangs for ever: what fails to stop for long is left to itself, and said aloud."""
    since = facts.mix.status.stop_failing_since
    if not facts.mix.metadata.terminating or since is None:
        return None
    # A stop that failed long ago, before this process, is tried once more.
    failed = facts.now < facts.next_try
    in_vain = facts.stop_accepted and facts.presence is Presence.RUNNING
    # What a process first hears of an app may be over in a moment.
    heard_enough = facts.leaving_for >= min(_HEARING_SECONDS, facts.timing.deletion_timeout)
    unusable = facts.app.problem is not None and heard_enough
    fails = unusable or failed or in_vain
    overdue = facts.now - since.timestamp() >= facts.timing.deletion_timeout
    return Release(orphaning="it could not be stopped in time") if fails and overdue else None


def restore_the_finalizer(facts: Facts) -> Action | None:
    """`kubectl replace` takes finalizers off; while a mix may run, ours comes back, whatever else is the matter."""
    sent = facts.recorded or facts.claim is not None
    return Claim(then=None) if sent and not facts.holds_finalizer else None


def stop_what_is_deleted(facts: Facts) -> Action | None:
    """Stop, then look: Code 0 is no proof that the mix is gone."""
    if not facts.mix.metadata.terminating:
        return None
    if not facts.stop_accepted:
        return Stop()
    if facts.presence is Presence.UNKNOWN:
        return Observe(needed=True)
    return Wait(facts.now + 1, Reason.STOPPING, "ZEGO accepted the stop, but the mix still runs; it is stopped again.")
