"""Plan, act, plan again, against a little ZEGO: it comes to rest within four effects, and what runs is the spec."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automix.api.automix import AutoMix, AutoMixSpec, AutoMixStatus
from automix.api.meta import CLAIM_ANNOTATION, FINALIZER, RECONCILE_ANNOTATION, RESTART_ANNOTATION
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
from automix.core.facts import Facts, Presence
from automix.core.planner import plan
from automix.core.record import Started, after_end, after_start, after_update
from automix.core.sequence import next_sequence
from automix.core.status import status_after
from builders import NOW, a_spec, an_automix, facts

MOST_EFFECTS = 4
SPECS = [a_spec(mix_output=({"stream_id": output},), user_data=text) for output in ("a", "b") for text in (None, "t")]


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

    def __init__(self) -> None:
        self.mix = an_automix(SPECS[0])
        self.zego = Zego()
        self.now = NOW
        self.newly_met = True

    def edit(self, spec: AutoMixSpec) -> None:
        """Apply another spec."""
        self._change_metadata(generation=self.mix.metadata.generation + 1)
        self.mix = self.mix.model_copy(update={"spec": spec})

    def annotate(self, annotation: str) -> None:
        """Ask for something by annotation, as of now."""
        self._change_metadata(annotations=self.mix.metadata.annotations | {annotation: str(self.now)})

    def crash(self, after: int) -> None:
        """Run a pass that ends after some effects, before it writes its status; then the next process runs one."""
        self.run_a_pass(crash_after=after)
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
        known = facts(self.mix, now=self.now, looked_at=self.now, newly_met=self.newly_met)
        done: list[Effect] = []
        while not isinstance(action := plan(known), Wait | Nothing):
            assert len(done) < MOST_EFFECTS, f"no rest after {done}, but {action}"
            assert not isinstance(action, Count), "there are people in the room"
            known = self._carry_out(action, known)
            done.append(action)
            if len(done) == crash_after:
                self.newly_met = True
                return done
        if action.reason is not None:
            self.newly_met = False
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
                raise AssertionError("nobody else starts anything here")
            case Start() | Update() | Replace():
                return self._start(action, known)

    def _claim(self, action: Claim, known: Facts) -> Facts:
        mark = known.claim_for(action.then)
        annotations = self.mix.metadata.annotations | {CLAIM_ANNOTATION: mark.to_annotation()}
        self._change_metadata(annotations=annotations, finalizers=(FINALIZER,))
        return replace(known, mix=self._seen_with(known.mix.status), claimed=action.then)

    def _observe(self, known: Facts) -> Facts:
        if self.zego.runs is not None:
            return replace(known, presence=Presence.RUNNING, running_since=self.zego.since)
        ended = known.mix.status if known.mix.metadata.terminating else after_end(known.mix, self.now)
        return replace(known, mix=self._seen_with(ended), presence=Presence.ABSENT)

    def _start(self, action: Start | Update | Replace, known: Facts) -> Facts:
        if isinstance(action, Replace):
            self.zego.stop()
        self.zego.start(self.mix.spec, self.now)
        started = Started(next_sequence(known.last_sequence, self.now), ())
        changed = isinstance(action, Update)
        status = after_update(known.mix, started) if changed else after_start(known.mix, started, self.now)
        return replace(known, mix=self._seen_with(status), last_sequence=started.sequence, presence=Presence.RUNNING)

    def _seen_with(self, status: AutoMixStatus) -> AutoMix:
        return self.mix.model_copy(update={"status": status})

    def _change_metadata(self, **fields: object) -> None:
        self.mix = self.mix.model_copy(update={"metadata": self.mix.metadata.model_copy(update=fields)})


STEPS: dict[str, Callable[[World], object]] = {
    "the spec becomes a": lambda world: world.edit(SPECS[0]),
    "the spec becomes a with text": lambda world: world.edit(SPECS[1]),
    "the spec becomes b": lambda world: world.edit(SPECS[2]),
    "the spec becomes b with text": lambda world: world.edit(SPECS[3]),
    "a restart is asked for": lambda world: world.annotate(RESTART_ANNOTATION),
    "a look is asked for": lambda world: world.annotate(RECONCILE_ANNOTATION),
    "a pass": lambda world: world.run_a_pass(),
    "a crash after one effect, and no other process yet": lambda world: world.run_a_pass(crash_after=1),
    "a crash after two effects, and no other process yet": lambda world: world.run_a_pass(crash_after=2),
    "a crash after one effect": lambda world: world.crash(1),
    "a crash after two effects": lambda world: world.crash(2),
    "a crash after three effects": lambda world: world.crash(3),
    "ZEGO ends the mix": lambda world: world.zego.stop(),
    "someone takes the finalizer off": lambda world: world.take_the_finalizer_off(),
}
histories = st.lists(st.sampled_from(list(STEPS)), max_size=10)


def _world_after(history: list[str]) -> World:
    world = World()
    for step in history:
        STEPS[step](world)
    return world


@settings(max_examples=1000)
@given(histories)
def test_a_pass_ends_in_what_the_spec_says_and_the_next_has_nothing_to_do(history: list[str]) -> None:
    world = _world_after(history)

    world.annotate(RECONCILE_ANNOTATION)
    world.run_a_pass()

    assert world.zego.runs == world.mix.spec
    assert world.mix.metadata.finalizers == (FINALIZER,)
    assert world.run_a_pass() == []


@given(histories, st.sampled_from([None, 1, 2, 3]))
def test_a_deleted_object_leaves_nothing_running_not_even_after_a_crash(history: list[str], crash: int | None) -> None:
    world = _world_after(history)
    world.run_a_pass(crash_after=crash)

    world.delete()
    held = world.mix.metadata.finalizers
    world.run_a_pass()

    assert world.mix.metadata.finalizers == ()
    assert world.zego.runs is None or not held


@given(histories, st.integers(1, 3))
def test_a_crash_in_the_middle_of_a_replace_costs_no_second_gap(history: list[str], after: int) -> None:
    world = _world_after(history)
    world.run_a_pass()
    world.now += 60  # so that the old mix and the new one can be told apart by their age
    world.edit(a_spec(mix_output=({"stream_id": "c"},)))

    gaps = world.zego.gaps
    world.crash(after)

    assert world.zego.runs == world.mix.spec
    assert world.zego.gaps <= gaps + 1


@pytest.mark.parametrize(
    ("edited", "after"),
    [
        pytest.param(SPECS[2], 2, id="a replace crashed before its record, and its change was undone"),
        pytest.param(SPECS[1], 1, id="a change in place crashed before its record, and was undone"),
    ],
)
def test_a_change_that_was_undone_after_a_crash_is_undone_at_zego(edited: AutoMixSpec, after: int) -> None:
    world = World()
    world.run_a_pass()
    world.now += 60
    world.edit(edited)
    world.run_a_pass(crash_after=after)
    assert world.zego.runs == edited

    world.edit(SPECS[0])
    world.run_a_pass()

    assert world.zego.runs == SPECS[0]


def test_what_ended_and_was_started_before_a_crash_follows_a_later_edit() -> None:
    world = World()
    world.run_a_pass()
    world.zego.stop()
    world.mix = world.mix.model_copy(update={"status": after_end(world.mix, world.now)})
    world.edit(SPECS[2])
    world.run_a_pass(crash_after=2)
    assert world.zego.runs == SPECS[2]

    world.edit(SPECS[0])
    world.run_a_pass()

    assert world.zego.runs == SPECS[0]
