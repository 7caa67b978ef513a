"""Which reports of a watch are worth a pass of their own."""

import contextlib
from collections.abc import Callable

import pytest

from automix.engine.ghosts import ghost_of
from automix.engine.passes import Passes
from builders import NOW, an_automix

MIX = an_automix()


def report(passes: Passes) -> None:
    """Have the watch report the object."""
    passes.report(MIX)


def answer(passes: Passes) -> None:
    """Have the API server answer the pass."""
    passes.answered(MIX)


@pytest.mark.parametrize(
    ("story", "passes_more"),
    [
        pytest.param((), 0, id="nothing happens"),
        pytest.param((report,), 1, id="what is reported and not answered is news"),
        pytest.param((report, answer), 0, id="what is reported before an answer is in it"),
        pytest.param((answer, report), 1, id="what is reported after the answer is news"),
        pytest.param((report, answer, report), 1, id="what is reported again after the answer is news"),
    ],
)
def test_a_report_during_a_pass(story: tuple[Callable[[Passes], None], ...], passes_more: int) -> None:
    woken: list[tuple[str, str]] = []
    passes = Passes(woken.append)
    with passes.about(MIX):
        for event in story:
            event(passes)
        assert not woken
    assert woken == [MIX.key] * passes_more
    assert MIX not in passes


def test_a_report_between_passes_is_worth_one_at_once() -> None:
    woken: list[tuple[str, str]] = []
    Passes(woken.append).report(MIX)
    assert woken == [MIX.key]


def test_what_is_reported_during_the_pass_of_its_ghost_has_a_pass_of_its_own() -> None:
    woken: list[tuple[str, str]] = []
    passes = Passes(woken.append)
    ghost = ghost_of(MIX, NOW)
    assert ghost is not None
    with passes.about(ghost):
        passes.report(MIX)
    assert woken == [MIX.key] != [ghost.key]


def test_a_pass_that_fails_loses_no_report() -> None:
    woken: list[tuple[str, str]] = []
    passes = Passes(woken.append)
    with contextlib.suppress(RuntimeError), passes.about(MIX):
        passes.report(MIX)
        raise RuntimeError
    assert woken == [MIX.key]
