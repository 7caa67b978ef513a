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
        self.vanished_mixes = Counter(
            "automix_vanished_mixes",
            "Objects that vanished without the operator's leave while a mix may have run for them.",
            registry=self.registry,
        )
