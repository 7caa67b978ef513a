"""A rollout with nothing between two processes: what the first could not record, the second reckons with."""

from copy import deepcopy

import pytest

from automix_devkit.simulator import Fault
from model.api import Api
from model.loop import VirtualLoop
from model.world import FIRST, Notes, World

PLACE = FIRST, "alpha"
SLOW = Fault(delay_before=3)


@pytest.mark.parametrize("ended", range(10))
@pytest.mark.parametrize("slow", [False, True], ids=["after quick answers", "after a slow answer"])
def test_what_is_made_anew_at_a_rollout_is_started_with_a_higher_sequence(
    loop: VirtualLoop, api: Api, bugs: list[str], ended: int, *, slow: bool
) -> None:
    world = World(loop, api, Notes(bugs))
    if slow:
        world.zego.faults.append(SLOW)
    world.people.apply(PLACE)
    world.go_on(7)
    loop.pass_time(ended / 10)
    world.people.delete(PLACE)
    world.people.apply(PLACE)
    world.operator_of(FIRST).hand_over()
    world.go_on(5)
    world.calm_down()
    world.delete_everything()
    world.tear_down()


@pytest.mark.parametrize("ended", range(10))
def test_a_record_put_back_at_a_rollout_has_no_sequence_sent_again(
    loop: VirtualLoop, api: Api, bugs: list[str], ended: int
) -> None:
    world = World(loop, api, Notes(bugs))
    world.people.apply(PLACE)
    world.go_on(7)
    before = deepcopy(api.stored["AutoMix", *PLACE])
    world.people.edit(PLACE, "two channels")
    loop.pass_time(ended / 10)
    world.people.restore(PLACE, before["status"], before["metadata"]["annotations"])
    world.operator_of(FIRST).hand_over()
    world.people.edit(PLACE, "200 ms of delay")
    world.go_on(5)
    world.calm_down()
    world.delete_everything()
    world.tear_down()
