"""What the API server says to manifests that are wrong. `pytest --write-golden` writes what it says today.

The folder `refusals` holds, for each kind, what is changed in a manifest that is right (null takes a field away), and
the answer. It is meant to be read aloud.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from support.cluster import GROUP, ROOT, Cluster

Json = dict[str, Any]

FOLDER = Path(__file__).with_name("refusals")
NAMESPACE = "refusals"
RIGHT: dict[str, tuple[str, Json]] = {
    "AutoMix": (f"namespaces/{NAMESPACE}/automixes", {"roomId": "lobby", "mixOutput": [{"streamId": "lobby-mix"}]}),
    "ZegoApp": (
        f"namespaces/{NAMESPACE}/zegoapps",
        {"appId": 1, "serverSecretRef": {"name": "zego", "key": "serverSecret"}},
    ),
    "ClusterZegoApp": (
        "clusterzegoapps",
        {"appId": 1, "serverSecretRef": {"name": "zego", "key": "serverSecret"}},
    ),
}
# Kubernetes adds this to an object whose shape is wrong already.
NOT_CHECKED = "some validation rules were not checked because the object was invalid"


def golden(kind: str) -> Path:
    """Return the file of a kind."""
    return FOLDER / f"{kind.lower()}.yaml"


def cases(kind: str) -> list[Json]:
    """Return the kind's cases."""
    return list(yaml.safe_load_all(golden(kind).read_text(encoding="utf-8")))


CASES = [pytest.param(kind, case, id=f"{kind}: {case['case']}") for kind in RIGHT for case in cases(kind)]


@pytest.fixture(scope="module")
def api(cluster: Cluster, request: pytest.FixtureRequest) -> Cluster:
    """The cluster, with a namespace for this module that nobody serves; it writes the golden files if asked to."""
    cluster.namespace(NAMESPACE)
    if request.config.getoption("--write-golden"):
        for kind in RIGHT:
            said = [case | {"refused": answer(cluster, kind, case["spec"])} for case in cases(kind)]
            text = yaml.safe_dump_all(said, sort_keys=False, allow_unicode=True, width=10**6)
            golden(kind).write_text(text, encoding="utf-8")
    return cluster


def answer(api: Cluster, kind: str, changes: Json) -> list[str]:
    """Return the sentences with which a manifest is refused; none if it is taken."""
    collection, right = RIGHT[kind]
    spec = {field: value for field, value in (right | changes).items() if value is not None}
    manifest = {"apiVersion": f"{GROUP}/v1alpha1", "kind": kind, "metadata": {"name": "wrong"}, "spec": spec}
    refusal = api.request("POST", f"{ROOT}/{collection}?dryRun=All&fieldValidation=Strict", manifest).json()
    if "details" not in refusal:
        return [refusal["message"]] if refusal["kind"] == "Status" else []
    causes = [(cause["field"], cause["message"]) for cause in refusal["details"]["causes"]]
    return sorted(f"{field}: {message}" for field, message in causes if NOT_CHECKED not in message)


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_what_is_wrong_is_refused_by_name(api: Cluster, kind: str, case: Json) -> None:
    said = answer(api, kind, case["spec"])
    assert said == next(known["refused"] for known in cases(kind) if known["case"] == case["case"])
    assert said, "it was taken"


def test_the_manifests_that_the_cases_change_are_right(api: Cluster) -> None:
    assert {kind: answer(api, kind, {}) for kind in RIGHT} == {kind: [] for kind in RIGHT}


def test_no_refusal_repeats_what_may_be_private() -> None:
    text = "".join(sentence for kind in RIGHT for case in cases(kind) for sentence in case["refused"])
    for private in ("push-key", "pull-key", "user:word", "öö", "xxxx", "on air"):
        assert private not in text
