"""Plan, act, plan again, against a little ZEGO: it comes to rest within four effects, and what runs is the spec."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automix.api.automix import AdoptionPolicy, AutoMixSpec
from automix.api.meta import FINALIZER, RECONCILE_ANNOTATION, RESTART_ANNOTATION
from automix.core.actions import Observe
from automix.core.record import after_end
from automix.core.states import Reason
from builders import a_spec
from unit.automix.core.world import SPECS, World

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


MEDDLING: dict[str, Callable[[World], object]] = STEPS | {
    "someone else starts the task anew": lambda world: world.be_taken_over(),
    "the room empties": lambda world: world.empty_the_room(),
    "people come": lambda world: setattr(world, "people", True),
    "twenty minutes pass": lambda world: setattr(world, "now", world.now + 1200),
    "an hour passes": lambda world: setattr(world, "now", world.now + 3600),
}
# In these states what runs is not what the spec says, and the status says so.
TOLD = {Reason.ADOPTED, Reason.MANAGED_ELSEWHERE, Reason.MIX_KEEPS_ENDING, Reason.ALREADY_RUNNING, Reason.ZEGO_FAILED}


def _world_after(history: list[str], policy: AdoptionPolicy = AdoptionPolicy.KEEP) -> World:
    world = World(_under(policy, SPECS[0]))
    for step in history:
        MEDDLING[step](world)
    return world


def _under(policy: AdoptionPolicy, spec: AutoMixSpec) -> AutoMixSpec:
    return spec.model_copy(update={"adoption_policy": policy})


@settings(max_examples=1000)
@given(histories)
def test_a_pass_ends_in_what_the_spec_says_and_the_next_has_nothing_to_do(history: list[str]) -> None:
    world = _world_after(history)

    world.look()

    assert world.runs_as_declared
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

    assert world.runs_as_declared
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


@given(st.lists(st.sampled_from(list(MEDDLING)), max_size=10), st.sampled_from(AdoptionPolicy))
def test_whoever_meddles_what_runs_is_the_spec_or_the_status_says_that_it_is_not(
    history: list[str], policy: AdoptionPolicy
) -> None:
    world = _world_after(history, policy)

    world.look()
    world.now += 400  # whatever had failed is tried again
    world.run_a_pass()

    assert world.runs_as_declared or world.state in TOLD
    assert (world.state == Reason.WAITING_FOR_ROOM) == (not world.people)
    assert set(world.run_a_pass()) <= {Observe(needed=True)}


@given(st.lists(st.sampled_from(list(MEDDLING)), max_size=10))
def test_with_adoption_policy_keep_a_take_over_costs_no_gap(history: list[str]) -> None:
    world = _world_after(history)
    world.run_a_pass()

    gaps = world.zego.gaps
    world.be_taken_over()

    assert world.zego.gaps <= gaps + 1, "the gap of who took it over"
    assert world.state != Reason.RUNNING


def test_who_takes_the_mix_over_twice_within_an_hour_is_left_to_it_until_the_spec_is_changed() -> None:
    world = World(_under(AdoptionPolicy.REPLACE, SPECS[0]))
    world.run_a_pass()

    world.be_taken_over()
    assert world.state == Reason.RUNNING
    assert world.runs_as_declared
    world.be_taken_over()
    assert world.state == Reason.MANAGED_ELSEWHERE
    assert world.run_a_pass() == []
    world.edit(_under(AdoptionPolicy.REPLACE, SPECS[2]))
    world.run_a_pass()
    assert world.state == Reason.RUNNING
    assert world.runs_as_declared


def test_a_room_that_empties_and_fills_has_its_mix_again_without_a_try_in_between() -> None:
    world = World()
    world.run_a_pass()

    world.empty_the_room()
    world.look()
    assert world.state == Reason.WAITING_FOR_ROOM
    assert world.run_a_pass() == []
    world.people = True
    world.run_a_pass()
    assert world.state == Reason.RUNNING
    assert world.runs_as_declared
