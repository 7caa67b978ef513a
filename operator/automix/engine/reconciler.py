"""The pass: look up facts, plan, act, plan again with what was learnt, and write the status once, if it differs."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from automix.api.automix import AutoMix, AutoMixStatus
from automix.core.actions import Claim, Effect, Nothing, Observe, Release, Replace, Rest, Start, Stop, Update, Wait
from automix.core.announcements import announcement
from automix.core.facts import AppFacts, Facts, Presence
from automix.core.failures import Failure
from automix.core.planner import interrupted, plan
from automix.core.schedule import Timing
from automix.core.sequence import ahead_of_the_clock
from automix.core.states import Reason
from automix.core.status import ready_reason, status_after
from automix.core.task import task_of
from automix.engine.apps import App, Apps
from automix.engine.cache import AppKey, MixCache, MixKey, app_key, holder_first, holds
from automix.engine.effects import Channel, Effects, Memory
from automix.engine.sequences import Owner, Sequences
from automix.engine.turns import has_turns, spend_turns
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
    """How a pass goes: what is known now, what was done, and how it came to rest."""

    facts: Facts
    app: App | None
    memory: Memory
    channel: Channel | None
    done: list[Effect] = field(default_factory=list)
    """What succeeded."""
    attempts: int = 0
    parked: bool = False
    """Whether it waits for a turn in a budget, which wakes it."""
    rest: Rest = field(default_factory=Nothing)
    again: float | None = None
    """Seconds until the next pass, where that is sooner than the rest says."""

    @property
    def delay(self) -> float | None:
        """Seconds until the next pass; None if something else will ask for it."""
        if self.again is not None:
            return self.again
        return max(self.rest.until - self.facts.now, 0.0) if isinstance(self.rest, Wait) else None


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
        try:
            if mix is not None:
                return await self._pass_or_read_again(key, mix)
        except Gone:
            self._wiring.cache.remove(key, mix.metadata.uid if mix is not None else "")
        self._memories.pop(key, None)
        self._wiring.apps.forget(key)
        return None

    async def _pass_or_read_again(self, key: MixKey, mix: AutoMix) -> float | None:
        try:
            return await self._pass(key, mix)
        except Conflict:
            self._wiring.cache.put(await self._wiring.objects.read_mix(mix.metadata))
            return _CONFLICT_SECONDS

    async def _pass(self, key: MixKey, mix: AutoMix) -> float | None:
        app_facts = await self._wiring.apps.facts_for(mix)
        if app_facts is None:
            return None  # the app's first check wakes its mixes
        app = self._wiring.apps.get(app_key(mix.metadata.namespace, mix.spec))
        channel = self._channel(mix, app)
        memory = self._memory(mix, channel)
        if memory.unsaved is not None:
            mix = mix.model_copy(update={"status": memory.unsaved})
        course = Course(self._facts(mix, app_facts, memory, channel), app, memory, channel)
        try:
            await self._run(course)
        finally:
            # What was learnt outlives a pass that cannot say so.
            if course.facts.mix.status != mix.status:
                memory.unsaved = course.facts.mix.status
            if not course.parked:
                self._wiring.apps.forget(key)
        memory.stop_accepted = course.facts.stop_accepted and course.facts.presence is not Presence.RUNNING
        if app is not None and course.facts.app.sees_mixes and not app.sees_mixes:
            self._wiring.apps.saw_a_mix(app)
            self._wiring.wake_app(app.object.key)
        await self._report(mix, course)
        return course.delay

    async def _run(self, course: Course) -> None:
        """Plan and act until the plan is to rest, a turn must be waited for, or the process is to end."""
        while True:
            action = plan(course.facts)
            if isinstance(action, Wait | Nothing):
                course.rest = action
                return
            if self.draining:
                course.rest = interrupted(course.facts) if course.attempts else Nothing()
                return
            if course.attempts == _MAX_EFFECTS:
                self._wiring.metrics.endless_passes.inc()
                log.error("pass does not converge", extra={"object": "/".join(course.facts.mix.key)})
                course.again = _ENDLESS_SECONDS
                return
            if not has_turns(action, course.facts, course.app):
                course.parked = True
                return
            await self._act(action, course)

    async def _act(self, action: Effect, course: Course) -> None:
        effects = Effects(self._wiring.objects, course.channel, course.memory)
        course.attempts += 1
        key = course.facts.mix.key
        if not isinstance(action, Release | Observe):
            self._acting.add(key)
        try:
            facts, failure = await effects.carry_out(action, course.facts)
        finally:
            self._acting.discard(key)
            spend_turns(action, course.facts, course.app)
        course.facts = replace(facts, now=self._now(course.channel))
        if failure is None:
            course.done.append(action)
        elif failure.of_the_app and course.app is not None:
            self._wiring.wake_app(course.app.object.key)
        if isinstance(action, Claim | Release):
            self._wiring.cache.put(course.facts.mix)
        _log_effect(action, course.facts, failure)

    async def _report(self, before: AutoMix, course: Course) -> None:
        """Write the status once if it differs, then the Event that the pass is worth.

        A pass that only waits for its turn writes nothing; what it learnt is remembered for the one that goes on.
        """
        mix, released = course.facts.mix, any(isinstance(effect, Release) for effect in course.done)
        if released:
            status = before.status
        elif course.rest.reason is None:
            return
        else:
            status = status_after(mix, course.rest, course.facts.now)
            course.memory.settled = True
        if not released and (status != before.status or course.memory.unsaved is not None):
            await self._write(mix, status, course)
        told = announcement(course.done, before.status, status)
        if told is not None:
            await self._wiring.events.announce("AutoMix", mix.metadata, told, self._wiring.clock())

    async def _write(self, mix: AutoMix, status: AutoMixStatus, course: Course) -> None:
        course.memory.unsaved = status
        stored = await self._wiring.objects.write_mix_status(mix.metadata, status)
        self._wiring.cache.put(stored)
        course.memory.unsaved = None
        if _wish(stored) != _wish(mix):
            # It was edited meanwhile, and the watch's word of that will be older than what is cached.
            course.again = 0.0

    def _memory(self, mix: AutoMix, channel: Channel | None) -> Memory:
        """Return what is remembered of this very object, not of one that had its name before."""
        known = self._memories.get(mix.key)
        if known is None or known.uid != mix.metadata.uid:
            known = self._memories[mix.key] = Memory(uid=mix.metadata.uid, looked_at=self._now(channel))
            if channel is not None and holds(mix):
                channel.sequences.raise_to(channel.owner, ahead_of_the_clock(channel.client.now()))
        return known

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
        """Return who holds the object's task at ZEGO, if another one does, whatever app object it refers to."""
        account = self._wiring.apps.account(mix)
        rivals = [
            other
            for other in self._wiring.cache.rivals(mix)
            if self._wiring.apps.account(other) == account and self._competes(other)
        ]
        holder = min((mix, *rivals), key=lambda other: (other.key not in self._acting, *holder_first(other)))
        return "" if holder.key == mix.key else f"AutoMix {'/'.join(holder.key)}"

    def _competes(self, mix: AutoMix) -> bool:
        """Whether an object holds its task, or could: nobody waits for one whose app does not work."""
        if mix.key in self._acting or holds(mix):
            return True
        usable = self._wiring.apps.is_usable(app_key(mix.metadata.namespace, mix.spec))
        shut_out = ready_reason(mix.status) == Reason.APP_NOT_ALLOWED
        return usable and not (shut_out or mix.spec.suspend or mix.metadata.terminating)

    def _now(self, channel: Channel | None) -> float:
        return channel.client.now() if channel is not None else self._wiring.clock()


def _log_effect(action: Effect, facts: Facts, failure: Failure | None) -> None:
    """Tell the operator's people of every call that changes a mix, and of every one that failed."""
    values = {
        "effect": type(action).__name__,
        "object": "/".join(facts.mix.key),
        "task": task_of(facts.mix.spec).task_id,
        "sequence": facts.last_sequence,
    }
    if failure is not None:
        log.warning("failed", extra={**values, "error": failure.message})
    elif isinstance(action, Start | Update | Replace | Stop):
        log.info("carried out", extra=values)


def _wish(mix: AutoMix) -> tuple[int, dict[str, str], tuple[str, ...]]:
    """Return what people change of an object, as far as planning cares."""
    return mix.metadata.generation, mix.metadata.annotations, mix.metadata.finalizers
