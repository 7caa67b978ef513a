"""Where AutoMixes lie."""

import pytest

from automix.api.automix import AutoMix
from automix.engine.shelf import IN_USE, Shelf
from builders import a_claimed_automix, a_running_automix


def _one(number: int) -> AutoMix:
    return a_running_automix(name=f"mix-{number}", uid=f"uid-{number}")


def _filled(count: int) -> Shelf[int]:
    shelf = Shelf[int]()
    for number in range(count):
        shelf.put(number, _one(number))
    return shelf


def test_what_is_put_there_is_there_be_it_in_use_or_not() -> None:
    shelf = _filled(3 * IN_USE)

    assert [shelf.take(number) for number in range(3 * IN_USE)] == [_one(number) for number in range(3 * IN_USE)]


def test_what_is_in_use_is_not_read_anew() -> None:
    shelf = _filled(IN_USE)
    first = shelf.take(0)
    shelf.put(IN_USE, _one(IN_USE))

    assert shelf.take(0) is first


@pytest.mark.parametrize("since", [0, IN_USE], ids=["in use", "as JSON"])
def test_what_is_put_in_the_place_of_another_is_what_is_there(since: int) -> None:
    shelf = _filled(1 + since)
    changed = a_claimed_automix(name="mix-0", uid="uid-0")
    shelf.put(0, changed)
    for number in range(1, 2 * IN_USE):
        shelf.put(number, _one(number))

    assert shelf.take(0) == changed


@pytest.mark.parametrize(
    "since",
    [0, IN_USE],
    ids=[
        "in use",
        "as JSON",
    ],
)
def test_what_is_removed_is_gone(since: int) -> None:
    shelf = _filled(1 + since)
    shelf.take(0)
    shelf.remove(0)
    shelf.remove(0)

    with pytest.raises(KeyError):
        shelf.take(0)
