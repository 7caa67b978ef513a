"""When Python looks for garbage."""

import gc
from collections.abc import Iterator

import pytest

from automix.garbage import collect_later, collect_less


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    """Put the collector of this process back to what it was."""
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    gc.enable()


class Circle:
    """An object that keeps itself alive."""

    def __init__(self) -> None:
        self.own = self


def test_nothing_is_looked_for_while_the_operator_is_loaded() -> None:
    collect_later()
    assert not gc.isenabled()


def test_from_then_on_what_is_new_is_looked_at_and_nothing_that_was_there_before() -> None:
    collect_later()
    old = [Circle() for _ in range(10)]
    collect_less()
    assert gc.isenabled()
    assert gc.get_threshold()[0] > 700
    assert not any(each is circle for each in gc.get_objects() for circle in old)
    new = Circle()
    assert any(each is new for each in gc.get_objects())
