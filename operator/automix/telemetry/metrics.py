"""Every metric of the operator, in one list."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class BudgetReading(NamedTuple):
    """How the budget of one action of one app at ZEGO stands."""

    app_id: int
    is_test: bool
    address: str
    """Empty for ZEGO's own."""
    action: str
    rate: float
    """Calls a second."""
    waiting: int
    oldest: float
    """Seconds."""


class Metrics:
    """The metrics of one operator, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.zego_calls = Counter(
            "automix_zego_calls",
            "Calls to ZEGO by action, outcome and return code: empty when none came, other when no page explains it.",
            ("action", "outcome", "code"),
            registry=self.registry,
        )
        self.zego_call_seconds = Histogram(
            "automix_zego_call_seconds",
            "Duration of calls to ZEGO by action.",
            ("action",),
            registry=self.registry,
        )
        self.endless_passes = Counter(
            "automix_endless_passes",
            "Passes that wanted more effects than a converging one needs: a bug, or a lying API.",
            registry=self.registry,
        )
        self.unknown_codes = Counter(
            "automix_unknown_codes",
            "Answers of ZEGO with a return code that no page explains; the log has the code.",
            registry=self.registry,
        )
        self.orphaned_mixes = Counter(
            "automix_orphaned_mixes",
            "Mixes that were to be stopped and were left to themselves; the log names them.",
            registry=self.registry,
        )
        self.acting = Gauge(
            "automix_acting",
            "1 while this process acts, 0 while it waits for the Lease of another.",
            registry=self.registry,
        )
        self.vanished_mixes = Counter(
            "automix_vanished_mixes",
            "Objects that vanished without the operator's leave while a mix may have run for them.",
            registry=self.registry,
        )

    def show_budgets(self, read: Callable[[], Iterable[BudgetReading]]) -> None:
        """Let the budgets be read whenever metrics are."""
        self.registry.register(_Budgets(read))


class _Budgets(Collector):
    """Reads the budgets when asked, as they change by time alone."""

    def __init__(self, read: Callable[[], Iterable[BudgetReading]]) -> None:
        self._read = read

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return one gauge for each figure."""
        labels = ("app_id", "is_test", "endpoint", "action")
        rate = GaugeMetricFamily("automix_budget_rate", "Calls a second that an app may make now.", labels=labels)
        waiting = GaugeMetricFamily("automix_budget_waiting", "AutoMixes that wait for their turn.", labels=labels)
        oldest = GaugeMetricFamily(
            "automix_budget_oldest_wait_seconds", "How long the one that came first has waited.", labels=labels
        )
        for each in self._read():
            of = (str(each.app_id), str(each.is_test).lower(), each.address, each.action)
            rate.add_metric(of, each.rate)
            waiting.add_metric(of, each.waiting)
            oldest.add_metric(of, each.oldest)
        return rate, waiting, oldest

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing: what is registered need not be read for its names."""
        return ()
