"""Every metric of the operator, in one list."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """The metrics of one operator, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.zego_calls = Counter(
            "automix_zego_calls",
            "Calls to ZEGO by action, outcome and return code (empty when none came).",
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
