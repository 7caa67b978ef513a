"""The facts of a pass, looked up before it plans; and what this process remembers of each object."""

import logging
from collections.abc import Callable

from automix.api.automix import AutoMix, AutoMixStatus
from automix.api.meta import FINALIZER
from automix.core.claim import Claim
from automix.core.facts import AppFacts, Facts, People
from automix.core.sequence import ahead_of_the_clock
from automix.core.states import Reason
from automix.core.status import ready_reason
from automix.core.task import task_of
from automix.engine.app import App
from automix.engine.cache import MixKey, app_key, holds
from automix.engine.course import Course, Wiring
from automix.engine.effects import Channel
from automix.engine.ghosts import Nowhere, ghost_of
from automix.engine.memory import Memory
from automix.engine.rivals import Rivals, named
from automix.engine.sequences import Owner, Sequences
from automix.kube.errors import Gone

# So far apart two processes may take ZEGO's clock to be: each is off by half a second.
_CLOCKS_SECONDS = 1.0
# So long after its start a process may send a Sequence that the one before it has sent: a replace borrows a second.
_SUCCESSION_SECONDS = 2.0 + _CLOCKS_SECONDS

# A mix that started so short ago may not have been looked at yet.
_FIRST_LOOK_MISSED_SECONDS = 60.0

log = logging.getLogger(__name__)


class Lookup:
    """What is known of objects, from the cache, the apps, the API server and the passes before."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._memories: dict[MixKey, Memory] = {}
        self._sequences = Sequences(wiring.clock)
        self._begun = float("inf")
        """When this process began to act."""
        self.rivals = Rivals(wiring.cache, wiring.apps)
        self._handed_over = False
        """Whether the process before ended in order, and recorded all that it did."""

    def takes_over(self, *, handed_over: bool) -> None:
        """Take note that this process acts from now on, and whether the one before recorded all that it did."""
        self._begun = self._wiring.clock()
        self._handed_over = handed_over

    @property
    def recorded(self) -> bool:
        """Whether what is stored tells of every call that was made."""
        return not any(self._hides_a_call(key, memory) for key, memory in self._memories.items())

    def _hides_a_call(self, key: MixKey, memory: Memory) -> bool:
        """Whether a record that looks whole lacks a call: it was not written, or an older one was put in its place.

        A Sequence of longer ago is below the clock, and the next process does not send it again.
        """
        sequence, sent_at = memory.sent
        lately = self._wiring.clock() - sent_at < _SUCCESSION_SECONDS
        if memory.unsaved is None and not lately:
            return False
        stored = self._wiring.cache.get(key)
        if stored is None or stored.metadata.uid != memory.uid or not _is_whole(stored):
            return False
        return (lately and sequence > stored.status.sequence) or _tells_more(memory.unsaved, stored.status)

    async def course(self, mix: AutoMix, app_facts: AppFacts) -> Course:
        """Look up what the pass rests on. Raises KubeError."""
        app = self._wiring.apps.get(app_key(mix.metadata.namespace, mix.spec))
        channel = self._channel(mix, app)
        memory = self._memory(mix, channel)
        memory.held = memory.held or FINALIZER in mix.metadata.finalizers
        if memory.unsaved is not None:
            mix = mix.model_copy(update={"status": memory.unsaved})
        facts = Facts(
            mix=mix,
            now=self.now(channel),
            app=app_facts,
            timing=self._wiring.timing,
            rival=await self._rival(mix, self.rivals.of_task),
            output_rival=await self._rival(mix, self.rivals.of_output),
            last_sequence=channel.sequences.last(channel.owner) if channel is not None else 0,
            looked_at=memory.looked_at,
            failed_looks=memory.failed_looks,
            called=memory.called,
            people=_people(mix, app),
            newly_met=not memory.settled,
            stop_accepted=memory.stop_accepted,
            leaving_for=self._wiring.clock() - memory.leaving_since if memory.leaving_since else 0.0,
            kind_is_going=await self._kind_is_going(mix, memory),
            app_changed=memory.failed_with not in (None, app_facts.revision),
        )
        store = Nowhere(mix) if mix.metadata.vanished else self._wiring.objects
        return Course(facts, app, memory, channel, store)

    def vanished(self, mix: AutoMix) -> None:
        """Take note that an object is gone; `mix` is the last that was seen of it.

        Where that is news to us and a mix may run for it, what is left to do is done for its ghost.
        """
        self._wiring.gone.add(mix.metadata.uid)
        known = self._wiring.cache.get(mix.key)
        if known is not None and known.metadata.uid == mix.metadata.uid and not holds(mix):
            mix = known  # what told that a mix may run can be taken off as it goes
        was_known = self._wiring.cache.remove(mix.key, mix.metadata.uid)
        # Whoever noticed first that it is gone: its rivals may have their turn.
        self._wake(mix, *self.rivals.all_of(mix))
        self._wiring.apps.note_use(app_key(mix.metadata.namespace, mix.spec))
        if not was_known:
            return
        memory = self._memories.get(mix.key)
        if memory is None or memory.uid != mix.metadata.uid:
            memory = Memory(uid=mix.metadata.uid, looked_at=0.0)
        released = memory.released or (mix.metadata.terminating and not _held(mix, known, memory))
        if memory.unsaved is not None:
            mix = mix.model_copy(update={"status": memory.unsaved})
        ghost = ghost_of(mix, self._wiring.clock()) if holds(mix) and not released else None
        if ghost is not None:
            log.warning("vanished while its mix may run: it is stopped", extra={"object": "/".join(mix.key)})
            self._wiring.metrics.vanished_mixes.inc()
            self._wiring.cache.see(ghost)
            self._wake(ghost)

    def is_stopped(self, key: MixKey) -> bool:
        """Whether ZEGO accepted the Stop of what is on its way out, though it was not looked at since."""
        return key in self._memories and self._memories[key].stop_accepted

    def edited(self, before: AutoMix) -> None:
        """Take note that an object is not any more what it was before: its rivals may have their turn."""
        self._wake(*self.rivals.all_of(before))

    def _wake(self, *mixes: AutoMix) -> None:
        for mix in mixes:
            self._wiring.wake_mix(mix.key)

    def forget(self, key: MixKey) -> None:
        """Forget all about an object that is gone."""
        self._memories.pop(key, None)
        self._wiring.apps.forget(key)

    def _memory(self, mix: AutoMix, channel: Channel | None) -> Memory:
        """Return what is remembered of this very object, not of one that had its name before."""
        known = self._memories.get(mix.key)
        if known is None or known.uid != mix.metadata.uid:
            looked_at = _last_look(mix, self.now(channel))
            known = self._memories[mix.key] = Memory(uid=mix.metadata.uid, looked_at=looked_at)
        if mix.metadata.terminating:
            known.leaving_since = known.leaving_since or self._wiring.clock()
        if channel is not None and not known.counted_on:
            known.counted_on = True
            if self._may_miss_a_record(mix):
                claim = Claim.of(mix.metadata.annotations)
                sent = claim.sent_up_to if claim is not None else 0
                # At a restart that much time has passed; who takes a Lease that was given up may begin at once.
                now = channel.client.now() + (_CLOCKS_SECONDS if self._handed_over else 0.0)
                channel.sequences.raise_to(channel.owner, max(sent, ahead_of_the_clock(now)))
        return known

    def _may_miss_a_record(self, mix: AutoMix) -> bool:
        """Whether the process before may have sent a Sequence that nothing tells."""
        if not holds(mix):
            # Its last call for an object that is gone may have been in this very second.
            return self._wiring.clock() < self._begun + _SUCCESSION_SECONDS
        return not (self._handed_over and _is_whole(mix))

    def _channel(self, mix: AutoMix, app: App | None) -> Channel | None:
        """Return the object's way to ZEGO, what is recorded of Sequences known there, if ZEGO was ever heard.

        Before, there is no clock to take a Sequence from.
        """
        if app is None or app.client is None or not app.client.heard:
            return None
        channel = Channel(
            app.client, self._sequences, Owner(app.account, task_of(mix.spec).user_id), self._wiring.clock
        )
        self._sequences.raise_to(channel.owner, mix.status.sequence)
        return channel

    async def _rival(self, mix: AutoMix, find: Callable[[AutoMix], AutoMix | None]) -> str:
        """Return who is in the way, as a sentence's subject; nobody yields to one that is gone. Raises KubeError."""
        while (rival := find(mix)) is not None and not rival.metadata.vanished:
            try:
                await self._wiring.objects.read_mix(rival.metadata)
            except Gone:
                self.vanished(rival)
            else:
                break
        return "" if rival is None else named(rival)

    async def _kind_is_going(self, mix: AutoMix, memory: Memory) -> bool:
        meta, crds = mix.metadata, self._wiring.crds
        if crds is None or not meta.terminating or meta.vanished or memory.stop_accepted:
            return False
        return await crds.terminating("automixes", since=memory.leaving_since)

    def now(self, channel: Channel | None) -> float:
        """Return Unix seconds by ZEGO's clock, or by ours where there is no way to ZEGO."""
        return channel.client.now() if channel is not None else self._wiring.clock()


def _is_whole(mix: AutoMix) -> bool:
    """Whether a record tells of every Sequence that was sent, if who sent them could record what it did.

    Stops are in no record, and neither is what was refused for the app's sake; those of a replace have an open claim.
    """
    claim = Claim.of(mix.metadata.annotations)
    closed = claim is None or claim.sequence < mix.status.sequence
    return closed and not mix.metadata.terminating and ready_reason(mix.status) == Reason.RUNNING


def _tells_more(learnt: AutoMixStatus | None, stored: AutoMixStatus) -> bool:
    """Whether a call was learnt of that is not in the record."""
    if learnt is None:
        return False
    failed = learnt.retry is not None and learnt.retry.reason != Reason.MIX_KEEPS_ENDING
    return failed or learnt.sequence != stored.sequence


def _last_look(mix: AutoMix, now: float) -> float:
    """Return when the process before us looked last, as far as that matters."""
    start = mix.status.start_time.timestamp() if mix.status.start_time is not None else 0.0
    return start if 0 <= now - start < _FIRST_LOOK_MISSED_SECONDS else now


def _people(mix: AutoMix, app: App | None) -> People:
    census = app.budgets.census if app is not None else None
    count = census.answer(mix.spec.room_id) if census is not None else None
    match count:
        case None:
            return People.UNKNOWN
        case int():
            return People.SOMEBODY if count else People.NOBODY
        case _:
            return People.UNANSWERABLE if census is not None and census.blind else People.UNANSWERED


def _held(mix: AutoMix, known: AutoMix | None, memory: Memory) -> bool:
    """Whether no process of ours took our finalizer off: it does so on what is on its way out with it."""
    seen = known is not None and (FINALIZER in known.metadata.finalizers or not known.metadata.terminating)
    return memory.held or FINALIZER in mix.metadata.finalizers or seen
