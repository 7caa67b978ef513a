"""The pass: look up facts, plan, act, plan again with what was learnt, and write the status once, if it differs."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from automix.api.automix import AutoMix
from automix.core.actions import Claim, Effect, Nothing, Observe, Release, Replace, Rest, Start, Stop, Update, Wait
from automix.core.announcements import announcement
from automix.core.facts import AppFacts, Facts, Presence
from automix.core.planner import interrupted, plan
from automix.core.schedule import Timing
from automix.core.states import Reason
from automix.core.status import status_after
from automix.core.task import task_of
from automix.engine.apps import App, Apps
from automix.engine.budget import Budget, Priority
from automix.engine.cache import AppKey, MixCache, MixKey, app_key, holder_first
from automix.engine.effects import Channel, Effects, Memory
from automix.engine.sequences import Owner, Sequences
from automix.kube.errors import Conflict, Gone
from automix.kube.events import Events
from automix.kube.objects import Objects
from automix.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

# Claim, Replace and a look on either side; a pass that wants more is not converging.
_MAX_EFFECTS = 4
_CONFLICT_SECONDS = 0.5
_ENDLESS_SECONDS = 5.0


@dataclass(frozen=True)
class Wiring:
    """What the reconciler is put together from."""

    cache: MixCache
    apps: Apps
    objects: Objects
    events: Events
    metrics: Metrics
    clock: Callable[[], float]
    timing: Timing
    wake_app: Callable[[AppKey], None]


@dataclass
class Course:
    """How a pass goes: what is known now, what was done, the turns it holds, and how it came to rest."""

    facts: Facts
    app: App | None
    memory: Memory
    channel: Channel | None
    done: list[Effect] = field(default_factory=list)
    """What succeeded."""
    attempts: int = 0
    sent: bool = False
    """Whether a call was made that may have changed the mix."""
    turn_for: Effect | None = None
    """The effect whose turn in the budgets was taken ahead, for its claim."""
    parked: bool = False
    """Whether it waits for a turn in a budget, which wakes it."""
    rest: Rest = field(default_factory=Nothing)
    again: float | None = None
    """Seconds until the next pass, where that is sooner than the rest says."""


class Reconciler:
    """Makes one object's world agree with its spec; every trigger ends in `reconcile`."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._memories: dict[MixKey, Memory] = {}
        self._sequences = Sequences()
        self._acting: set[MixKey] = set()
        """Who is in the middle of an effect: they hold their task, though the cache may not say so yet."""
        self.draining = False
        """Set on shutdown: a call that began ends and is recorded, another is not begun."""

    async def reconcile(self, key: MixKey) -> float | None:
        """Run one pass; returns the seconds until the next is due, None for not by itself. Raises KubeError."""
        mix = self._wiring.cache.get(key)
        if mix is None:
            self._memories.pop(key, None)
            return None
        try:
            return await self._pass(key, mix)
        except Gone:
            self._wiring.cache.remove(key, mix.metadata.uid)
            self._memories.pop(key, None)
            return None
        except Conflict:
            self._wiring.cache.put(await self._wiring.objects.read_mix(mix.metadata))
            return _CONFLICT_SECONDS

    async def _pass(self, key: MixKey, mix: AutoMix) -> float | None:
        app_facts = await self._wiring.apps.facts_for(mix)
        if app_facts is None:
            return None  # the app's first check wakes its mixes
        app = self._wiring.apps.get(app_key(mix.metadata.namespace, mix.spec))
        channel = self._channel(mix, app)
        memory = self._memories.setdefault(key, Memory(looked_at=self._now(channel)))
        course = Course(self._facts(mix, app_facts, memory, channel), app, memory, channel)
        await self._run(course)
        memory.stop_accepted = course.facts.stop_accepted and course.facts.presence is not Presence.RUNNING
        self._tell_the_app(course)
        await self._report(mix, course)
        if app is not None and not course.parked:
            app.budgets.drop(key)
        if course.again is not None:
            return course.again
        return max(course.rest.until - course.facts.now, 0.0) if isinstance(course.rest, Wait) else None

    async def _run(self, course: Course) -> None:
        """Plan and act until the plan is to rest, a turn must be waited for, or the process is to end."""
        while True:
            action = plan(course.facts)
            if isinstance(action, Wait | Nothing):
                course.rest = action
                return
            if self.draining or course.attempts == _MAX_EFFECTS:
                self._interrupt(course)
                return
            if not self._has_turn(action, course):
                course.parked = True
                return
            await self._act(action, course)

    def _interrupt(self, course: Course) -> None:
        """Come to rest before the plan does."""
        if not self.draining:
            self._wiring.metrics.endless_passes.inc()
            log.error("pass does not converge", extra={"object": "/".join(course.facts.mix.key)})
            course.again = _ENDLESS_SECONDS

    async def _act(self, action: Effect, course: Course) -> None:
        effects = Effects(self._wiring.objects, course.channel, course.memory)
        course.attempts += 1
        course.sent = course.sent or isinstance(action, Start | Update | Replace | Stop)
        key = course.facts.mix.key
        self._acting.add(key)
        try:
            facts, succeeded = await effects.carry_out(action, course.facts)
        finally:
            self._acting.discard(key)
        course.facts = replace(facts, now=self._now(course.channel))
        if succeeded:
            course.done.append(action)
        if isinstance(action, Claim | Release):
            self._wiring.cache.put(course.facts.mix)
        _log_effect(action, course.facts, succeeded=succeeded)

    def _has_turn(self, action: Effect, course: Course) -> bool:
        """Take the turns that the action needs; a claim takes those of what it is for, made when they have come."""
        if isinstance(action, Claim):
            if action.then is None:
                return True
            course.turn_for = action.then
            return self._has_turns(action.then, course)
        if action == course.turn_for:
            course.turn_for = None
            return True
        return self._has_turns(action, course)

    def _has_turns(self, action: Effect, course: Course) -> bool:
        taken: list[Budget[MixKey]] = []
        for budget in _budgets(action, course.app):
            if not budget.take(course.facts.mix.key, _priority(action, course.facts)):
                for other in taken:
                    other.give_back()
                return False
            taken.append(budget)
        return True

    async def _report(self, before: AutoMix, course: Course) -> None:
        """Write the status once if it differs, then the Event that the pass is worth."""
        if course.rest.reason is None and course.sent:
            course.rest = interrupted(course.facts)
        mix, status = course.facts.mix, before.status
        released = any(isinstance(effect, Release) for effect in course.done)
        if course.rest.reason is not None and not released:
            status = status_after(mix, course.rest, course.facts.now)
            course.memory.settled = True
        if status != before.status or course.memory.unsaved:
            # What was done is known even if it cannot be written now.
            course.memory.unsaved = True
            self._wiring.cache.put(mix.model_copy(update={"status": status}))
            stored = await self._wiring.objects.write_mix_status(mix.metadata, status)
            self._wiring.cache.put(stored)
            course.memory.unsaved = False
            if _wish(stored) != _wish(mix):
                # It was edited meanwhile, and the watch's word of that will be older than what is cached.
                course.again = 0.0
        told = announcement(course.done, before.status, status)
        if told is not None:
            await self._wiring.events.announce("AutoMix", mix.metadata, told, self._wiring.clock())

    def _channel(self, mix: AutoMix, app: App | None) -> Channel | None:
        """Return the object's way to ZEGO, its record's Sequence known there, if its app has a client."""
        if app is None or app.client is None:
            return None
        spec = app.object.spec
        channel = Channel(app.client, self._sequences, Owner(spec.app_id, spec.is_test, task_of(mix.spec).user_id))
        self._sequences.raise_to(channel.owner, mix.status.sequence)
        return channel

    def _facts(self, mix: AutoMix, app: AppFacts, memory: Memory, channel: Channel | None) -> Facts:
        return Facts(
            mix=mix,
            now=self._now(channel),
            app=app,
            timing=self._wiring.timing,
            rival=self._rival(mix),
            last_sequence=channel.sequences.last(channel.owner) if channel is not None else 0,
            looked_at=memory.looked_at,
            newly_met=not memory.settled,
            stop_accepted=memory.stop_accepted,
        )

    def _rival(self, mix: AutoMix) -> str:
        """Return who holds the object's task, if another one does."""
        holder = min(
            (mix, *self._wiring.cache.rivals(mix)),
            key=lambda other: (other.key not in self._acting, *holder_first(other)),
        )
        return "" if holder.key == mix.key else f"AutoMix {'/'.join(holder.key)}"

    def _tell_the_app(self, course: Course) -> None:
        """Pass on what a mix learnt of its app; the app's own pass writes it down and wakes the other mixes."""
        app, learnt = course.app, course.facts.app
        if app is None or app.facts == learnt or learnt.problem is Reason.APP_NOT_ALLOWED:
            return
        if learnt.sees_mixes:
            self._wiring.apps.saw_a_mix(app)
        self._wiring.wake_app(app.object.key)

    def _now(self, channel: Channel | None) -> float:
        return channel.client.now() if channel is not None else self._wiring.clock()


def _log_effect(action: Effect, facts: Facts, *, succeeded: bool) -> None:
    """Tell the operator's people of every call that changes a mix, and of every one that failed."""
    if succeeded and not isinstance(action, Start | Update | Replace | Stop):
        return
    retry = facts.mix.status.retry
    values = {
        "effect": type(action).__name__,
        "object": "/".join(facts.mix.key),
        "task": task_of(facts.mix.spec).task_id,
        "sequence": facts.last_sequence,
    }
    if succeeded:
        log.info("carried out", extra=values)
    else:
        told = facts.app.message or (retry.message if retry is not None else "")
        log.warning("failed", extra={**values, "error": told})


def _wish(mix: AutoMix) -> tuple[int, dict[str, str]]:
    """Return what people change of an object, as far as planning cares."""
    return mix.metadata.generation, mix.metadata.annotations


def _budgets(action: Effect, app: App | None) -> tuple[Budget[MixKey], ...]:
    if app is None:
        return ()
    match action:
        case Start() | Update():
            return (app.budgets.start,)
        case Replace():
            return app.budgets.start, app.budgets.stop
        case Stop():
            return (app.budgets.stop,)
        case Observe():
            return (app.budgets.query,)
        case Claim() | Release():
            return ()


def _priority(action: Effect, facts: Facts) -> Priority:
    if facts.mix.metadata.terminating:
        return Priority.STOP
    if isinstance(action, Observe) and not action.needed:
        return Priority.LOOK
    if facts.mix.status.retry is not None and not facts.generation_is_new:
        return Priority.RETRY
    return Priority.CHANGE if facts.recorded else Priority.START
