"""What may go wrong with the next requests, drawn together with a deed, since it means nothing without one."""

from collections.abc import Callable
from typing import TypeAlias

from hypothesis import strategies as st

from automix_devkit.simulator import Fault
from model.operator import Operator
from model.process import End, Mishap, Moment
from model.world import World

Trouble: TypeAlias = Callable[[World, Operator], None]

# Mostly what changes a mix: None is the next of these.
_CALLS = (None, None, None, "GetMixTaskInfo", "DescribeUserNum")
_FAULTS = {
    "loses the next {}": Fault(lost="before"),
    "loses the answer to the next {}": Fault(lost="after"),
    "breaks off the answer to the next {}": Fault(lost="midway"),
    "answers 500 to the next {}": Fault(status=500),
    "answers 500 to the next {}, which has its effect": Fault(status=500, effect=True),
    "is too busy for the next {}": Fault(code=110200194),
    "says that it is too busy for the next {}, which has its effect": Fault(code=110200194, effect=True),
    "fails the next {}": Fault(code=110200001),
    "fails the next {}, which has its effect": Fault(code=110200001, effect=True),
    "lies of success of the next {}": Fault(code=0),
    "takes three seconds for the next {}": Fault(delay_before=3),
    "answers the next {} three seconds late": Fault(delay_after=3),
    "executes the next {} after its caller gave up": Fault(delay_before=12),
}


def _death(moment: Moment, countdown: int, *, returns: bool) -> Trouble:
    def begin(world: World, operator: Operator) -> None:
        stays = "" if returns else " and stays away"
        world.story.tell(f"(the operator is to die{stays} {moment.format(f'request number {countdown + 1}')})")
        operator.returns = returns
        operator.will_suffer(Mishap(End.DEATH, moment, countdown))

    return begin


def _silence(moment: Moment, countdown: int) -> Trouble:
    def begin(world: World, operator: Operator) -> None:
        world.story.tell(f"(the API server is to fail {moment.format(f'request number {countdown + 1}')})")
        operator.will_suffer(Mishap(End.NO_ANSWER, moment, countdown))

    return begin


def _fault(wording: str, action: str | None) -> Trouble:
    def begin(world: World, operator: Operator) -> None:
        del operator
        world.story.tell(f"ZEGO {wording.format(action or 'change')}")
        world.zego.faults.append(_FAULTS[wording].model_copy(update={"action": action}))

    return begin


TROUBLES: st.SearchStrategy[Trouble | None] = st.one_of(
    st.none(),
    st.builds(_fault, st.sampled_from(sorted(_FAULTS)), st.sampled_from(_CALLS)),
    st.builds(_death, st.sampled_from(Moment), st.integers(0, 4), returns=st.booleans()),
    st.builds(_silence, st.sampled_from((Moment.BEFORE, Moment.AFTER)), st.integers(0, 3)),
)
"""Nothing, or one trouble."""
