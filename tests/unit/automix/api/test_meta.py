"""What all kinds share."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from automix.api.meta import (
    OTHERS,
    RECONCILE_ANNOTATION,
    RESTART_ANNOTATION,
    Condition,
    Model,
    ObjectMeta,
    rfc3339,
)


class Part(Model):
    """A part of an object."""

    some_field: int


def test_fields_are_in_camel_case_on_the_wire_and_in_snake_case_here() -> None:
    assert Part.model_validate({"someField": 1}) == Part(some_field=1)
    assert Part(some_field=1).model_dump(by_alias=True) == {"someField": 1}


def test_unknown_fields_are_ignored() -> None:
    assert Part.model_validate({"someField": 1, "other": 2}) == Part(some_field=1)


def test_a_part_is_never_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Part(some_field=1).some_field = 2  # type: ignore[misc]


def test_a_moment_is_written_as_kubernetes_does() -> None:
    assert rfc3339(datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)) == "2026-01-02T03:04:05Z"


def test_a_condition_is_written_with_its_times_and_words() -> None:
    written = {
        "type": "Ready",
        "status": "True",
        "observedGeneration": 2,
        "lastTransitionTime": "2026-01-02T03:04:05Z",
        "reason": "Running",
        "message": "",
    }

    assert Condition.model_validate(written).model_dump(mode="json", by_alias=True) == written


def test_metadata_that_was_never_stored_has_the_api_servers_defaults() -> None:
    meta = ObjectMeta(name="a", uid="u")

    assert (meta.generation, meta.finalizers, meta.annotations, meta.terminating) == (1, (), {}, False)


def test_of_the_annotations_of_others_no_more_is_kept_than_that_there_are_some() -> None:
    ours = {RESTART_ANNOTATION: "now", RECONCILE_ANNOTATION: "then"}

    assert ObjectMeta(name="a", uid="u", annotations=ours).annotations == ours
    kept = ObjectMeta(name="a", uid="u", annotations={**ours, "example.com/a": 1000 * "b", "example.com/c": "d"})
    assert kept.annotations == {**ours, OTHERS: ""}
    assert ObjectMeta.model_validate_json(kept.model_dump_json()) == kept
