"""What the status remembers of each call."""

from datetime import UTC, datetime

import pytest

from automix.api.automix import PlayInfo
from automix.core.failures import Failure
from automix.core.fingerprints import changed_fields, fingerprints
from automix.core.record import (
    Started,
    acknowledged,
    after_doubtful_update,
    after_end,
    after_failure,
    after_start,
    after_update,
    moment,
)
from automix.core.schedule import retry_delay
from automix.core.states import Reason
from builders import NOW, UID, a_claimed_automix, a_retry, a_running_automix, a_spec, at

PLAY = (PlayInfo(stream_id="mix-1"),)
STARTED = Started(sequence=77, play_info=PLAY)
RENAMED = a_spec(user_data="second title")
UNREACHABLE = Failure(Reason.ZEGO_UNREACHABLE, "no answer")


def test_a_moment_is_in_whole_seconds_as_the_api_server_stores_it() -> None:
    assert moment(1_760_000_000.9) == datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)


def test_a_start_records_what_runs_since_when_and_where_it_plays() -> None:
    status = after_start(a_claimed_automix(RENAMED), STARTED, NOW + 0.7)

    assert (status.task_id, status.user_id) == ("room-1", "automix-2cb5ddf410150fdff33e0d28")
    assert (status.sequence, status.play_info) == (77, PLAY)
    assert status.applied == fingerprints(RENAMED)
    assert status.start_time == at(0)


def test_a_start_obeys_the_restart_that_was_asked_for() -> None:
    assert after_start(a_claimed_automix(restart="now"), STARTED, NOW).last_handled_restart_at == "now"


def test_an_update_keeps_the_start_time_and_obeys_no_restart() -> None:
    mix = a_running_automix(RENAMED, ran=a_spec(), restart="now")
    status = after_update(mix, STARTED)

    assert status.start_time == mix.status.start_time
    assert status.last_handled_restart_at == ""
    assert (status.applied, status.sequence) == (fingerprints(RENAMED), 77)


def test_a_call_that_succeeds_ends_the_wait_for_a_retry() -> None:
    failing = a_running_automix(status={"retry": a_retry()})

    assert after_update(failing, STARTED).retry is None
    assert after_start(failing, STARTED, NOW).retry is None


def test_after_an_end_what_ran_stays_known() -> None:
    mix = a_running_automix(status={"play_info": PLAY})
    before, status = mix.status, after_end(mix, NOW)

    assert (status.start_time, status.play_info) == (None, ())
    assert (status.applied, status.sequence) == (before.applied, before.sequence)


def test_a_failure_is_told_with_all_that_zego_said() -> None:
    failure = Failure(Reason.THROTTLED, "too many", code=110200190, request_id="r-1")
    retry = after_failure(a_claimed_automix(), failure, NOW).retry

    assert retry is not None
    assert (retry.reason, retry.message, retry.code, retry.request_id) == ("Throttled", "too many", 110200190, "r-1")


@pytest.mark.parametrize("attempts", [1, 2, 9])
def test_failures_in_a_row_are_counted_and_waited_out_ever_longer(attempts: int) -> None:
    failing = a_claimed_automix(status=a_running_automix(status={"retry": a_retry(attempts=attempts)}).status)
    retry = after_failure(failing, UNREACHABLE, NOW).retry

    assert retry is not None
    assert retry.attempts == attempts + 1
    assert retry.next_attempt_time is not None
    assert 0 <= retry.next_attempt_time.timestamp() - NOW - retry_delay(UID, attempts + 1) <= 1


def test_zegos_wish_to_wait_longer_is_obeyed() -> None:
    failure = Failure(Reason.THROTTLED, "too many", retry_after=120.5)
    retry = after_failure(a_claimed_automix(), failure, NOW).retry

    assert retry is not None
    assert retry.next_attempt_time == at(121)


def test_what_only_a_person_can_mend_has_no_next_time() -> None:
    retry = after_failure(a_claimed_automix(), Failure(Reason.INVALID_SPEC, "bad"), NOW).retry

    assert retry is not None
    assert retry.next_attempt_time is None


def test_a_failure_acknowledges_what_was_asked_so_that_only_a_new_wish_ends_the_wait() -> None:
    status = after_failure(a_running_automix(RENAMED, ran=a_spec(), reconcile="now"), UNREACHABLE, NOW)

    assert (status.observed_generation, status.last_handled_reconcile_at) == (2, "now")


def test_a_failure_changes_nothing_of_what_is_known_to_run() -> None:
    mix = a_running_automix(RENAMED, ran=a_spec(), restart="now")
    status = after_failure(mix, UNREACHABLE, NOW)

    assert (status.applied, status.start_time) == (mix.status.applied, mix.status.start_time)
    assert status.last_handled_restart_at == ""


def test_a_generation_is_acknowledged_with_the_wish_to_be_looked_at() -> None:
    status = acknowledged(a_running_automix(RENAMED, ran=a_spec(), reconcile="now", restart="now"))

    assert (status.observed_generation, status.last_handled_reconcile_at) == (2, "now")
    assert status.last_handled_restart_at == ""


def test_a_long_message_of_zego_is_cut_to_what_the_status_takes() -> None:
    status = after_failure(a_claimed_automix(), Failure(Reason.ZEGO_FAILED, "x" * 1100), NOW)

    assert status.retry is not None
    assert status.retry.message == "x" * 1024


def test_a_stop_that_was_refused_for_good_is_tried_again_all_the_same() -> None:
    mix = a_running_automix(deletion_timestamp=at(-1))
    status = after_failure(mix, Failure(Reason.INVALID_SPEC, "refused"), NOW)

    assert status.retry is not None
    assert status.retry.next_attempt_time is not None


def test_a_change_in_doubt_differs_from_every_spec_until_it_is_sent_again() -> None:
    mix = a_running_automix()
    status = after_doubtful_update(mix.status, ("userData",))

    assert "userData" in changed_fields(status.applied, fingerprints(a_spec()))
    assert "userData" in changed_fields(status.applied, fingerprints(RENAMED))
