"""Kubernetes' label selectors."""

from typing import Any

import pytest

from automix.api.zegoapp import LabelSelector
from automix.core.selector import selects, selects_all

LABELS = {"team": "audio", "tier": "prod"}


def _expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        pytest.param({}, True, id="an empty one selects everything"),
        pytest.param({"matchLabels": {"team": "audio"}}, True, id="a label that is there"),
        pytest.param({"matchLabels": {"team": "video"}}, False, id="a label of another value"),
        pytest.param({"matchLabels": {"team": "audio", "tier": "test"}}, False, id="all labels must be there"),
        pytest.param(_expression("team", "In", "audio", "video"), True, id="In"),
        pytest.param(_expression("team", "In", "video"), False, id="not In"),
        pytest.param(_expression("zone", "In", "a"), False, id="In needs the label"),
        pytest.param(_expression("team", "NotIn", "audio"), False, id="not NotIn"),
        pytest.param(_expression("team", "NotIn", "video"), True, id="NotIn"),
        pytest.param(_expression("zone", "NotIn", "a"), True, id="NotIn is true without the label"),
        pytest.param(_expression("team", "Exists"), True, id="Exists"),
        pytest.param(_expression("zone", "Exists"), False, id="not Exists"),
        pytest.param(_expression("zone", "DoesNotExist"), True, id="DoesNotExist"),
        pytest.param(_expression("team", "DoesNotExist"), False, id="not DoesNotExist"),
        pytest.param(
            {"matchLabels": {"team": "audio"}} | _expression("tier", "NotIn", "prod"), False, id="both parts must hold"
        ),
    ],
)
def test_it_selects_as_kubernetes_does(selector: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 -- a table's column
    assert selects(LabelSelector.model_validate(selector), LABELS) is expected


def test_only_an_empty_selector_needs_no_labels() -> None:
    assert selects_all(LabelSelector())
    assert not selects_all(LabelSelector.model_validate({"matchLabels": {"team": "audio"}}))
    assert not selects_all(LabelSelector.model_validate(_expression("team", "Exists")))
