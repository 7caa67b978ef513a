"""The claim on an object, as it is written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automix.api.meta import CLAIM_ANNOTATION
from automix.core.claim import Cause, Claim
from builders import NOW, an_automix

claims = st.builds(
    Claim,
    spec=st.text(min_size=1),
    restart=st.text(),
    replace=st.booleans(),
    time=st.floats(0, 2**31, allow_nan=False),
    renewed=st.floats(0, 2**31, allow_nan=False),
)


@given(claims)
def test_what_is_written_is_read_again(claim: Claim) -> None:
    assert Claim.of({CLAIM_ANNOTATION: claim.to_annotation()}) == claim


def test_an_object_without_the_annotation_has_no_claim() -> None:
    assert Claim.of(an_automix().metadata.annotations) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("spec abc", id="no JSON"),
        pytest.param("1", id="no object"),
        pytest.param('{"spec": "abc"}', id="no time"),
        pytest.param('{"spec": "abc", "time": "noon"}', id="a time that is no number"),
    ],
)
def test_an_unreadable_claim_is_one_of_a_cause_that_no_call_has(text: str) -> None:
    claim = Claim.of({CLAIM_ANNOTATION: text})

    assert claim is not None
    assert claim.spec == ""


@pytest.mark.parametrize("length", [1, 10_000], ids=["a short one", "a long one"])
def test_a_field_of_another_version_is_ignored(length: int) -> None:
    text = f'{{"spec": "abc", "time": {NOW}, "holder": "{"x" * length}"}}'

    assert Claim.of({CLAIM_ANNOTATION: text}) == Claim(spec="abc", time=NOW)


def test_its_cause_is_spec_and_restart() -> None:
    assert Claim(spec="abc", restart="now", replace=True, time=NOW).cause == Cause("abc", "now")


@pytest.mark.parametrize(
    ("claim", "highest"),
    [
        pytest.param(Claim(spec="abc", sequence=5, time=NOW), int(NOW) + 2, id="a replace sends two"),
        pytest.param(
            Claim(spec="abc", sequence=int(NOW) + 9, time=NOW), int(NOW) + 11, id="after one ahead of the clock"
        ),
        pytest.param(
            Claim(spec="abc", sequence=5, time=NOW - 99, renewed=NOW), int(NOW) + 2, id="after it was renewed"
        ),
        pytest.param(Claim.of({CLAIM_ANNOTATION: "edited by hand"}), 0, id="of an unreadable one nobody knows"),
    ],
)
def test_calls_under_a_claim_have_sequences_of_its_time(claim: Claim, highest: int) -> None:
    assert claim.sent_up_to == highest


def test_what_is_at_its_default_is_not_written() -> None:
    assert Claim(spec="abc", time=5).to_annotation() == '{"spec":"abc","time":5.0}'


def test_an_unreadable_claim_is_older_than_all_and_open_for_all() -> None:
    claim = Claim.of({CLAIM_ANNOTATION: "edited by hand"})

    assert claim == Claim(spec="", sequence=2**62, time=0)


def test_a_claim_was_last_written_when_it_was_made_or_renewed() -> None:
    assert Claim(spec="abc", time=0).last_written == 0
    assert Claim(spec="abc", time=NOW, renewed=NOW + 5).last_written == NOW + 5


@pytest.mark.parametrize(
    ("length", "kept"), [(200, True), (1024, True), (1025, False)], ids=["a usual one", "the longest", "a longer one"]
)
def test_a_claim_is_read_once_unless_it_is_longer_than_ours_are(length: int, kept: bool) -> None:  # noqa: FBT001 -- a table's column
    claim = Claim(spec="", time=NOW)
    text = Claim(spec="x" * (length - len(claim.to_annotation())), time=NOW).to_annotation()
    assert len(text) == length
    first, second = (Claim.of({CLAIM_ANNOTATION: text}) for _ in range(2))

    assert first == second
    assert (first is second) is kept
