"""What holds for every status that is ever written. Numbered, so that a failure names the rule.

The kstatus rules follow its documents: abnormal-true conditions only while true, never both, and a generation for each.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx

from support.cluster import ROOT, Cluster
from support.waiting import until

Json = dict[str, Any]

_WATCH_SECONDS = 2
"""For so long, and a moment, its end is waited for."""
_PAUSE_SECONDS = 0.1

REASONS = {
    # reason: (Ready, Active or None for as seen, Reconciling, Stalled), from the design's table of states.
    "Starting": ("False", "False", True, False),
    "Running": ("True", "True", False, False),
    "Updating": ("False", "True", True, False),
    "Replacing": ("False", "True", True, False),
    "UpdatePending": ("False", "True", False, False),
    "Adopted": ("True", "True", False, False),
    "WaitingForRoom": ("True", "False", False, False),
    "Ended": ("True", "False", False, False),
    "MixKeepsEnding": ("False", "False", True, False),
    "Suspended": ("True", None, False, False),
    "Conflict": ("False", None, False, True),
    "InvalidSpec": ("False", None, False, True),
    "AlreadyRunning": ("False", None, False, True),
    "ManagedElsewhere": ("False", None, False, True),
    "AppNotFound": ("False", "Unknown", False, True),
    "AppNotAllowed": ("False", "Unknown", False, True),
    "CredentialsRejected": ("False", "Unknown", False, True),
    "ServiceNotEnabled": ("False", "Unknown", False, True),
    "ZegoUnreachable": ("False", None, True, False),
    "ZegoFailed": ("False", None, True, False),
    "Throttled": ("False", None, True, False),
    "Stopping": ("False", None, True, False),
}


def broken_rules(mix: Json) -> Iterator[str]:
    """Yield every rule that one stored AutoMix breaks."""
    status = mix["status"]
    generation = mix["metadata"]["generation"]
    conditions = {condition["type"]: condition for condition in status.get("conditions", [])}
    if status["observedGeneration"] > generation:
        yield "01 observedGeneration is ahead of the generation"
    if not conditions:
        if status["observedGeneration"] != -1:
            yield "02 a generation was observed and no condition written"
        return
    if not {"Ready", "Active"} <= conditions.keys():
        yield "03 Ready and Active are always there"
    for kind, condition in conditions.items():
        if condition["observedGeneration"] != status["observedGeneration"]:
            yield f"04 {kind} was computed from another generation than the status"
        if kind in {"Reconciling", "Stalled"} and condition["status"] != "True":
            yield f"05 {kind} is there only while it is True"
    yield from _broken_row(conditions)
    if status.get("startTime") and not (status.get("applied") and status.get("taskId") and status.get("sequence")):
        yield "08 what runs has a task, a sequence and fingerprints"


def _broken_row(conditions: dict[str, Json]) -> Iterator[str]:
    if {"Reconciling", "Stalled"} <= conditions.keys():
        yield "06 Reconciling and Stalled exclude each other"
    ready = conditions["Ready"]
    row = REASONS.get(ready["reason"])
    if row is None:
        yield f"07 {ready['reason']} is no state of the table"
        return
    is_ready, active, reconciling, stalled = row
    found = (ready["status"], "Reconciling" in conditions, "Stalled" in conditions)
    if found != (is_ready, reconciling, stalled) or active not in (None, conditions["Active"]["status"]):
        yield f"07 {ready['reason']} is not as the table of states says: {found} and {conditions['Active']['status']}"


class History(threading.Thread):
    """Watches all AutoMixes and checks every version that the API server ever stored."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(name="history", daemon=True)
        self._cluster = cluster
        self._stopping = threading.Event()
        self._since = ""
        self.versions: list[Json] = []
        self.seen_at: list[float] = []
        """When each version came, in Unix seconds."""
        self.broken: list[str] = []
        self._known: set[tuple[str, str]] = set()
        self._sequences: defaultdict[str, int] = defaultdict(int)
        self._meddled_with: set[str] = set()

    def run(self) -> None:
        """Watch until told to stop; a watch that ends goes on where it was, also after the API server was away."""
        while not self._stopping.is_set():
            try:
                for event in self._cluster.watch(f"{ROOT}/automixes", seconds=_WATCH_SECONDS, since=self._since):
                    self._take(event)
            except httpx.HTTPStatusError:
                self._since = ""  # the kind is not served, or not yet
            except httpx.HTTPError:
                pass  # the API server is away
            self._stopping.wait(_PAUSE_SECONDS)

    def catch_up(self) -> None:
        """Wait until the last version of all there is was seen."""
        listed = self._cluster.request("GET", f"{ROOT}/automixes")
        found = {_version(mix) for mix in listed.json()["items"]} if listed.is_success else set()
        until(lambda: found <= self._known, of="the history is complete")

    def stop(self) -> None:
        """Take no more notice."""
        self._stopping.set()
        self.join()

    def expect_meddling(self, uid: str) -> None:
        """Take note that a person is about to write the status of an object: its sequence may fall."""
        self._meddled_with.add(uid)

    def of(self, name: str) -> list[Json]:
        """Return the versions of the objects of one name."""
        return [mix for mix in self.versions if mix["metadata"]["name"] == name]

    def _take(self, event: Json) -> None:
        if event.get("type") not in {"ADDED", "MODIFIED", "DELETED"}:
            self._since = ""  # what was between is forgotten
            return
        mix = event["object"]
        self._since = mix["metadata"]["resourceVersion"]
        if _version(mix) not in self._known:
            self._known.add(_version(mix))
            self._see(mix)

    def _see(self, mix: Json) -> None:
        self.seen_at.append(time.time())
        self.versions.append(mix)
        uid, sequence = mix["metadata"]["uid"], mix["status"].get("sequence", 0)
        name = mix["metadata"]["name"]
        self.broken.extend(f"{name}: {rule}" for rule in broken_rules(mix))
        if sequence < self._sequences[uid] and uid not in self._meddled_with:
            self.broken.append(f"{name}: 09 the recorded sequence never falls")
        self._sequences[uid] = sequence


def _version(mix: Json) -> tuple[str, str]:
    return mix["metadata"]["uid"], mix["metadata"]["resourceVersion"]
