"""What the status remembers of each call."""

from datetime import UTC, datetime

import pytest

from automix.api.automix import AdoptionPolicy, PlayInfo, Retry
from automix.core.failures import Failure
from automix.core.fingerprints import IN_PLACE, changed_fields, fingerprints, outputs
from automix.core.record import (
    Started,
    acknowledged,
    after_adoption,
    after_doubtful_update,
    after_end,
    after_failure,
    after_start,
    after_stop,
    after_update,
    moment,
)
from automix.core.schedule import SLOW, STOPS, retry_delay
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


@pytest.mark.parametrize("restart", ["now", ""], ids=["one", "none"])
def test_a_start_obeys_the_restart_that_was_asked_for(restart: str) -> None:
    assert after_start(a_claimed_automix(restart=restart), STARTED, NOW).last_handled_restart_at == restart


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


@pytest.mark.parametrize(("busy", "attempts"), [(False, 1), (True, 0)], ids=["a failure", "a busy answer"])
def test_failures_of_something_else_do_not_count_for_what_began_anew(busy: bool, attempts: int) -> None:  # noqa: FBT001 -- a table's column
    failing = a_running_automix(status={"retry": a_retry(attempts=9)})
    retry = after_failure(failing, Failure(Reason.THROTTLED, "too many", busy=busy), NOW, anew=True).retry

    assert retry is not None
    assert retry.attempts == attempts
    assert retry.next_attempt_time is not None
    assert retry.next_attempt_time.timestamp() - NOW <= retry_delay(UID, 1) + 1


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


@pytest.mark.parametrize("reconcile", ["now", ""], ids=["a wish", "no wish"])
def test_a_generation_is_acknowledged_with_the_wish_to_be_looked_at(reconcile: str) -> None:
    status = acknowledged(a_running_automix(RENAMED, ran=a_spec(), reconcile=reconcile, restart="now"))

    assert (status.observed_generation, status.last_handled_reconcile_at) == (2, reconcile)
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


@pytest.mark.parametrize("slow", [False, True], ids=["what may pass", "what hardly passes by itself"])
def test_a_stop_that_fails_is_tried_again_soon_as_the_mix_is_paid_for(slow: bool) -> None:  # noqa: FBT001 -- a table's column
    mix = a_running_automix(deletion_timestamp=at(-1), status={"retry": a_retry(attempts=9)})
    retry = after_failure(mix, Failure(Reason.ZEGO_FAILED, "refused", slow=slow), NOW).retry

    assert retry is not None
    assert retry.next_attempt_time is not None
    assert 0 < retry.next_attempt_time.timestamp() - NOW - retry_delay(UID, 10, STOPS) <= 1


@pytest.mark.parametrize(
    ("retry", "since"),
    [
        pytest.param(
            a_retry(next_attempt_time=at(-300)), at(-2000), id="stops that fail in a row fail since the first"
        ),
        pytest.param(a_retry(next_attempt_time=at(-301)), None, id="where nobody tried for minutes it begins anew"),
        pytest.param(a_retry(next_attempt_time=None), at(-2000), id="what waited for a person is no such pause"),
        pytest.param(None, at(-2000), id="nor is what was accepted in vain"),
    ],
)
def test_since_when_a_stop_fails(retry: Retry | None, since: datetime | None) -> None:
    stopping = a_running_automix(deletion_timestamp=at(-2000), status={"stop_failing_since": at(-2000), "retry": retry})

    assert after_failure(stopping, UNREACHABLE, NOW).stop_failing_since == since


def test_a_change_in_doubt_differs_from_every_spec_until_it_is_sent_again() -> None:
    mix = a_running_automix()
    status = after_doubtful_update(mix.status, ("userData",))

    assert "userData" in changed_fields(status.applied, fingerprints(a_spec()))
    assert "userData" in changed_fields(status.applied, fingerprints(RENAMED))


def test_a_start_has_the_outputs_that_it_declares() -> None:
    status = after_start(a_claimed_automix(RENAMED), STARTED, NOW)

    assert status.outputs == outputs(RENAMED)
    assert status.adopted_time is None


def test_a_start_that_met_a_mix_of_someone_else_adopts_it() -> None:
    status = after_start(a_claimed_automix(), STARTED, NOW, since=NOW - 500)

    assert (status.start_time, status.adopted_time) == (at(-500), at(0))
    assert (status.sequence, status.play_info) == (77, PLAY)


def test_a_start_of_our_own_ends_an_adoption() -> None:
    assert after_start(a_running_automix(status={"adopted_time": at(-50)}), STARTED, NOW).adopted_time is None


def test_a_change_in_place_leaves_an_adopted_mix_adopted() -> None:
    mix = a_running_automix(RENAMED, ran=a_spec(), status={"adopted_time": at(-50)})

    assert after_update(mix, STARTED).adopted_time == at(-50)


def test_a_call_acknowledges_the_generation_that_it_sent() -> None:
    assert after_update(a_running_automix(RENAMED, ran=a_spec()), STARTED).observed_generation == 2


def test_a_stop_leaves_nothing_running_and_frees_the_outputs() -> None:
    before = a_running_automix(status={"play_info": PLAY, "adopted_time": at(-50)}).status
    status = after_stop(before)

    assert (status.start_time, status.adopted_time, status.play_info, status.outputs) == (None, None, (), ())
    assert (status.applied, status.sequence) == (before.applied, before.sequence)


class TestEndings:
    """A mix that ended: once is nothing, again and soon has to wait."""

    def test_the_first_end_is_not_waited_for(self) -> None:
        status = after_end(a_running_automix(), NOW)

        assert (status.endings, status.retry) == (1, None)

    @pytest.mark.parametrize("endings", [1, 2, 8])
    def test_each_further_one_soon_after_its_start_waits_longer(self, endings: int) -> None:
        status = after_end(a_running_automix(status={"endings": endings}), NOW)

        assert status.endings == endings + 1
        assert status.retry is not None
        assert (status.retry.attempts, status.retry.reason) == (endings, Reason.MIX_KEEPS_ENDING)
        assert status.retry.message.startswith(f"The mix ended {endings + 1} times in a row")
        assert status.retry.next_attempt_time is not None
        assert 0 < status.retry.next_attempt_time.timestamp() - NOW - retry_delay(UID, endings) <= 1

    @pytest.mark.parametrize(
        ("ran", "endings"),
        [
            pytest.param(599, 4, id="a mix that ran for less than ten minutes"),
            pytest.param(600, 1, id="a mix that ran for ten minutes is no sign for the next one"),
        ],
    )
    def test_what_ran_long_begins_the_count_anew(self, ran: int, endings: int) -> None:
        status = after_end(a_running_automix(status={"endings": 3, "start_time": at(-ran)}), NOW)

        assert status.endings == endings
        assert (status.retry is None) == (endings == 1)

    @pytest.mark.parametrize("endings", [0, 1], ids=["the first end", "another soon after its start"])
    def test_a_wait_of_before_goes_on_after_the_end(self, endings: int) -> None:
        failing = a_running_automix(status={"retry": a_retry(), "endings": endings})

        assert after_end(failing, NOW).retry == a_retry()

    def test_what_is_not_known_to_run_does_not_end(self) -> None:
        ended = a_running_automix(status={"start_time": None, "endings": 1})

        assert after_end(ended, NOW) == ended.status

    def test_whoever_started_it_the_end_is_one(self) -> None:
        adopted = a_running_automix(status={"adopted_time": at(-3)})

        assert after_end(adopted, NOW).adopted_time is None


class TestAdoption:
    """What runs was started by someone else."""

    MIX = a_running_automix(RENAMED, ran=a_spec(), reconcile="now")

    def test_what_was_there_before_is_noted_with_its_start(self) -> None:
        status = after_adoption(self.MIX, NOW - 500, NOW, taken_over=False, insisted=False)

        assert (status.start_time, status.adopted_time, status.taken_over_time) == (at(-500), at(0), None)
        assert status.applied == self.MIX.status.applied

    def test_what_was_taken_over_is_sent_again_as_far_as_it_can_change_in_place(self) -> None:
        status = after_adoption(a_running_automix(), NOW - 5, NOW, taken_over=True, insisted=False)

        assert status.taken_over_time == at(0)
        assert set(changed_fields(status.applied, fingerprints(a_spec()))) == set(IN_PLACE)
        assert status.retry is None

    def test_under_refuse_nothing_is_sent_to_what_was_taken_over(self) -> None:
        mix = a_running_automix(a_spec(adoption_policy=AdoptionPolicy.REFUSE))
        status = after_adoption(mix, NOW - 5, NOW, taken_over=True, insisted=False)

        assert status.taken_over_time == at(0)
        assert changed_fields(status.applied, fingerprints(mix.spec)) == ()

    def test_who_insists_is_left_to_it_until_a_person_acts(self) -> None:
        status = after_adoption(self.MIX, NOW - 5, NOW, taken_over=True, insisted=True)

        assert status.retry is not None
        assert (status.retry.reason, status.retry.attempts) == (Reason.MANAGED_ELSEWHERE, 1)
        assert status.retry.next_attempt_time is None
        assert "twice within an hour" in status.retry.message
        assert (status.observed_generation, status.last_handled_reconcile_at) == (2, "now")
        assert (status.taken_over_time, status.adopted_time) == (at(0), at(0))


def test_a_busy_app_costs_the_object_no_attempt_and_is_waited_for_as_long_as_zego_asks() -> None:
    busy = Failure(Reason.THROTTLED, "too many", retry_after=3.2, busy=True)
    first = after_failure(a_claimed_automix(), busy, NOW).retry
    later = after_failure(a_running_automix(status={"retry": a_retry(attempts=4)}), busy, NOW).retry

    assert first is not None
    assert later is not None
    assert (first.attempts, later.attempts) == (0, 4)
    assert first.next_attempt_time == later.next_attempt_time == at(4)


def test_a_busy_app_that_says_no_more_is_tried_in_a_second() -> None:
    retry = after_failure(a_claimed_automix(), Failure(Reason.THROTTLED, "too many", busy=True), NOW).retry

    assert retry is not None
    assert retry.next_attempt_time == at(1)


@pytest.mark.parametrize("attempts", [0, 1, 6])
def test_what_hardly_passes_by_itself_is_tried_slowly(attempts: int) -> None:
    unknown = Failure(Reason.ZEGO_FAILED, "code 999 is in no page", code=999, slow=True)
    failing = a_claimed_automix(status=a_running_automix(status={"retry": a_retry(attempts=attempts)}).status)
    retry = after_failure(failing, unknown, NOW).retry

    assert retry is not None
    assert retry.next_attempt_time is not None
    assert 0 < retry.next_attempt_time.timestamp() - NOW - retry_delay(UID, attempts + 1, SLOW) <= 1


def test_a_shorter_wish_of_zegos_does_not_shorten_the_wait() -> None:
    retry = after_failure(a_claimed_automix(), Failure(Reason.ZEGO_FAILED, "x", retry_after=1), NOW).retry

    assert retry is not None
    assert retry.next_attempt_time is not None
    assert retry.next_attempt_time.timestamp() - NOW > retry_delay(UID, 1)
