"""An API server that refuses what the operator writes, as the cluster's own policies may: seen in the log, no storm."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.cluster import Cluster
from support.operator import Operator
from support.waiting import until
from support.world import World

Json = dict[str, Any]

FINALIZER = "automix.zego.im/mix"
REFUSED = "no finalizer may go on a Friday"


def _has_ours(which: str) -> str:
    return f"has({which}.metadata.finalizers) && {which}.metadata.finalizers.exists(f, f == '{FINALIZER}')"


@pytest.fixture
def policy(cluster: Cluster, world: World) -> Iterator[None]:
    """A policy of the cluster's, that says 422: our finalizer may not be taken off."""
    had, has = (_has_ours(which) for which in ("oldObject", "object"))
    name = f"keep-{world.namespace}"
    document = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": ["automix.zego.im"],
                        "apiVersions": ["*"],
                        "operations": ["UPDATE"],
                        "resources": ["automixes"],
                    }
                ]
            },
            "validations": [
                {
                    "expression": f"!({had}) || ({has})",
                    "message": REFUSED,
                    "reason": "Invalid",
                }
            ],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {
            "policyName": name,
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}}},
        },
    }
    for each in (document, binding):
        cluster.apply(each)
    probe = world.manifest("probe", suspend=True)
    probe["metadata"]["finalizers"] = [FINALIZER]
    cluster.apply(probe)
    let_go = {"metadata": {"finalizers": None}}
    path, merge = f"{world.path('probe')}?dryRun=All", "application/merge-patch+json"
    until(lambda: cluster.request("PATCH", path, let_go, merge).status_code == 422, of="the policy is in force")
    yield
    cluster.delete(binding)
    cluster.delete(document)
    until(lambda: cluster.request("PATCH", path, let_go, merge).is_success, of="the policy is gone")


@pytest.mark.usefixtures("policy")
def test_a_finalizer_that_may_not_be_taken_off_is_told_and_the_mix_is_stopped_once(
    world: World, operator: Operator
) -> None:
    task = world.started("lobby")
    world.delete("lobby")
    until(lambda: operator.text().count(f"{world.namespace}', 'lobby'") >= 3, of="it is told, again and again")
    assert REFUSED in operator.text()
    assert world.zego.task(task) is None
    assert world.changes(task) == ["StartAutoMix", "StopAutoMix"]
