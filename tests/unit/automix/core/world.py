"""A little ZEGO, one object, and what people, others and the operator do to them: for tests of many plans in a row."""

from dataclasses import dataclass, replace

from automix.api.automix import AutoMix, AutoMixSpec, AutoMixStatus
from automix.api.meta import CLAIM_ANNOTATION, FINALIZER, RECONCILE_ANNOTATION
from automix.core.actions import (
    Adopt,
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
from automix.core.adoption import began_under_the_claim, insists
from automix.core.facts import Facts, People, Presence
from automix.core.failures import Failure
from automix.core.fingerprints import fingerprints
from automix.core.planner import plan
from automix.core.record import Started, after_adoption, after_end, after_failure, after_start, after_stop, after_update
from automix.core.sequence import next_sequence
from automix.core.states import Reason
from automix.core.status import ready_reason, status_after
from builders import NOW, a_spec, an_automix, facts

MOST_EFFECTS = 4
SPECS = [a_spec(mix_output=({"stream_id": output},), user_data=text) for output in ("a", "b") for text in (None, "t")]
OF_SOMEONE_ELSE = a_spec(mix_output=({"stream_id": "theirs"},), user_data="theirs")


@dataclass
class Zego:
    """One task at ZEGO: what it runs and since when; None runs nothing."""

    runs: AutoMixSpec | None = None
    since: float = 0.0
    gaps: int = 0

    def start(self, spec: AutoMixSpec, now: float) -> None:
        """Begin a mix, or change on the running one what ZEGO changes in place."""
        if self.runs is None:
            self.runs, self.since = spec, now
        else:
            in_place = {"user_data": spec.user_data, "sound_level": spec.sound_level}
            self.runs = self.runs.model_copy(update=in_place)

    def stop(self) -> None:
        """End the mix."""
        self.gaps += self.runs is not None
        self.runs = None


class World:
    """One object and its task, and what is done to them: by people, by ZEGO, and by passes of the operator."""

    def __init__(self, spec: AutoMixSpec = SPECS[0]) -> None:
        self.mix = an_automix(spec)
        self.zego = Zego()
        self.now = NOW
        self.people = True
        self._newly_met = True
        self._called = False
        self._anew = False
        self._last_age: float | None = None
        self._unsaved: AutoMixStatus | None = None

    @property
    def state(self) -> str:
        """The reason that the status gives."""
        return ready_reason(self.mix.status)

    @property
    def runs_as_declared(self) -> bool:
        """Whether ZEGO runs the spec, and nothing where nobody is in the room."""
        ran = self.zego.runs
        return (ran is not None) == self.people and (ran is None or fingerprints(ran) == fingerprints(self.mix.spec))

    def edit(self, spec: AutoMixSpec) -> None:
        """Apply another spec under the same adoption policy."""
        spec = spec.model_copy(update={"adoption_policy": self.mix.spec.adoption_policy})
        self._change_metadata(generation=self.mix.metadata.generation + 1)
        self.mix = self.mix.model_copy(update={"spec": spec})

    def annotate(self, annotation: str) -> None:
        """Ask for something by annotation, as of now."""
        self._change_metadata(annotations=self.mix.metadata.annotations | {annotation: str(self.now)})

    def crash(self, after: int) -> None:
        """Run a pass that ends after some effects, before it writes its status; then the next process runs one."""
        self.run_a_pass(crash_after=after)
        self.run_a_pass()

    def empty_the_room(self) -> None:
        """Let everybody leave, which ends the mix."""
        self.people = False
        self.zego.stop()

    def be_taken_over(self) -> None:
        """Let someone else start the task anew between two looks, if the room has people.

        The mix of before had run for longer by the first look than theirs has by the second.
        """
        self.look()
        self.now += 600
        self.look()
        self.now += 60
        if self.people:
            self.zego.stop()
            self.zego.start(OF_SOMEONE_ELSE, self.now)
        self.now += 60
        self.look()

    def look(self) -> None:
        """Run a pass in which ZEGO is asked what runs."""
        self.annotate(RECONCILE_ANNOTATION)
        self.run_a_pass()

    def take_the_finalizer_off(self) -> None:
        """Do what `kubectl replace` does."""
        self._change_metadata(finalizers=())

    def delete(self) -> None:
        """Ask for the object's deletion."""
        generation = self.mix.metadata.generation + 1
        self._change_metadata(generation=generation, deletion_timestamp=an_automix().metadata.creation_timestamp)

    def run_a_pass(self, *, crash_after: int | None = None) -> list[Effect]:
        """Run one pass; a crash after some effects loses the record, but not what they did. Returns the effects."""
        self.now += 2
        mix = self.mix if self._unsaved is None else self._seen_with(self._unsaved)
        known = facts(mix, now=self.now, looked_at=self.now, newly_met=self._newly_met, called=self._called)
        known = replace(known, people=People.UNKNOWN)
        self._anew = known.begins_anew
        done: list[Effect] = []
        while not isinstance(action := plan(known), Wait | Nothing):
            assert len(done) < MOST_EFFECTS, f"no rest after {done}, but {action}"
            if isinstance(action, Count):
                assert known.people is People.UNKNOWN, "people are counted once"
                known = replace(known, people=People.SOMEBODY if self.people else People.NOBODY)
                continue
            known = self._carry_out(action, known)
            done.append(action)
            if len(done) == crash_after:
                self._newly_met, self._called, self._last_age, self._unsaved = True, False, None, None
                return done
        if action.reason is None:
            self._unsaved = known.mix.status
        else:
            self._newly_met, self._unsaved = False, None
            self.mix = self.mix.model_copy(update={"status": status_after(known.mix, action, self.now)})
        return done

    def _carry_out(self, action: Effect, known: Facts) -> Facts:
        match action:
            case Claim():
                return self._claim(action, known)
            case Release():
                self._change_metadata(finalizers=())
                return replace(known, mix=self._seen_with(known.mix.status))
            case Stop():
                self.zego.stop()
                return replace(known, stop_accepted=True)
            case Observe():
                return self._observe(known)
            case Adopt():
                return self._adopt(action, known)
            case Start() | Update() | Replace():
                return self._start(action, known)

    def _claim(self, action: Claim, known: Facts) -> Facts:
        mark = known.claim_for(action.then)
        annotations = self.mix.metadata.annotations | {CLAIM_ANNOTATION: mark.to_annotation()}
        self._change_metadata(annotations=annotations, finalizers=(FINALIZER,))
        return replace(known, mix=self._seen_with(known.mix.status), claimed=action.then)

    def _observe(self, known: Facts) -> Facts:
        if self.zego.runs is not None:
            age, last_age, self._last_age = self.now - self.zego.since, self._last_age, self.now - self.zego.since
            seen = replace(known, presence=Presence.RUNNING, running_since=self.zego.since)
            return replace(seen, age=age, last_age=last_age)
        ended = known.mix.status if known.mix.metadata.terminating else after_end(known.mix, self.now)
        return replace(known, mix=self._seen_with(ended), presence=Presence.ABSENT)

    def _adopt(self, action: Adopt, known: Facts) -> Facts:
        insisted = action.taken_over and insists(known)
        since, taken_over = known.running_since, action.taken_over
        status = after_adoption(known.mix, since, self.now, taken_over=taken_over, insisted=insisted)
        return replace(known, mix=self._seen_with(status), judged=True)

    def _start(self, action: Start | Update | Replace, known: Facts) -> Facts:
        sequence = next_sequence(known.last_sequence, self.now)
        self._called, self._last_age = True, None
        known = replace(known, last_sequence=sequence, called=True)
        if isinstance(action, Replace):
            self.zego.stop()
            known = replace(known, mix=self._seen_with(after_stop(known.mix.status)), presence=Presence.UNKNOWN)
        if not self.people:
            refused = Failure(Reason.ZEGO_FAILED, "the room does not exist")
            failed = after_failure(known.mix, refused, self.now, anew=self._anew)
            return replace(known, mix=self._seen_with(failed), claimed=None)
        self.zego.start(self.mix.spec, self.now)
        started = Started(sequence, ())
        if isinstance(action, Update):
            return replace(known, mix=self._seen_with(after_update(known.mix, started)), presence=Presence.RUNNING)
        met = known.presence is Presence.RUNNING and not began_under_the_claim(known)
        status = after_start(known.mix, started, self.now, since=known.running_since if met else None)
        return replace(known, mix=self._seen_with(status), presence=Presence.RUNNING, age=None)

    def _seen_with(self, status: AutoMixStatus) -> AutoMix:
        return self.mix.model_copy(update={"status": status})

    def _change_metadata(self, **fields: object) -> None:
        self.mix = self.mix.model_copy(update={"metadata": self.mix.metadata.model_copy(update=fields)})
