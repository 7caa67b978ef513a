"""Which task at ZEGO a spec means."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automix.api.fields import ROOM_ID, TASK_ID
from automix.core.task import Task, task_of
from builders import a_spec


@pytest.mark.parametrize("room", ["room-1", "Room_7", "a+b=c", "x" * 128])
def test_the_task_id_is_the_room_id(room: str) -> None:
    assert task_of(a_spec(room_id=room)).task_id == room


@pytest.mark.parametrize("room", ["room#1", "http", "a-http-room"])
def test_a_room_id_that_is_no_task_id_is_hashed(room: str) -> None:
    task = task_of(a_spec(room_id=room))

    assert re.fullmatch(r"room-[0-9a-f]{24}", task.task_id)
    assert task.room_id == room


def test_declared_ids_are_taken_as_they_are() -> None:
    assert task_of(a_spec(task_id="task", user_id="user")) == Task("task", "user", "room-1")


def test_ids_never_change_between_releases() -> None:
    """A mix that runs is found, and stopped, by ids that an older release made."""
    plain, hashed = task_of(a_spec(room_id="room-1")), task_of(a_spec(room_id="room#1"))

    assert plain == Task("room-1", "automix-2cb5ddf410150fdff33e0d28", "room-1")
    assert hashed.task_id == "room-a67ecaea586716ea605bafba"


@given(st.from_regex(ROOM_ID, fullmatch=True).filter(lambda room: 1 <= len(room) <= 128))
def test_every_room_has_ids_of_zegos_alphabet_and_length(room: str) -> None:
    task = task_of(a_spec(room_id=room))

    assert re.fullmatch(TASK_ID, task.task_id)
    assert "http" not in task.task_id
    assert "#" not in task.task_id
    assert len(task.user_id) <= 32


@given(st.lists(st.from_regex(r"[a-z#]{1,6}", fullmatch=True), unique=True, max_size=20))
def test_rooms_and_user_ids_are_one_to_one(rooms: list[str]) -> None:
    tasks = [task_of(a_spec(room_id=room)) for room in rooms]

    assert len({task.task_id for task in tasks}) == len(rooms)
    assert len({task.user_id for task in tasks}) == len(rooms)


def test_the_user_id_follows_from_the_task_id_alone() -> None:
    assert task_of(a_spec(room_id="a", task_id="t")).user_id == task_of(a_spec(room_id="b", task_id="t")).user_id


def test_what_a_pass_asks_again_is_not_computed_again() -> None:
    assert task_of(a_spec(room_id="asked")) is task_of(a_spec(room_id="asked"))
