"""The operator's metrics."""

from prometheus_client import generate_latest

from automix.telemetry.metrics import BudgetReading, Metrics


def test_every_metric_is_named_after_the_operator_and_explained() -> None:
    metrics = Metrics()
    metrics.show_budgets(lambda: ())
    for metric in metrics.registry.collect():
        assert metric.name.startswith("automix_")
        assert metric.documentation.endswith(".")


def test_what_is_counted_is_exported() -> None:
    metrics = Metrics()
    metrics.zego_calls.labels("StartAutoMix", "ok", "0").inc()
    metrics.zego_call_seconds.labels("StartAutoMix").observe(0.2)
    metrics.endless_passes.inc()

    text = generate_latest(metrics.registry).decode()
    assert 'automix_zego_calls_total{action="StartAutoMix",code="0",outcome="ok"} 1.0' in text
    assert 'automix_zego_call_seconds_count{action="StartAutoMix"} 1.0' in text
    assert "automix_endless_passes_total 1.0" in text


def test_two_operators_in_one_process_do_not_count_together() -> None:
    one, other = Metrics(), Metrics()
    one.endless_passes.inc()

    assert other.registry.get_sample_value("automix_endless_passes_total") == 0


def test_budgets_are_read_whenever_metrics_are() -> None:
    readings: list[BudgetReading] = []
    metrics = Metrics()
    metrics.show_budgets(lambda: readings)
    readings.append(BudgetReading(7, is_test=False, address="", action="StopAutoMix", rate=90.0, waiting=3, oldest=1.5))

    labels = {"app_id": "7", "is_test": "false", "endpoint": "", "action": "StopAutoMix"}
    figures = ("rate", "waiting", "oldest_wait_seconds")
    assert [metrics.registry.get_sample_value(f"automix_budget_{figure}", labels) for figure in figures] == [90, 3, 1.5]
