"""What a pass and an object may cost: exact figures, so that no change makes them worse unnoticed.

What an operation costs in calls and PATCHes is told by the main job against the real API server.
"""

import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import FrameType

import pytest

from automix.api.automix import AutoMix, PlayInfo
from automix.core.actions import Nothing, Wait
from automix.core.facts import Facts, Presence
from automix.core.fingerprints import audible, fingerprints, outputs
from automix.core.planner import plan
from automix.core.states import Reason
from automix.core.status import status_after
from automix.engine.cache import MixCache
from builders import NOW, OURS, a_running_automix, a_spec, an_automix, facts


def forget() -> None:
    """Forget the fingerprints that are kept for a pass."""
    for kept in (fingerprints, audible, outputs):
        kept.cache_clear()


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    """Begin without those of earlier tests: a spec that equals a kept one costs a comparison that no pass has."""
    forget()


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
        pytest.param(facts(an_automix()), 49, id="a first start"),
        pytest.param(facts(a_running_automix()), 94, id="a mix at rest"),
        pytest.param(facts(a_running_automix(LARGE)), 105, id="a large one at rest"),
        pytest.param(facts(a_running_automix(), presence=Presence.RUNNING), 98, id="a mix that was just looked at"),
    ],
)
def test_calls_of_a_plan_and_its_status(known: Facts, most: int) -> None:
    def work(facts: Facts) -> None:
        action = plan(facts)
        if isinstance(action, Wait | Nothing):
            status_after(facts.mix, action, NOW)

    work(replace(known))  # a pass finds what the one before it has kept of the spec
    assert calls_of(partial(work, known)) <= most


def test_bytes_of_an_object_in_the_cache_are_those_of_what_planning_needs() -> None:
    told = [as_stored(number, managed=False) for number in range(1000)]
    managed = [as_stored(number, managed=True) for number in range(1000)]

    assert bytes_of_each(told) < 2100
    # Lists and dictionaries grow by leaps, by a few bytes an object.
    assert abs(bytes_of_each(managed) - bytes_of_each(told)) < 20


def as_stored(number: int, *, managed: bool) -> dict[str, object]:
    """Return an object of which all is told as the API server sends it, with or without who wrote which field."""
    mix = a_running_automix(
        a_spec(room_id=f"room-{number}"),
        name=f"mix-{number}",
        uid=f"6f1c1a44-56a6-4f0c-8f0e-{number:012}",
        status={"play_info": (PlayInfo(stream_id=f"mix-{number}", rtmp=f"rtmp://play.example/live/mix-{number}"),)},
    )
    status = status_after(mix, Wait(NOW + 600, Reason.RUNNING, "The mix runs."), NOW)
    known = mix.model_copy(update={"status": status})
    stored: dict[str, dict[str, object]] = known.model_dump(mode="json", by_alias=True, exclude_unset=True)
    field = {"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {f"f:{name}": {} for name in OURS}}}
    stored["metadata"] |= {"managedFields": [field] * 5, "labels": {"app": "rooms"}} if managed else {}
    return {**stored, "kind": "AutoMix"}


def bytes_of_each(stored: list[dict[str, object]]) -> int:
    """Return what the cache takes for each of many objects."""
    cache = MixCache()
    tracemalloc.start()
    for body in stored:
        cache.see(AutoMix.from_stored(body))
    forget()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used // len(stored)
