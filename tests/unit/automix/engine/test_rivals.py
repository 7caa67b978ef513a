"""Who comes first of those who want one task."""

import pytest

from automix.api.automix import AutoMix
from automix.engine.rivals import holder_first
from builders import a_claimed_automix, a_running_automix, an_automix, at


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            a_running_automix(uid="b", creation_timestamp=at(0)),
            an_automix(uid="a", creation_timestamp=at(-500)),
            id="what was started comes before what is older",
        ),
        pytest.param(
            a_claimed_automix(uid="b", creation_timestamp=at(0)),
            an_automix(uid="a", creation_timestamp=at(-500)),
            id="what was claimed comes before what is older",
        ),
        pytest.param(
            a_running_automix(uid="b", status={"start_time": None}),
            an_automix(uid="a", creation_timestamp=at(-500)),
            id="what was started and ended still holds its task",
        ),
        pytest.param(
            an_automix(uid="b", creation_timestamp=at(-500)),
            an_automix(uid="a", creation_timestamp=at(0)),
            id="the older before the younger",
        ),
        pytest.param(an_automix(uid="a"), an_automix(uid="b"), id="the smaller UID of two of one age"),
        pytest.param(
            a_running_automix(uid="b", creation_timestamp=at(-500)),
            a_running_automix(uid="a", creation_timestamp=at(0)),
            id="the older of two that were started",
        ),
    ],
)
def test_the_holder_comes_first(first: AutoMix, second: AutoMix) -> None:
    assert min((second, first), key=holder_first) is first
    assert min((first, second), key=holder_first) is first
