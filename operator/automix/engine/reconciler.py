"""The pass: look up facts, plan, act, plan again with what was learnt, and write the status once, if it differs."""

import asyncio
import contextlib
import logging

from automix.api.automix import AutoMix, AutoMixStatus
from automix.core.actions import (
    Action,
    Claim,
    Count,
    Effect,
    Nothing,
    Observe,
    Release,
    Replace,
    Start,
    Stop,
    Update,
    Wait,
)
from automix.core.announcements import announcement
from automix.core.facts import Facts, Presence
from automix.core.failures import Failure
from automix.core.planner import interrupted, plan
from automix.core.states import Reason
from automix.core.status import status_after
from automix.core.task import task_of
from automix.engine.cache import MixKey, app_key, leaves_without_us
from automix.engine.course import Course, Wiring
from automix.engine.effects import Effects
from automix.engine.looks import Looks
from automix.engine.lookup import Lookup
from automix.engine.passes import Passes
from automix.engine.turns import has_turns, slowed_down, spend_turns
from automix.kube.errors import Conflict, Gone

log = logging.getLogger(__name__)

# Claim, Replace and a look on either side; a pass that wants more is not converging.
_MAX_EFFECTS = 4
_CONFLICT_SECONDS = 0.5
_ENDLESS_SECONDS = 5.0
_FAREWELL_SECONDS = 5.0
# After a refusal that is the app's: its check takes a moment, and a Sequence is a second apart from the last anyway.
_DOUBT_SECONDS = 1.0


class Reconciler:
    """Makes one object's world agree with its spec; every trigger ends in `reconcile`."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._lookup = Lookup(wiring)
        self._passes = Passes(wiring.wake_mix)
        self.looks = Looks(wiring.cache, wiring.apps)
        self._passed = asyncio.Event()
        """Set when a pass is over."""
        self.draining = False
        """Set on shutdown: a call that began ends and is recorded, another is not begun."""

    @property
    def recorded(self) -> bool:
        """Whether what is stored tells of every call that was made."""
        return self._lookup.recorded

    def takes_over(self, *, handed_over: bool) -> None:
        """Take note that this process acts from now on, and whether the one before ended in order and recorded all."""
        self._lookup.takes_over(handed_over=handed_over)

    async def reconcile(self, key: MixKey) -> float | None:
        """Run one pass; returns the seconds until the next is due, None for not by itself. Raises KubeError."""
        self.looks.forget(key)
        mix = self._wiring.cache.get(key)
        if mix is None:
            self._lookup.forget(key)
            return None
        if mix in self._passes:
            return _CONFLICT_SECONDS  # its pass of before it vanished: a call may be on its way
        try:
            with self._passes.about(mix):
                return await self._pass_or_read_again(key, mix)
        except Gone:
            self._lookup.vanished(mix)
            return None
        except BaseException:
            self._wiring.apps.forget(key)  # the turn with which it may have come is for others
            raise
        finally:
            self._passed.set()

    async def stop_ghosts(self, within: float) -> None:
        """Leave the workers some seconds for the mixes of objects that vanished: the next process knows of none."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._ghosts():
                    self._passed.clear()
                    await self._passed.wait()

    async def give_up_ghosts(self) -> None:
        """Tell of the mixes whose objects vanished and that could not be stopped."""
        why = "its object vanished, and the operator ended before ZEGO had stopped it"
        ghosts = [ghost for key in self._ghosts() if (ghost := self._wiring.cache.get(key)) is not None]
        for ghost in ghosts:
            self._wiring.orphans.count(ghost, why)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):  # whoever acts next waits for the Lease
                for ghost in ghosts:
                    app = self._wiring.apps.get(app_key(ghost.metadata.namespace, ghost.spec))
                    await self._wiring.orphans.announce(ghost, why, app.object if app is not None else None)

    def _ghosts(self) -> list[MixKey]:
        return [key for key in self._wiring.cache.vanished() if not self._lookup.is_stopped(key)]

    def vanished(self, mix: AutoMix) -> None:
        """Take note that an object is gone; `mix` is the last that was seen of it."""
        self._lookup.vanished(mix)

    def reported(self, mix: AutoMix) -> None:
        """Take note that a watch reports an object that is in the cache by now."""
        self._passes.report(mix)

    def edited(self, before: AutoMix) -> None:
        """Take note that an object is not any more what it was before."""
        self._lookup.edited(before)

    async def _pass_or_read_again(self, key: MixKey, mix: AutoMix) -> float | None:
        try:
            return await self._pass(key, mix)
        except Conflict:
            fresh = await self._wiring.objects.read_mix(mix.metadata)
            if fresh.metadata.resource_version == mix.metadata.resource_version:
                raise  # nobody changed it: what was asked for is refused, by a policy or a webhook
            self._keep(fresh)
            return _CONFLICT_SECONDS

    async def _pass(self, key: MixKey, mix: AutoMix) -> float | None:
        app_facts = await self._wiring.apps.facts_for(mix)
        if app_facts is None:
            self._wiring.apps.forget(key)  # turns that were granted meanwhile are for others
            return None  # the app's check wakes its mixes
        course = await self._lookup.course(mix, app_facts)
        memory = course.memory
        try:
            await self._run(course)
        finally:
            # What was learnt outlives a pass that cannot say so.
            if course.facts.mix.status != mix.status:
                memory.unsaved = course.facts.mix.status
            memory.stop_accepted = course.facts.stop_accepted and course.facts.presence is not Presence.RUNNING
            if not course.parked:
                self._wiring.apps.forget(key)
        self._tell_the_app(course)
        await self._report(mix, course)
        if course.looks_next:
            self.looks.expect(key)
        return course.delay

    def _tell_the_app(self, course: Course) -> None:
        """Let the app know what the pass found out that concerns all of its mixes."""
        app, facts = course.app, course.facts
        if app is None:
            return
        if facts.app.sees_mixes and not app.sees_mixes:
            self._wiring.apps.saw_a_mix(app)
            self._wiring.wake_app(app.object.key)
        if any(isinstance(effect, Claim | Release) for effect in course.done):
            self._wiring.apps.note_use(app.object.key)
        if course.rest.reason is Reason.WAITING_FOR_ROOM:
            app.budgets.census.wait(facts.mix.key, facts.mix.spec.room_id)

    async def _run(self, course: Course) -> None:
        """Plan and act until the plan is to rest, a turn must be waited for, or the process is to end."""
        while True:
            action = plan(course.facts)
            if isinstance(action, Wait | Nothing):
                course.rest = action
                return
            if isinstance(action, Count):
                self._ask_for_people(course)
                return
            # What vanished is left to nobody: the next process cannot know of it.
            if self.draining and not course.facts.mix.metadata.vanished:
                course.rest = interrupted(course.facts) if course.attempts else Nothing()
                return
            if course.attempts == _MAX_EFFECTS:
                self._wiring.metrics.endless_passes.inc()
                log.error("pass does not converge", extra={"object": "/".join(course.facts.mix.key)})
                course.again = _ENDLESS_SECONDS
                return
            if self._is_outrun(action, course):
                course.again = _CONFLICT_SECONDS
                return
            if not has_turns(action, course.facts, course.app):
                course.parked = True
                return
            await self._act(action, course)
            if course.parked:
                return

    def _is_outrun(self, action: Action, course: Course) -> bool:
        """Whether another object got what this one is about to claim, while ZEGO was asked what runs."""
        if not (isinstance(action, Claim) and action.then is not None and course.done):
            return False
        mix, rivals = course.facts.mix, self._lookup.rivals
        return rivals.of_task(mix) is not None or rivals.of_output(mix) is not None

    def _ask_for_people(self, course: Course) -> None:
        """Have the room counted, which wakes the object."""
        if course.app is None:
            raise AssertionError("the planner asked for people without an app")
        course.app.budgets.census.ask(course.facts.mix.key, course.facts.mix.spec.room_id)
        course.parked = True

    def _keep(self, mix: AutoMix) -> bool:
        """Keep an answer; returns whether nothing newer is known."""
        newest = self._wiring.cache.put(mix)
        if leaves_without_us(mix):
            self._lookup.vanished(mix)
        return newest

    async def _act(self, action: Effect, course: Course) -> None:
        def consider(failure: Failure) -> Failure | None:
            if self._doubted(failure, course):
                return None
            concerns_all = failure.busy or failure.retry_after is not None
            return slowed_down(failure, action, course.app) if concerns_all else failure

        effects = Effects(course.store, course.channel, course.memory, consider, anew=course.anew)
        course.attempts += 1
        key = course.facts.mix.key
        if not isinstance(action, Release | Observe):
            self._lookup.rivals.acting.add(key)
        if isinstance(action, Release):
            await self._report_an_orphan(action, course)  # not after: the answer may be lost
        begun = asyncio.get_running_loop().time()
        try:
            outcome = await effects.carry_out(action, course.facts)
        finally:
            self._lookup.rivals.acting.discard(key)
            spend_turns(action, course.facts, course.app, asyncio.get_running_loop().time() - begun)
        course.facts = outcome.facts
        if outcome.excused:
            course.parked, course.again = True, _DOUBT_SECONDS
        if outcome.failure is None:
            course.done.append(action)
        if isinstance(action, Claim | Release) and self._keep(course.facts.mix):
            self._passes.answered(course.facts.mix)
        _log_effect(action, course.facts, outcome.failure)

    def _doubted(self, failure: Failure, course: Course) -> bool:
        """Whether a refusal is the app's affair, which is being looked into, and not the mix's."""
        if not failure.of_the_app or course.app is None or course.channel is None:
            return False
        return self._wiring.apps.doubt(course.app, course.channel.client, failure.reason)

    async def _report(self, before: AutoMix, course: Course) -> None:
        """Write the status once if it differs, then the Event that the pass is worth.

        A pass that only waits for its turn writes nothing; what it learnt is remembered for the one that goes on.
        """
        mix = course.facts.mix
        if any(isinstance(effect, Release) for effect in course.done):
            status = before.status
        elif course.rest.reason is None:
            return
        else:
            status = status_after(mix, course.rest, course.facts.now)
            course.memory.settled = True
            if status != before.status or course.memory.unsaved is not None:
                await self._write(mix, status, before.status, course)
        told = announcement(course.done, before.status, status)
        if told is not None:
            await self._wiring.events.announce("AutoMix", mix.metadata, told, self._wiring.clock())

    async def _report_an_orphan(self, release: Release, course: Course) -> None:
        if release.orphaning and not course.memory.reported:
            course.memory.reported = True
            app = course.app.object if course.app is not None else None
            await self._wiring.orphans.report(course.facts.mix, release.orphaning, app)

    async def _write(self, mix: AutoMix, status: AutoMixStatus, before: AutoMixStatus, course: Course) -> None:
        course.memory.unsaved = status
        stored = await course.store.write_mix_status(mix.metadata, status)
        if self._keep(stored):
            self._passes.answered(stored)
        course.memory.unsaved = None
        if not set(before.outputs) <= set(stored.status.outputs):
            self._lookup.edited(mix.model_copy(update={"status": before}))
        if _wish(stored) != _wish(mix):
            # It was edited meanwhile, and the watch's word of that will be older than what is cached.
            course.again = 0.0


def _log_effect(action: Effect, facts: Facts, failure: Failure | None) -> None:
    """Tell the operator's people of every call that changes a mix, and of every one that failed."""
    if failure is None and not isinstance(action, Start | Update | Replace | Stop):
        return
    values = {
        "effect": type(action).__name__,
        "object": "/".join(facts.mix.key),
        "task": task_of(facts.mix.spec).task_id,
        "sequence": facts.last_sequence,
    }
    if failure is not None:
        log.warning("failed", extra={**values, "error": failure.message})
    else:
        log.info("carried out", extra=values)


def _wish(mix: AutoMix) -> tuple[int, dict[str, str], tuple[str, ...]]:
    """Return what people change of an object, as far as planning cares."""
    return mix.metadata.generation, mix.metadata.annotations, mix.metadata.finalizers
