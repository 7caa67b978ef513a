"""What is counted of each call to ZEGO."""

from automix import zego
from automix.telemetry.metrics import Metrics


def count_call(metrics: Metrics, call: zego.CallRecord) -> None:
    """Count a call that ended, and how long it took.

    A code that no page explains is `other`: each would be a series for good, and an endpoint may answer what it likes.
    """
    unknown = bool(call.code) and call.code not in zego.CODES
    if unknown:
        metrics.unknown_codes.inc()
    code = "" if call.code is None else "other" if unknown else str(call.code)
    metrics.zego_calls.labels(call.action, call.outcome.value, code).inc()
    metrics.zego_call_seconds.labels(call.action).observe(call.seconds)
