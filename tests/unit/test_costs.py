"""What a pass and an object may cost: exact figures, so that no change makes them worse unnoticed.

What an operation costs in calls and PATCHes is told by the main job against the real API server.
"""

import gc
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import FrameType

import pytest

from automix.core.actions import Nothing, Wait
from automix.core.facts import Facts, Presence
from automix.core.fingerprints import audible, fingerprints, outputs
from automix.core.planner import plan
from automix.core.status import status_after
from automix.engine.cache import MixCache
from builders import NOW, a_running_automix, a_spec, an_automix, facts


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    """Forget the fingerprints of earlier tests: a spec that equals a kept one costs a comparison that no pass has."""
    for kept in (fingerprints, audible, outputs):
        kept.cache_clear()


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions of Python are called; what they cost in time differs, their number does not."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


LARGE = a_spec(
    mix_output=[{"stream_id": f"mix-{n}", "audio_bitrate": 64000} for n in range(3)],
    extra_mix_input=[{"stream_id": f"in-{n}"} for n in range(9)],
    user_data="text",
)


@pytest.mark.parametrize(
    ("known", "most"),
    [
        pytest.param(facts(an_automix()), 50, id="a first start"),
        pytest.param(facts(a_running_automix()), 94, id="a mix at rest"),
        pytest.param(facts(a_running_automix(LARGE)), 105, id="a large one at rest"),
        pytest.param(facts(a_running_automix(), presence=Presence.RUNNING), 100, id="a mix that was just looked at"),
    ],
)
def test_calls_of_a_plan_and_its_status(known: Facts, most: int) -> None:
    def work(facts: Facts) -> None:
        action = plan(facts)
        if isinstance(action, Wait | Nothing):
            status_after(facts.mix, action, NOW)

    work(replace(known))  # a pass finds what the one before it has kept of the spec
    assert calls_of(partial(work, known)) <= most


@pytest.mark.parametrize(
    "others",
    [{}, {"kubectl.kubernetes.io/last-applied-configuration": 10_000 * "x"}],
    ids=["alone", "beside those of others"],
)
def test_bytes_of_an_object_in_the_cache(others: dict[str, str]) -> None:
    mixes = [
        a_running_automix(a_spec(room_id=f"room-{n}"), name=f"mix-{n}", uid=f"uid-{n}", annotations=others)
        for n in range(1000)
    ]
    cache = MixCache()
    tracemalloc.start()
    for mix in mixes:
        cache.see(mix)
    for mix in mixes:
        cache.put(mix.model_copy())  # an answer, with a key of its own
    gc.collect()  # how much garbage lies about depends on what ran before
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert used / len(mixes) < 1800
