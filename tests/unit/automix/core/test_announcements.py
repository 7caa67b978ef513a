"""Which Event a pass is worth."""

import pytest

from automix.api.automix import AutoMixStatus
from automix.core.actions import Adopt, Claim, Effect, Nothing, Observe, Release, Replace, Start, Stop, Update
from automix.core.announcements import Announcement, announcement
from automix.core.states import STATES, Reason
from automix.core.status import status_after
from builders import NOW, a_running_automix, an_automix


def _status(reason: Reason, message: str = "why") -> AutoMixStatus:
    return status_after(a_running_automix(), Nothing(reason, message), NOW)


NEW = an_automix().status
RUNNING = _status(Reason.RUNNING)


@pytest.mark.parametrize(
    ("done", "reason", "action", "part"),
    [
        pytest.param([Claim(Start("x")), Start("first start")], "Started", "StartAutoMix", "first start", id="a start"),
        pytest.param(
            [Update(("userData", "soundLevel"))], "Updated", "StartAutoMix", "userData, soundLevel", id="update"
        ),
        pytest.param(
            [Replace("of mixOutput")], "Replaced", "StartAutoMix", "audible gap: of mixOutput", id="a replace"
        ),
        pytest.param([Stop(), Observe(needed=True), Release()], "Stopped", "StopAutoMix", "deleted", id="a stop"),
    ],
)
def test_what_was_done_is_told(done: list[Effect], reason: str, action: str, part: str) -> None:
    told = announcement(done, NEW, RUNNING)

    assert told is not None
    assert (told.type, told.reason, told.action) == ("Normal", reason, action)
    assert part in told.note


@pytest.mark.parametrize("done", [[], [Observe()], [Claim(None)]], ids=["nothing", "a look", "the finalizer"])
def test_an_unchanged_pass_is_worth_none(done: list[Effect]) -> None:
    assert announcement(done, RUNNING, RUNNING) is None


def test_a_state_that_was_entered_is_told_with_its_message() -> None:
    entered = _status(Reason.SUSPENDED, "Suspended by you.")

    assert announcement([], RUNNING, entered) == Announcement("Normal", "Suspended", "Reconcile", "Suspended by you.")


def test_another_message_of_the_same_state_is_no_news() -> None:
    assert announcement([], _status(Reason.CONFLICT, "a"), _status(Reason.CONFLICT, "b")) is None


def test_a_pass_without_a_status_is_worth_none() -> None:
    assert announcement([], NEW, NEW) is None


@pytest.mark.parametrize("reason", [reason for reason, row in STATES.items() if row.stalled])
def test_what_needs_a_person_is_a_warning(reason: Reason) -> None:
    told = announcement([], RUNNING, _status(reason))

    assert told is not None
    assert told.type == "Warning"


@pytest.mark.parametrize(
    "reason", [Reason.ZEGO_UNREACHABLE, Reason.ZEGO_FAILED, Reason.THROTTLED, Reason.MIX_KEEPS_ENDING]
)
def test_so_is_what_zego_could_not_do(reason: Reason) -> None:
    told = announcement([], RUNNING, _status(reason))

    assert told is not None
    assert told.type == "Warning"


@pytest.mark.parametrize(
    "done",
    [
        pytest.param([Observe(), Adopt(taken_over=True)], id="a look"),
        pytest.param([Observe(), Adopt(taken_over=True), Update(("userData",))], id="what can change was sent again"),
        pytest.param([Observe(), Adopt(taken_over=True), Replace("x")], id="it was replaced"),
    ],
)
def test_that_someone_took_the_mix_over_is_told_before_all_else_with_what_became_of_it(done: list[Effect]) -> None:
    note = "Someone else started this mix anew. Left as it is."

    assert announcement(done, RUNNING, _status(Reason.ADOPTED, "Left as it is.")) == Announcement(
        "Warning", "TakenOver", "Reconcile", note
    )


def test_a_mix_that_was_there_before_is_told_by_the_state() -> None:
    told = announcement([Adopt(taken_over=False)], RUNNING, _status(Reason.ADOPTED, "Left as it is."))

    assert told == Announcement("Normal", "Adopted", "Reconcile", "Left as it is.")


def test_of_two_effects_the_last_is_told() -> None:
    told = announcement([Start("first start"), Update(("userData",))], NEW, RUNNING)

    assert told is not None
    assert told.reason == "Updated"


def test_a_state_that_was_left_for_none_is_no_news() -> None:
    assert announcement([], RUNNING, NEW) is None
