"""Argo CD's health of stored objects, by the scripts of our ConfigMap, and what the table of states says that it is."""

from collections.abc import Iterable
from typing import Any

import yaml

from automix.core.states import VIEWS, Health, Reason
from automix_devkit.manifests import ARGOCD_CM
from support.cluster import GROUP, REPOSITORY
from support.kstatus import reason_of
from support.lua import run_lua

Json = dict[str, Any]

DATA: dict[str, str] = yaml.safe_load((REPOSITORY / ARGOCD_CM).read_text(encoding="utf-8"))["data"]
"""The ConfigMap."""


def script_of_health(kind: str) -> str:
    """Return the script as the ConfigMap has it."""
    return DATA[f"resource.customizations.health.{GROUP}_{kind}"]


def expected_health_of(mix: Json) -> Health:
    """Return which health the table of states says that an AutoMix has."""
    reason, seen = reason_of(mix), mix["status"]["observedGeneration"] == mix["metadata"]["generation"]
    if "deletionTimestamp" in mix["metadata"] or not reason or not seen:
        return Health.PROGRESSING
    return VIEWS[Reason(reason)].argo_cd


def shown_otherwise(mixes: Iterable[Json]) -> list[str]:
    """Return a sentence for each AutoMix that has another health by the script than by the table of states."""
    script = script_of_health("AutoMix")
    judged = ((mix, run_lua(script, mix)["status"]) for mix in mixes)
    return [
        f"{mix['metadata']['name']}: Argo CD shows {health} of {reason_of(mix)}, by the table {expected_health_of(mix)}"
        for mix, health in judged
        if health != expected_health_of(mix)
    ]
