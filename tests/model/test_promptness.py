"""What a person asks for is done at once where nothing speaks against it."""

import pytest

from model.api import Api
from model.loop import VirtualLoop
from model.mixes import CAST
from model.world import FIRST, Notes, World

PLACE = FIRST, "alpha"
_MINUTE = 60


@pytest.mark.parametrize("waited", [0, _MINUTE], ids=["right after its start", "a minute later"])
def test_only_what_is_created_right_after_the_operators_start_waits_for_its_next_second(
    loop: VirtualLoop, api: Api, bugs: list[str], waited: int
) -> None:
    world = World(loop, api, Notes(bugs))
    world.go_on(waited)
    world.people.apply(PLACE)
    loop.pass_time(0.1)
    assert (world.zego.task(CAST["alpha"].task) is not None) == (waited > 0)
    world.go_on(5)
    assert world.zego.task(CAST["alpha"].task) is not None
    world.delete_everything()
    world.tear_down()
