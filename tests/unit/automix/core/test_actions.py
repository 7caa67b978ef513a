"""What a decision can be: data, told apart by what it says."""

from copy import copy

import pytest

from automix.core.actions import (
    Action,
    Adopt,
    Claim,
    Count,
    Nothing,
    Observe,
    Release,
    Replace,
    Start,
    Stop,
    Update,
    Wait,
)
from automix.core.states import Reason
from builders import NOW

ACTIONS = [
    Start("first start"),
    Update(("userData",)),
    Replace("a restart was requested"),
    Claim(Start("first start")),
    Claim(None),
    Stop(),
    Observe(),
    Observe(needed=True),
    Adopt(taken_over=True),
    Adopt(taken_over=False),
    Release(),
    Release(orphaning="it could not be stopped in time"),
    Count(),
    Wait(NOW),
    Wait(NOW, Reason.RUNNING, "It runs."),
    Nothing(),
    Nothing(Reason.SUSPENDED),
]


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_an_action_is_what_it_says(action: Action) -> None:
    """One that could be changed would have no hash, and so be in no set."""
    assert {action, copy(action)} == {action}


def test_each_action_is_another() -> None:
    assert len(set(ACTIONS)) == len(ACTIONS)


def test_what_is_not_said_is_empty() -> None:
    assert Wait(NOW) == Wait(NOW, None, "")
    assert Nothing() == Nothing(None, "")
    assert Observe() == Observe(needed=False)
    assert Release() == Release(orphaning="")
