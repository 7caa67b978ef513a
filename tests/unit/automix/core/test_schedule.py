"""When looks and retries are due."""

from collections import Counter
from itertools import pairwise
from math import ceil
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automix.core.schedule import (
    FARTHEST,
    SLOW,
    STOPS,
    USUAL,
    Pace,
    Timing,
    next_look,
    next_try_to_look,
    retry_delay,
    seconds,
    share,
)
from builders import NOW, UID

uids = st.uuids().map(str)
intervals = st.integers(30, 86400)
moments = st.floats(1.7e9, 2.1e9)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [("90s", 90), ("10m", 600), ("2h", 7200), ("1h30m", 5400), ("1h1m1s", 3661), ("0s", 0), ("1m1m", 120)],
)
def test_durations_are_read(duration: str, expected: int) -> None:
    assert seconds(duration) == expected


@pytest.mark.parametrize("text", ["", "10", "m", "10 m", "1.5h", "-1m", "10ms", "10m ", "1d"])
def test_what_is_no_duration_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration: write hours, minutes and seconds, such as 90s or 1h30m"):
        seconds(text)


@given(uids, moments, intervals)
def test_the_next_look_is_within_one_interval(uid: str, after: float, interval: int) -> None:
    assert after < next_look(uid, after, interval) <= after + interval


@given(uids, moments, intervals, st.floats(0, 1))
def test_the_phase_of_an_object_does_not_depend_on_when_it_was_looked_at(
    uid: str, after: float, interval: int, part: float
) -> None:
    due = next_look(uid, after, interval)
    somewhen_before = after + (due - after) * part * 0.999

    assert next_look(uid, somewhen_before, interval) == pytest.approx(due)
    assert next_look(uid, due, interval) == pytest.approx(due + interval)


def test_looks_of_ten_thousand_objects_spread_evenly() -> None:
    looks = sorted(next_look(str(UUID(int=number)), NOW, 600) - NOW for number in range(10_000))
    a_second = Counter(ceil(look) for look in looks)

    assert max(a_second.values()) < 3 * (10_000 / 600)
    assert max(later - earlier for earlier, later in pairwise(looks)) < 1


@pytest.mark.parametrize(
    ("pace", "first", "longest"),
    [
        pytest.param(USUAL, 2, 300, id="from 2 seconds to 5 minutes"),
        pytest.param(STOPS, 2, 20, id="a stop from 2 seconds to 20"),
        pytest.param(SLOW, 60, 1800, id="what hardly passes from a minute to half an hour"),
    ],
)
@given(uid=uids, attempts=st.integers(1, 25) | st.integers(1, 1000))
def test_the_wait_for_a_retry_grows_by_three_tenths_give_or_take_a_fifth(
    pace: Pace, first: int, longest: int, uid: str, attempts: int
) -> None:
    middle = min(first * 1.3 ** min(attempts - 1, 99), longest)
    expected = middle * (0.8 + 0.4 * share(uid, "retry"))

    assert retry_delay(uid, attempts, pace) == pytest.approx(expected)


@given(uids, st.integers(1, 100), st.one_of(intervals, st.integers(1, 8)))
def test_a_look_that_failed_never_waits_longer_than_one_that_did_not(uid: str, failures: int, interval: int) -> None:
    first = min(2, interval / 4)

    assert 0.8 * first <= next_try_to_look(uid, failures, interval) <= interval
    assert next_try_to_look(uid, 1, interval) <= 1.2 * first


@given(uids, st.integers(100, 1_000_000), intervals)
def test_a_look_that_failed_very_often_waits_as_long_as_any(uid: str, failures: int, interval: int) -> None:
    assert 0.8 * interval <= next_try_to_look(uid, failures, interval) <= interval


@given(uids)
def test_the_waits_of_one_object_never_fall(uid: str) -> None:
    delays = [retry_delay(uid, attempts) for attempts in range(1, 30)]

    assert delays == sorted(delays)


def test_objects_that_fail_together_do_not_try_again_together() -> None:
    delays = sorted(retry_delay(str(UUID(int=number)), 25) for number in range(1000))

    assert delays[100] < 260
    assert delays[900] > 340


@given(uids)
def test_a_share_is_fixed_by_uid_and_salt(uid: str) -> None:
    assert 0 <= share(uid, "drift") < 1
    assert share(uid, "drift") == share(uid, "drift")


def test_salts_give_unrelated_shares() -> None:
    assert share(UID, "drift") != share(UID, "retry")


@given(uids, st.integers(1, 1000))
def test_no_wait_is_as_long_as_one_that_a_clock_which_went_back_makes(uid: str, attempts: int) -> None:
    assert retry_delay(uid, attempts, SLOW) + 60 <= FARTHEST <= 1.25 * 1800


def test_the_usual_timing_is_as_the_settings_say() -> None:
    assert Timing() == Timing(first_look=10, shortest_drift_check=30, deletion_timeout=900)


def test_a_share_is_fixed_for_all_releases() -> None:
    """So that an upgrade moves nobody's looks and waits."""
    assert share(UID, "drift") == pytest.approx(0.4590173880650385)
    assert next_look(UID, NOW, 600) - NOW == pytest.approx(75.41043281555176)
    assert retry_delay(UID, 1) == pytest.approx(1.6576655858855742)
