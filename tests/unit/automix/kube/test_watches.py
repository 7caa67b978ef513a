"""What the watches' requests tell."""

import logging

import pytest

from automix.kube.errors import Blind
from automix.kube.watches import Watches, WatchTimes

MIXES = "/apis/automix.zego.im/v1alpha1/automixes"
APPS = "/apis/automix.zego.im/v1alpha1/namespaces/red/zegoapps"
TIMES = WatchTimes(silence=60)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def listed() -> list[None]:
    return []


@pytest.fixture
def watches(clock: Clock, listed: list[None]) -> Watches:
    return Watches([MIXES, APPS], TIMES, clock, lambda: listed.append(None))


def live(watches: Watches, clock: Clock, seconds: float, *dead: str) -> None:
    """Let time pass; all watches but the dead ones are made anew all the while, and all are looked at."""
    until = clock.now + seconds
    while clock.now < until:
        for path in {MIXES, APPS} - set(dead):
            watches.asked(path, listing=False)
            watches.answered(path, 200)
        clock.now = min(clock.now + TIMES.check, until)
        watches.check()


def test_watches_that_are_made_anew_live_for_ever(watches: Watches, clock: Clock) -> None:
    live(watches, clock, 3600)
    assert watches.hear


@pytest.mark.parametrize("path", [MIXES, APPS])
def test_one_that_nobody_asks_for_any_more_is_over_within_90_seconds(watches: Watches, clock: Clock, path: str) -> None:
    live(watches, clock, 1)
    with pytest.raises(Blind, match=f"watch of {path.rpartition('/')[2]}: it has ended"):
        live(watches, clock, 90, path)


@pytest.mark.parametrize("path", [MIXES, APPS])
def test_one_that_nobody_ever_asked_for_is_of_a_kind_that_is_gone(watches: Watches, clock: Clock, path: str) -> None:
    plural = path.rpartition("/")[2]
    with pytest.raises(
        Blind, match=f"watch of {plural}: the CustomResourceDefinition {plural}.automix.zego.im is gone"
    ):
        live(watches, clock, 90, path)


def test_one_that_is_asked_for_as_late_as_can_be_lives(watches: Watches, clock: Clock) -> None:
    # A try of the full length, and the longest wait for the next one.
    live(watches, clock, 68, MIXES)
    watches.asked(MIXES, listing=False)
    live(watches, clock, 68, MIXES)


def test_a_process_that_was_stopped_for_an_hour_is_not_over_when_it_wakes_up(watches: Watches, clock: Clock) -> None:
    live(watches, clock, 10)
    clock.now += 3600
    watches.check()
    live(watches, clock, 10)


def test_a_long_list_is_given_time(watches: Watches, clock: Clock) -> None:
    watches.asked(MIXES, listing=True)
    live(watches, clock, 300, MIXES)


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (401, r"credentials \(HTTP 401\)"),
            (403, rf"RBAC does not allow it \(HTTP 403\); allow get, list and watch of {MIXES}"),
            (404, r"CustomResourceDefinition automixes\.automix\.zego\.im is gone; install the CRDs"),
            (400, rf"the API server refuses {MIXES} \(HTTP 400\)"),
            (410, rf"the API server refuses {MIXES} \(HTTP 410\)"),
        ],
    )
    def test_a_refusal_that_lasts_is_the_end(self, watches: Watches, clock: Clock, status: int, reason: str) -> None:
        watches.answered(MIXES, status)
        with pytest.raises(Blind, match=reason):
            live(watches, clock, TIMES.refused + 2 * TIMES.check, MIXES)

    @pytest.mark.parametrize(
        ("status", "refused"),
        [(200, False), *((refusal, True) for refusal in (400, 401, 403, 404, 410, 422)), (429, False), (500, False)],
    )
    def test_what_is_one_is_told_to_who_asked(self, watches: Watches, status: int, refused: bool) -> None:  # noqa: FBT001 -- pytest's parameter
        assert watches.answered(MIXES, status) is refused
        assert not watches.answered("/apis/apps/v1", status)

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_a_refusal_that_passes_is_not(self, watches: Watches, clock: Clock, status: int) -> None:
        for _ in range(10):
            watches.answered(MIXES, status)
            live(watches, clock, TIMES.refused - TIMES.check, MIXES)
            watches.asked(MIXES, listing=False)
            watches.answered(MIXES, 200)

    def test_a_refusal_after_a_long_absence_counts_from_its_beginning(self, watches: Watches, clock: Clock) -> None:
        for _ in range(20):
            watches.asked(MIXES, listing=False)
            watches.unanswered(MIXES)
            live(watches, clock, 30, MIXES)
        watches.asked(MIXES, listing=False)
        watches.answered(MIXES, 403)
        live(watches, clock, TIMES.refused / 2, MIXES)

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_trouble_of_the_api_servers_is_never_the_end(self, watches: Watches, clock: Clock, status: int) -> None:
        for _ in range(200):
            watches.asked(MIXES, listing=False)
            watches.answered(MIXES, status)
            live(watches, clock, 8, MIXES)


class TestHearing:
    def test_an_answer_that_is_older_than_90_seconds_is_too_old(self, watches: Watches, clock: Clock) -> None:
        clock.now += 90
        assert watches.hear
        clock.now += 1
        assert not watches.hear
        for path in (MIXES, APPS):
            watches.answered(path, 200)
        assert watches.hear

    def test_one_watch_without_answers_is_enough(self, watches: Watches, clock: Clock) -> None:
        for _ in range(20):
            watches.asked(MIXES, listing=False)
            watches.answered(MIXES, 503)
            live(watches, clock, 5, MIXES)
        assert not watches.hear

    def test_that_the_api_server_is_away_is_said_once_and_so_is_its_return(
        self, watches: Watches, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            for _ in range(5):
                for path in (MIXES, APPS):
                    watches.asked(path, listing=False)
                    watches.unanswered(path)
                clock.now += 8
                watches.check()
            live(watches, clock, 60)
        assert [record.getMessage() for record in caplog.records] == [
            "the API server does not answer the watches; trying again",
            "the API server answers the watches again",
        ]

    def test_a_hiccup_is_not_worth_a_line(
        self, watches: Watches, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            watches.unanswered(MIXES)
            live(watches, clock, 60)
        assert caplog.records == []


class TestListings:
    def test_each_list_is_told(self, watches: Watches, listed: list[None]) -> None:
        for path in (MIXES, APPS):
            watches.asked(path, listing=True)
            watches.answered(path, 200)
        assert len(listed) == 2

    def test_a_watch_is_none(self, watches: Watches, listed: list[None]) -> None:
        watches.asked(MIXES, listing=False)
        watches.answered(MIXES, 200)
        assert listed == []

    def test_nor_is_one_that_fails(self, watches: Watches, listed: list[None]) -> None:
        watches.asked(MIXES, listing=True)
        watches.answered(MIXES, 503)
        watches.unanswered(MIXES)
        assert listed == []


def test_only_what_is_watched_is_taken_note_of(watches: Watches) -> None:
    assert watches.asked(MIXES, listing=True)
    assert not watches.asked("/apis", listing=True)


def test_other_requests_are_nobodys_business(watches: Watches) -> None:
    watches.asked("/apis", listing=True)
    watches.answered("/apis", 404)
    watches.unanswered("/version")
    watches.check()


class TestGivingUp:
    def test_what_the_api_server_said_last_is_the_reason(self, watches: Watches) -> None:
        watches.answered(APPS, 404)
        reason = "watch of zegoapps: the CustomResourceDefinition zegoapps.automix.zego.im is gone"
        assert str(watches.given_up(RuntimeError("404 page not found"))).startswith(reason)

    def test_without_that_it_is_the_error(self, watches: Watches) -> None:
        assert str(watches.given_up(ValueError("odd"))) == "watches: given up after ValueError('odd')"
