"""The operator killed at every request that it makes, wherever those are: the same end, one mix, no further gap.

Nothing here lists requests. A first, undisturbed run of each scenario finds them, and a new kind joins by itself.
"""

import base64
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from support.cluster import Cluster
from support.crash_points import SUMMARY, Campaign, Spot, Trial, campaign, faults, kills, kills_with_faults
from support.invariants import History
from support.stage import NAME, Scenario, Stage, Theatre
from support.waiting import until
from support.zygote import zygote

pytestmark = pytest.mark.timeout(3600)

# Older than any doubt about clocks: what began later is known to be another mix.
_CLEARLY_OLDER_SECONDS = 8


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _nothing_is_declared(stage: Stage) -> None:
    stage.operator.start()
    stage.world.wait_for_app()
    until(stage.is_quiet, of="the app is checked")


def _it_runs(stage: Stage) -> None:
    stage.started(userData="before", driftCheckInterval="3s")


def _it_has_run_for_a_while(stage: Stage) -> None:
    stage.started(userData="before")
    stage.wait_for_age(_CLEARLY_OLDER_SECONDS)


def _it_runs_and_the_operator_is_down(stage: Stage) -> None:
    stage.started(userData="before")
    stage.operator.kill()


def _a_stranger_mixes_the_room(stage: Stage) -> None:
    stage.zego.room(stage.room)
    stage.stranger_starts(int(time.time()) - 100, user_data=_coded("theirs"))
    stage.zego.make_older(stage.task, _CLEARLY_OLDER_SECONDS)
    _nothing_is_declared(stage)


def _a_stranger_starts_it_anew(stage: Stage) -> None:
    sequence = stage.zego.task(stage.task)["Sequence"]  # type: ignore[index]
    stage.stranger_stops(sequence + 1)
    stage.stranger_starts(sequence + 2, user_data=_coded("theirs"))


def _it_runs_and_is_looked_at(stage: Stage) -> None:
    _it_runs(stage)
    stage.wait_for_age(_CLEARLY_OLDER_SECONDS)
    looks = stage.looks()
    until(lambda: stage.looks() > looks, of="a look, so that the next is some time away")


SCENARIOS = {
    "start of the operator": Scenario(
        prepare=_it_runs_and_the_operator_is_down,
        trigger=lambda stage: stage.operator.start(),
        runs={"UserData": _coded("before")},
    ),
    "create": Scenario(
        prepare=_nothing_is_declared,
        trigger=lambda stage: stage.declare(userData="made"),
        runs={"UserData": _coded("made")},
    ),
    "change in place": Scenario(
        prepare=_it_has_run_for_a_while,
        trigger=lambda stage: stage.world.change(NAME, userData="after"),
        runs={"UserData": _coded("after")},
    ),
    "replace": Scenario(
        prepare=_it_has_run_for_a_while,
        trigger=lambda stage: stage.world.change(NAME, recvBufferLevel=300),
        runs={"UserData": _coded("before"), "RecvBufferLevel": 300},
        gaps=1,
    ),
    "delete": Scenario(
        prepare=_it_has_run_for_a_while,
        trigger=lambda stage: stage.world.delete(NAME),
        reason="",
        gaps=1,
    ),
    "drift": Scenario(
        prepare=_it_runs_and_is_looked_at,
        trigger=lambda stage: stage.zego.kill(stage.task),
        runs={"UserData": _coded("before")},
    ),
    "adopt and keep": Scenario(
        prepare=_a_stranger_mixes_the_room,
        trigger=lambda stage: stage.declare(userData="ours", driftCheckInterval="3s"),
        reason="Adopted",
        runs={"UserData": _coded("ours")},
    ),
    "adopt and replace": Scenario(
        prepare=_a_stranger_mixes_the_room,
        trigger=lambda stage: stage.declare(userData="ours", adoptionPolicy="Replace"),
        runs={"UserData": _coded("ours")},
        gaps=1,
    ),
    "take over": Scenario(
        prepare=_it_runs_and_is_looked_at,
        trigger=_a_stranger_starts_it_anew,
        reason="Adopted",
        runs={"UserData": _coded("before")},
    ),
}


@pytest.fixture(scope="module")
def trials(
    cluster: Cluster,
    history: History,
    logs: Path,
    request: pytest.FixtureRequest,
    module_end: None,
) -> Iterator[Campaign]:
    """What is tried of the scenarios that this run selected."""
    del history, module_end  # one watches, the other tidies up
    everything = request.config.getoption("--all-crashes")
    selected = {
        name: SCENARIOS[name]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
        if (name := str(item.callspec.params["scenario"]))
    }

    def chosen(spots: list[Spot]) -> Iterator[Trial]:
        return chain(kills(spots), faults(spots), kills_with_faults(spots)) if everything else kills(spots)

    with zygote() as parent, campaign(Theatre(cluster, parent, logs), selected, chosen) as begun:
        yield begun


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_at_any_request_of(scenario: str, trials: Campaign, pytestconfig: pytest.Config) -> None:
    requests, outcomes = trials.spots(scenario), trials.outcomes(scenario)
    missed = [str(outcome.trial) for outcome in outcomes if not outcome.reached]
    line = f"{scenario}: {len(requests)} requests, {len(outcomes)} trials, {len(missed)} not reached"
    seconds = sum(outcome.seconds for outcome in outcomes) / max(len(outcomes), 1)
    pytestconfig.stash.setdefault(SUMMARY, []).append(f"{line}, {seconds:.1f} s each")
    wrong = [f"{outcome.trial}: {'; '.join(outcome.wrong)}\n{outcome.story}" for outcome in outcomes if outcome.wrong]
    assert not wrong, "\n".join(wrong)
