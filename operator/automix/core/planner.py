"""The decision. RULES, read from top to bottom, is the specification: the first rule with an opinion wins."""

from collections.abc import Callable

from automix.core.actions import Action, Claim, Nothing, Replace, Rest, Start, Stop, Update, Wait
from automix.core.facts import Facts
from automix.core.rules.leaving import (
    give_up_what_cannot_be_stopped,
    leave_alone_what_leaves_without_us,
    leave_running_what_goes_with_its_kind,
    release_what_no_longer_runs,
    restore_the_finalizer,
    stop_what_is_deleted,
)
from automix.core.rules.running import (
    change_what_differs,
    deal_with_what_is_not_ours,
    do_what_was_claimed,
    finish_what_was_interrupted,
    judge_who_started_what_runs,
    look_when_due,
    may_replace,
    replace_when_asked,
    rest,
    restart_what_ended,
    start_what_was_never_started,
)
from automix.core.rules.waiting import (
    hold_while_suspended,
    wait_for_people,
    wait_for_the_app,
    wait_out_the_backoff,
    yield_to_the_holder,
    yield_to_who_has_the_output,
)
from automix.core.sequence import ready_at
from automix.core.states import Reason

Rule = Callable[[Facts], Action | None]

# A Sequence further ahead of the clock than this is not ours, and is gone beyond rather than waited for.
_FAR_AHEAD_SECONDS = 60.0

RULES: tuple[Rule, ...] = (
    leave_alone_what_leaves_without_us,
    release_what_no_longer_runs,
    leave_running_what_goes_with_its_kind,
    give_up_what_cannot_be_stopped,
    restore_the_finalizer,
    hold_while_suspended,
    wait_for_the_app,
    yield_to_the_holder,
    judge_who_started_what_runs,
    yield_to_who_has_the_output,
    wait_for_people,
    wait_out_the_backoff,
    stop_what_is_deleted,
    do_what_was_claimed,
    finish_what_was_interrupted,
    start_what_was_never_started,
    restart_what_ended,
    replace_when_asked,
    deal_with_what_is_not_ours,
    change_what_differs,
    look_when_due,
    rest,
)


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
    if facts.open_claim is not None or facts.restart_request or may_replace(facts):
        return Nothing(Reason.REPLACING, message)
    return rest(facts) if facts.audible_changes or not facts.changes else Nothing(Reason.UPDATING, message)


def _spaced(action: Action, facts: Facts) -> Action:
    """Keep a second between calls, so that the Sequence never runs ahead of the clock and is safe to lose."""
    effect = action.then if isinstance(action, Claim) else action
    if not isinstance(effect, Start | Update | Replace | Stop) or effect == facts.claimed:
        return action
    due = ready_at(facts.last_sequence)
    return Wait(due) if 0 < due - facts.now < _FAR_AHEAD_SECONDS else action
