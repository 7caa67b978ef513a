"""Kubernetes' label selectors, as a pure function."""

from collections.abc import Mapping

from automix.api.zegoapp import LabelSelector, LabelSelectorRequirement


def selects_all(selector: LabelSelector) -> bool:
    """Whether the selector is empty, so that nobody's labels need to be known."""
    return not selector.match_labels and not selector.match_expressions


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether the labels meet every part of the selector (Kubernetes: labels and selectors)."""
    pairs = all(labels.get(key) == value for key, value in selector.match_labels.items())
    return pairs and all(_meets(requirement, labels) for requirement in selector.match_expressions)


def _meets(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)  # None is in no list of values
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case _:
            return value is None
