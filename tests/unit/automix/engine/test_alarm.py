"""A moment to come that is set again and again."""

import asyncio
import math

import pytest

from automix.engine.alarm import Alarm

pytestmark = pytest.mark.looptime


class Bell:
    """An alarm, and when it went off."""

    def __init__(self) -> None:
        self.rung: list[float] = []
        self.alarm = Alarm(lambda: self.rung.append(asyncio.get_running_loop().time()))


@pytest.mark.parametrize(
    ("moments", "rings"),
    [
        pytest.param([5], [5], id="once, at its moment"),
        pytest.param([5, 3], [3], id="at the earlier of two, set last"),
        pytest.param([3, 5], [3], id="at the earlier of two, set first"),
        pytest.param([-1], [0], id="at once where the moment is over"),
        pytest.param([math.inf], [], id="never at infinity"),
        pytest.param([5, math.inf], [], id="not any more at infinity"),
        pytest.param([5, math.inf, 7], [7], id="anew after infinity"),
    ],
)
async def test_it_goes_off(moments: list[float], rings: list[float]) -> None:
    bell = Bell()
    for moment in moments:
        bell.alarm.set(moment)
    await asyncio.sleep(10)

    assert bell.rung == rings


async def test_it_can_be_set_anew_after_it_went_off_and_stopped() -> None:
    bell = Bell()
    bell.alarm.set(1)
    await asyncio.sleep(2)
    bell.alarm.set(3)
    await asyncio.sleep(2)
    bell.alarm.set(5)
    bell.alarm.stop()
    await asyncio.sleep(2)

    assert bell.rung == [1, 3]
