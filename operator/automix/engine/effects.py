"""Carries out one effect and returns the facts that were learnt. Every call takes a Sequence that was never sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from automix import zego
from automix.api.automix import AutoMix, AutoMixStatus
from automix.core.actions import Adopt, Claim, Effect, Observe, Release, Replace, Start, Stop, Update
from automix.core.adoption import began_under_the_claim, insists
from automix.core.facts import Facts, Presence
from automix.core.failures import Failure
from automix.core.record import (
    Started,
    after_adoption,
    after_doubtful_update,
    after_end,
    after_failure,
    after_start,
    after_stop,
    after_update,
)
from automix.core.sequence import next_sequence
from automix.core.states import Reason
from automix.core.task import task_of
from automix.engine.failures import failure_of
from automix.engine.ghosts import MixStore
from automix.engine.memory import Memory
from automix.engine.sequences import Owner, Sequences
from automix.engine.wire import InvalidSpec, start_request, started, stop_request
from automix.kube.errors import Conflict, Forbidden

_TIMELY_SECONDS = 2.0


@dataclass(frozen=True)
class Channel:
    """The way to ZEGO for one object."""

    client: zego.ZegoClient
    sequences: Sequences
    owner: Owner
    clock: Callable[[], float]
    """This machine's, in Unix seconds, which never jumps."""

    def next_sequence(self) -> int:
        """Return a Sequence that was never sent, and take note of it."""
        sequence = next_sequence(self.sequences.last(self.owner), self.client.now())
        self.sequences.raise_to(self.owner, sequence)
        return sequence


class SequenceRefused(Exception):
    """Report that ZEGO echoed another Sequence than was sent: the call was not executed."""

    def __init__(self, sent: int, echoed: int) -> None:
        super().__init__(
            f"StartAutoMix was sent Sequence {sent} and ZEGO answered with {echoed}; it is sent again higher"
        )
        self.echoed = echoed


class Outcome(NamedTuple):
    """What came of an effect."""

    facts: Facts
    """What was learnt."""
    failure: Failure | None
    excused: bool
    """Whether the failure is the app's affair, and no part of the record."""


class Effects:
    """Effects on one object in one pass."""

    def __init__(
        self,
        objects: MixStore,
        channel: Channel | None,
        memory: Memory,
        consider: Callable[[Failure], Failure | None],
        *,
        anew: bool,
    ) -> None:
        """`channel` is None for an app that cannot be used; the planner asks for no call then.

        `consider` is told of a failed call, and returns the failure as the object's own, or None if it is not.
        `anew` says whether failures of before this pass were about something else.
        """
        self._objects = objects
        self._consider = consider
        self._usable_channel = channel
        self._memory = memory
        self._anew = anew
        self._learnt: Facts

    @property
    def _channel(self) -> Channel:
        if self._usable_channel is None:
            raise AssertionError("the planner asked for a call without a usable app")
        return self._usable_channel

    @property
    def _client(self) -> zego.ZegoClient:
        return self._channel.client

    async def carry_out(self, effect: Effect, facts: Facts) -> Outcome:
        """Carry out the effect. Raises KubeError.

        A call that fails becomes part of the record, unless it is a look that can wait, or not the object's affair.
        """
        failure: Failure | None = None
        self._learnt = facts
        try:
            self._learnt = await self._attempt(effect, facts)
        except zego.ZegoError as error:
            failure = failure_of(error)
        except SequenceRefused as refused:
            self._channel.sequences.raise_to(self._channel.owner, refused.echoed)
            failure = Failure(Reason.ZEGO_FAILED, str(refused))
        except InvalidSpec as invalid:
            failure = Failure(Reason.INVALID_SPEC, str(invalid))
        own = self._consider(failure) if failure is not None else None
        if own is not None:
            self._learnt = self._failed(effect, self._learnt, own)
        return Outcome(self._with_memory(self._learnt), failure, excused=failure is not None and own is None)

    def _with_memory(self, learnt: Facts) -> Facts:
        channel, memory = self._usable_channel, self._memory
        if learnt.mix.status.retry is None:
            memory.failed_with = None  # what is waited out from now on is no failure of before
        last = channel.sequences.last(channel.owner) if channel is not None else 0
        return replace(
            learnt,
            now=channel.client.now() if channel is not None else learnt.now,
            last_sequence=last,
            looked_at=memory.looked_at,
            failed_looks=memory.failed_looks,
            called=memory.called,
            app_changed=learnt.app_changed and memory.failed_with is not None,
        )

    async def _attempt(self, effect: Effect, facts: Facts) -> Facts:
        match effect:
            case Claim():
                return await self._claim(effect, facts)
            case Start():
                return await self._start(facts)
            case Update():
                answer = await self._send_start(facts)
                return _recorded(facts, after_update(facts.mix, answer))
            case Replace():
                return await self._replace(facts if facts.claimed == effect else await self._afresh(facts))
            case Stop():
                return replace(await self._stop(await self._afresh(facts)), stop_accepted=True)
            case Observe():
                return await self._observe(facts)
            case Adopt():
                return self._adopt(effect, facts)
            case Release():
                return await self._release(facts)

    async def _claim(self, effect: Claim, facts: Facts) -> Facts:
        claim = facts.claim_for(effect.then)
        if claim.time == facts.now:
            self._memory.claim = claim.time, self._channel.clock()
        stored = await self._objects.claim(facts.mix.metadata, claim.to_annotation())
        self._memory.held = True
        # The record of this pass is newer than the stored one.
        return replace(facts, mix=_with_status(stored, facts.mix.status), claimed=effect.then)

    async def _start(self, facts: Facts) -> Facts:
        met = facts.presence is Presence.RUNNING and not began_under_the_claim(facts)
        answer = await self._send_start(facts)
        now = self._client.now()
        since = facts.running_since if met else None
        mix = _with_status(facts.mix, after_start(facts.mix, answer, now, since=since))
        return replace(facts, mix=mix, presence=Presence.RUNNING, running_since=now, age=None)

    async def _replace(self, facts: Facts) -> Facts:
        # What cannot be said to ZEGO is refused before it costs a gap.
        start_request(facts.mix.spec, 0, self._channel.owner)
        stopped = await self._stop(facts)
        # Should the start fail, that is told of a mix that no longer runs.
        self._learnt = _recorded(stopped, after_stop(facts.mix.status))
        return await self._start(self._learnt)

    async def _stop(self, facts: Facts) -> Facts:
        sequence = self._next_sequence()
        try:
            await self._client.stop_auto_mix(stop_request(facts.mix.spec, sequence))
        except zego.ZegoRefused as refused:
            if refused.failure is not zego.Failure.GONE:
                raise
            return _stopped(facts, Presence.ABSENT)
        return _stopped(facts, Presence.UNKNOWN)

    async def _observe(self, facts: Facts) -> Facts:
        asked = self._memory.looked_at = self._client.now()
        info = await self._client.get_mix_task_info(task_of(facts.mix.spec).task_id)
        now = self._client.now()
        self._memory.failed_looks = 0
        if info is None:
            ended = facts.app.sees_mixes and not facts.mix.metadata.terminating
            status = after_end(facts.mix, now) if ended else facts.mix.status
            return replace(_recorded(facts, status), presence=Presence.ABSENT)
        # When ZEGO looked, in a slow answer, nobody can say: what it tells is not held against anybody then.
        age = info.mix_duration if now - asked < _TIMELY_SECONDS else None
        last_age = self._memory.last_age
        if age is not None:
            self._memory.last_age = age
        return replace(
            facts,
            presence=Presence.RUNNING,
            age=age,
            last_age=last_age,
            clock_moved=self._clock_moved(facts, now),
            # An age that ZEGO leaves out counts as old: what is not surely new is not taken for new.
            running_since=now - info.mix_duration if info.mix_duration is not None else 0.0,
            app=facts.app if facts.app.sees_mixes else replace(facts.app, sees_mixes=True),
        )

    def _clock_moved(self, facts: Facts, now: float) -> float:
        """Return by how many seconds more ZEGO's clock went on since the claim than time did, if we wrote it."""
        known = self._memory.claim
        if known is None or facts.claim is None or known[0] != facts.claim.time:
            return 0.0
        return (now - known[0]) - (self._channel.clock() - known[1])

    def _adopt(self, effect: Adopt, facts: Facts) -> Facts:
        now = self._client.now()
        insisted = effect.taken_over and insists(facts)
        since = facts.running_since
        status = after_adoption(facts.mix, since, now, taken_over=effect.taken_over, insisted=insisted)
        return replace(_recorded(facts, status), judged=True)

    async def _release(self, facts: Facts) -> Facts:
        before, self._memory.released = self._memory.released, True  # also where the answer is lost
        try:
            await self._objects.release(facts.mix.metadata)
        except (Conflict, Forbidden):
            self._memory.released = before
            raise
        return _without_finalizer(facts)

    async def _afresh(self, facts: Facts) -> Facts:
        """Read the object again: nothing audible is done on a stale view. Raises Conflict if it was edited."""
        fresh = await self._objects.read_mix(facts.mix.metadata)
        if fresh.metadata.generation != facts.mix.metadata.generation:
            raise Conflict(f"AutoMix {'/'.join(fresh.key)}", "it was edited since it was planned for")
        return replace(facts, mix=_with_status(fresh, facts.mix.status))

    async def _send_start(self, facts: Facts) -> Started:
        sequence = self._next_sequence()
        result = await self._client.start_auto_mix(start_request(facts.mix.spec, sequence, self._channel.owner))
        if result.sequence not in (None, sequence):
            raise SequenceRefused(sequence, result.sequence or 0)
        return started(result, sequence)

    def _next_sequence(self) -> int:
        """Return the Sequence of a call that is about to change the mix."""
        self._memory.called, self._memory.last_age = True, None
        sequence = self._channel.next_sequence()
        self._memory.sent = sequence, self._channel.clock()
        return sequence

    def _failed(self, effect: Effect, facts: Facts, failure: Failure) -> Facts:
        facts = replace(facts, claimed=None, app_changed=False)  # it was tried; the next try waits
        if isinstance(effect, Observe) and not effect.needed:
            self._memory.failed_looks += 1
            self._memory.looked_at = self._client.now()  # an answer that did not come was waited for
            return replace(facts, presence=Presence.UNANSWERED)
        self._memory.failed_with = facts.app.revision
        status = after_failure(facts.mix, failure, self._client.now(), anew=self._anew)
        if isinstance(effect, Replace) and failure.in_doubt:
            self._memory.looked_at = 0.0  # whether it was stopped is to be seen at once
        if isinstance(effect, Update) and failure.in_doubt:
            status = after_doubtful_update(status, effect.fields)
        return _recorded(replace(facts, failed=True), status)


def _recorded(facts: Facts, status: AutoMixStatus) -> Facts:
    """Return the facts with another status in the object."""
    return replace(facts, mix=_with_status(facts.mix, status))


def _with_status(mix: AutoMix, status: AutoMixStatus) -> AutoMix:
    return mix.model_copy(update={"status": status})


def _stopped(facts: Facts, presence: Presence) -> Facts:
    """Return the facts after a stop that ZEGO accepted; what failed before that is over."""
    # Its wait would seem to go on where the answer shows that ZEGO's clock is a moment behind what it was taken for.
    status = facts.mix.status.model_copy(update={"retry": None})
    return replace(_recorded(facts, status), presence=presence)


def _without_finalizer(facts: Facts) -> Facts:
    meta = facts.mix.metadata.model_copy(update={"finalizers": ()})
    return replace(facts, mix=facts.mix.model_copy(update={"metadata": meta}))
