"""What is counted of each call to ZEGO."""

import pytest

from automix.engine.tally import count_call
from automix.telemetry.metrics import Metrics
from automix.zego import CallRecord, Outcome


@pytest.mark.parametrize(
    ("code", "label", "unknown"),
    [
        pytest.param(0, "0", 0, id="success"),
        pytest.param(110200150, "110200150", 0, id="a code of ZEGO's pages"),
        pytest.param(None, "", 0, id="no answer"),
        pytest.param(123456789, "other", 1, id="a code that no page explains"),
    ],
)
def test_a_call_is_counted_by_its_code(code: int | None, label: str, unknown: int) -> None:
    metrics = Metrics()
    count_call(metrics, CallRecord("StartAutoMix", code, 0.5, Outcome.REFUSED))

    value = metrics.registry.get_sample_value
    assert value("automix_zego_calls_total", {"action": "StartAutoMix", "outcome": "refused", "code": label}) == 1
    assert value("automix_unknown_codes_total") == unknown
    assert value("automix_zego_call_seconds_sum", {"action": "StartAutoMix"}) == 0.5


def test_however_many_codes_an_endpoint_makes_up_they_are_one_series() -> None:
    metrics = Metrics()
    for code in range(900_000, 901_000):
        count_call(metrics, CallRecord("StopAutoMix", code, 0.1, Outcome.REFUSED))

    counted = {"action": "StopAutoMix", "outcome": "refused", "code": "other"}
    assert metrics.registry.get_sample_value("automix_zego_calls_total", counted) == 1000
