"""Whose turn it is: which budgets an effect draws on, how urgent it is, and turns taken ahead for a claim."""

from dataclasses import replace

from automix.core.actions import Adopt, Claim, Effect, Observe, Release, Replace, Start, Stop, Update
from automix.core.facts import Facts
from automix.core.failures import Failure
from automix.core.states import Reason
from automix.engine.app import App
from automix.engine.budget import Budget
from automix.engine.cache import MixKey
from automix.engine.line import Priority


def has_turns(effect: Effect, facts: Facts, app: App | None) -> bool:
    """Return whether all turns that the effect needs are had; if not, the object waits for the next one it lacks.

    A turn that was had is kept meanwhile: where both lines are long, it would be waited for again and again. But what
    was waited for until now, as a look by what is to be stopped, would be a turn that nobody uses.
    """
    if app is None:
        return True
    key, needed = facts.mix.key, _needed(effect, facts, app)
    useful = app.budgets.of_calls if _decides(effect, facts) else needed  # a replace may be what comes of it
    for budget in needed:
        if not budget.take(key, priority_of(effect, facts)):
            for other in app.budgets.of_calls:
                if other is not budget and not (other in useful and other.keep(key)):
                    other.drop(key)
            return False
    return True


def spend_turns(effect: Effect, facts: Facts, app: App | None, seconds: float) -> None:
    """Use the turns, as the calls have been answered after some seconds, or will not be; a claim makes none."""
    if not isinstance(effect, Claim):
        budgets = _budgets(effect, app)
        for budget in budgets:
            budget.spend(facts.mix.key, seconds / len(budgets))


def slowed_down(failure: Failure, effect: Effect, app: App | None) -> Failure:
    """Slow down the budgets that the effect drew on, as the app is busy; return when it makes sense to try again."""
    pauses = [budget.slow_down(failure.retry_after) for budget in _budgets(effect, app)]
    return replace(failure, retry_after=max(pauses, default=0.0))


def _needed(effect: Effect, facts: Facts, app: App) -> tuple[Budget[MixKey], ...]:
    """Return which turns it takes to see an effect through, in the order in which they are waited for.

    A claim is made when the turn of what it is for has come, and not before. So is the look that a start waits for: at
    the turn of that, it would be of long ago. Who replaces waits behind the stops first, and then hardly any more.
    """
    if _decides(effect, facts):
        return app.budgets.start, app.budgets.query
    return _budgets(effect.then if isinstance(effect, Claim) else effect, app)


def _decides(effect: Effect, facts: Facts) -> bool:
    """Whether it is a look that decides on a start."""
    return isinstance(effect, Observe) and effect.needed and not facts.mix.metadata.terminating


def _budgets(effect: Effect | None, app: App | None) -> tuple[Budget[MixKey], ...]:
    if app is None:
        return ()
    match effect:
        case Start() | Update():
            return (app.budgets.start,)
        case Replace():
            return app.budgets.stop, app.budgets.start
        case Stop():
            return (app.budgets.stop,)
        case Observe():
            return (app.budgets.query,)
        case Claim() | Adopt() | Release() | None:
            return ()


def priority_of(effect: Effect, facts: Facts) -> Priority:
    """Return how urgent an effect is: first what ends costs, then what a person waits for."""
    if facts.mix.metadata.terminating:
        return Priority.STOP
    if isinstance(effect, Observe) and not effect.needed:
        return Priority.LOOK
    retry = facts.mix.status.retry
    if retry is not None and retry.reason != Reason.THROTTLED and not facts.generation_is_new:
        return Priority.RETRY
    return Priority.CHANGE if facts.recorded and _somebody_waits(facts) else Priority.START


def _somebody_waits(facts: Facts) -> bool:
    """Whether a person asked for it: a mix that has ended is started again behind them."""
    asked = facts.generation_is_new or facts.restart_request or facts.reconcile_request
    return bool(asked or facts.changes)
