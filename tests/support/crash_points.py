"""Where the operator can be killed: found by watching what it asks for, and tried one by one.

A spot is a request of a scenario, told by its kind and its number among that kind. What can happen there is a kill at a
moment of the request, a fault of its answer, or a kill and, when the next process makes the request again, the fault.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from support.calls import Answer, Call, Delay, Hold, Lost, Moment, Verdict
from support.stage import Scenario, Stage, Theatre
from support.waiting import until

SUMMARY = pytest.StashKey[list[str]]()

_WITHIN_SECONDS = 45.0
_REALLY_QUIET_SECONDS = 2.3
AT_ONCE = 12

FAULTS: dict[str, Verdict] = {
    "answer lost": Lost(),
    "5xx after effect": Answer(503, "no upstream"),
    "slow": Delay(2),
}


class Spot(NamedTuple):
    """The how-manieth request of a kind since the scenario was triggered."""

    kind: str
    number: int


class Trial(NamedTuple):
    """What happens at a spot."""

    spot: Spot
    killed: Moment | None = None
    fault: str = ""

    def __str__(self) -> str:
        """Say it in words."""
        words = [f"killed {self.killed.value}" if self.killed else "", self.fault]
        return f"{self.spot.kind} #{self.spot.number}: {', then '.join(filter(None, words))}"


class Outcome(NamedTuple):
    """How a trial ended. It was not reached when the request was not made this time, or not made again."""

    trial: Trial
    reached: bool
    wrong: list[str]
    story: str
    seconds: float


class _Numbering:
    """A hook that knows the requests by their spots."""

    def __init__(self) -> None:
        self.spots: list[Spot] = []
        self._numbers: Counter[str] = Counter()
        self._known: dict[int, tuple[Call, Spot]] = {}

    def __call__(self, call: Call, moment: Moment) -> Verdict:
        """Number a request that arrives; let it go on."""
        if moment is Moment.ARRIVED:
            self._numbers[call.kind] += 1
            spot = Spot(call.kind, self._numbers[call.kind])
            self.spots.append(spot)
            self._known[id(call)] = call, spot  # the call as well, so that nothing else gets its id
        known = self._known.get(id(call))
        return self.verdict(known[1], moment) if known is not None else None

    def verdict(self, spot: Spot, moment: Moment) -> Verdict:
        """Say what becomes of a request."""
        del spot, moment
        return None


class _Stop(_Numbering):
    """Holds the request of a spot at a moment, and everything that is asked for after that."""

    def __init__(self, spot: Spot, moment: Moment) -> None:
        super().__init__()
        self._where = spot, moment
        self.hold = Hold()

    @property
    def reached(self) -> bool:
        """Whether it came to that."""
        return self.hold.reached.is_set()

    def verdict(self, spot: Spot, moment: Moment) -> Verdict:
        """Hold what is to be held."""
        later = self.reached and moment is Moment.ARRIVED
        return self.hold if later or (spot, moment) == self._where else None


class _Fault(_Numbering):
    """Lets the request of a spot have its effect, and something else than its answer come back at once."""

    def __init__(self, spot: Spot, fault: str) -> None:
        super().__init__()
        self._spot = spot
        self._fault = FAULTS.get(fault)
        self.reached = False

    def verdict(self, spot: Spot, moment: Moment) -> Verdict:
        """Say what comes instead."""
        if (spot, moment) != (self._spot, Moment.EFFECT):
            return None
        self.reached = True
        return self._fault


def spots(theatre: Theatre, scenario: Scenario) -> list[Spot]:
    """Let a scenario happen undisturbed, and return every request that it took."""
    with theatre.stage() as stage:
        scenario.prepare(stage)
        seen = _Numbering()
        stage.show_each_call_to(seen)
        scenario.trigger(stage)
        wrong = _ending(scenario, stage)
        until(lambda: stage.is_quiet(_REALLY_QUIET_SECONDS), of="the first look is over as well")
        assert not wrong, "\n".join(["undisturbed:", *wrong, stage.told()])
        return seen.spots


def tried(theatre: Theatre, scenario: Scenario, trial: Trial) -> Outcome:
    """Let a scenario happen, and at a spot what is tried."""
    begun = time.monotonic()
    with theatre.stage() as stage:
        try:
            scenario.prepare(stage)
            reached, wrong = _disturbed(scenario, stage, trial)
        except AssertionError as error:
            reached, wrong = False, [str(error), *scenario.missing(stage)]
        story = stage.told() if wrong else ""
    return Outcome(trial, reached, wrong, story, time.monotonic() - begun)


def _disturbed(scenario: Scenario, stage: Stage, trial: Trial) -> tuple[bool, list[str]]:
    """Let it happen; returns whether it came to what is tried, and what is wrong in the end."""
    killed = trial.killed is None or _killed(scenario, stage, trial.spot, trial.killed)
    fault = _Fault(trial.spot if trial.killed is None else Spot(trial.spot.kind, 1), trial.fault)
    stage.show_each_call_to(fault if trial.fault else None)
    if trial.killed is None:
        scenario.trigger(stage)
    else:
        stage.operator.start()
    wrong = _ending(scenario, stage)
    return killed and (fault.reached or not trial.fault), wrong


def _killed(scenario: Scenario, stage: Stage, spot: Spot, moment: Moment) -> bool:
    """Let it happen and kill the operator at the spot, or at the end; returns whether the spot was reached."""
    stop = _Stop(spot, moment)
    stage.show_each_call_to(stop)
    scenario.trigger(stage)
    until(lambda: stop.reached or scenario.is_over(stage), within=_WITHIN_SECONDS, of=f"{spot} or the end")
    stage.operator.kill()
    stop.hold.release(Lost())
    return stop.reached


def _ending(scenario: Scenario, stage: Stage) -> list[str]:
    """Wait for the end and return what is wrong with it."""
    try:
        until(lambda: scenario.is_over(stage), within=_WITHIN_SECONDS)
    except AssertionError:
        return [f"not over within {_WITHIN_SECONDS:g} s", *scenario.missing(stage), *scenario.broken(stage)]
    return list(scenario.broken(stage))


def kills(found: Iterable[Spot]) -> Iterator[Trial]:
    """Yield a plain kill at each moment of each request."""
    return (Trial(spot, moment) for spot in found for moment in Moment)


def faults(found: Iterable[Spot]) -> Iterator[Trial]:
    """Yield each fault of each request, without a kill."""
    return (Trial(spot, None, fault) for spot in found for fault in FAULTS)


def kills_with_faults(found: Iterable[Spot]) -> Iterator[Trial]:
    """Yield each kill crossed with each fault."""
    return (Trial(*kill[:2], fault) for kill in kills(found) for fault in FAULTS)


class Campaign:
    """All trials of some scenarios, begun at once and worked on many at a time: most of the time is waiting."""

    def __init__(
        self,
        theatre: Theatre,
        scenarios: Mapping[str, Scenario],
        chosen: Callable[[list[Spot]], Iterable[Trial]],
        pool: ThreadPoolExecutor,
    ) -> None:
        self._spots = {name: pool.submit(spots, theatre, scenario) for name, scenario in scenarios.items()}
        self._outcomes: dict[str, list[Future[Outcome]]] = {}
        for name, seen in self._spots.items():
            if seen.exception() is None:
                trials = chosen(seen.result())
                self._outcomes[name] = [pool.submit(tried, theatre, scenarios[name], trial) for trial in trials]

    def spots(self, name: str) -> list[Spot]:
        """Return the requests of a scenario; raises what went wrong when nothing disturbed it."""
        return self._spots[name].result()

    def outcomes(self, name: str) -> list[Outcome]:
        """Wait for the trials of a scenario."""
        return [outcome.result() for outcome in self._outcomes[name]]


@contextmanager
def campaign(
    theatre: Theatre, scenarios: Mapping[str, Scenario], chosen: Callable[[list[Spot]], Iterable[Trial]]
) -> Iterator[Campaign]:
    """Begin all trials; those that nobody waits for are not made."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="trial")
    try:
        yield Campaign(theatre, scenarios, chosen, pool)
    finally:
        pool.shutdown(cancel_futures=True)
