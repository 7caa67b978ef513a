"""The operator's ServiceAccount as the chart has it: what it may do, what it asked for, and what it was refused."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from automix_devkit.controlplane import control_plane
from automix_devkit.manifests import NAME, NAMESPACE
from support.chart import LEAN, of_kind, rendered
from support.cluster import REPOSITORY, Cluster
from support.judges import judged
from support.waiting import until

Json = dict[str, Any]

ROLES = ("ClusterRole", "Role")
_KINDS = ("ServiceAccount", *ROLES, "ClusterRoleBinding", "RoleBinding")
_FORBIDDEN = '"authorization.k8s.io/decision":"forbid"'
_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


def user(namespace: str = NAMESPACE) -> str:
    """Return the name that the API server has for the account of a release in a namespace."""
    return f"system:serviceaccount:{namespace}:{NAME}"


def install_account(cluster: Cluster) -> None:
    """Bring what the chart has of accounts and permissions, and nothing else of it, and wait until it is in force."""
    for kind in _KINDS:
        for document in of_kind(rendered(LEAN), kind):
            cluster.apply(document)
    for kind in ROLES:
        for role in of_kind(rendered(LEAN), kind):
            until(lambda role=role: _in_force(cluster, role), of=f"{role['metadata']['name']} is in force")  # type: ignore[misc]


def install_all_but_the_operator(cluster: Cluster) -> None:
    """Bring the CRDs, the operator's namespace and its account, and wait until they are in force."""
    for crd in sorted((REPOSITORY / "crds").glob("*.yaml")):
        cluster.install(crd)
    cluster.wait_for_crds()
    cluster.namespace(NAMESPACE)
    install_account(cluster)


@contextmanager
def cluster_of_its_own(audit_log: Path, *, controller_manager: bool = False) -> Iterator[Cluster]:
    """Run a cluster in which all is there but the operator; in the end nothing was refused that one asked for."""
    with control_plane(audit_log=audit_log, controller_manager=controller_manager) as plane:
        cluster = Cluster(plane, audit_log)
        install_all_but_the_operator(cluster)
        with judged(cluster):
            yield cluster
        assert refused(cluster) == []
        cluster.close()


def operators_kubeconfig(cluster: Cluster, namespace: str = NAMESPACE) -> str:
    """Return a kubeconfig of the account."""
    return cluster.plane.kubeconfig_for_token(cluster.token(NAME, namespace))


def _in_force(cluster: Cluster, role: Json) -> bool:
    rule = rules([role])[0]
    resource, _, part = rule.resource.partition("/")
    place = {"namespace": rule.namespace, "name": rule.name}
    attributes = {"verb": rule.verb, "group": rule.group, "resource": resource, "subresource": part, **place}
    spec = {"user": user(), "resourceAttributes": attributes}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    return bool(cluster.ask("POST", _REVIEWS, review)["status"]["allowed"])


class Rule(NamedTuple):
    """One thing that a role allows; in every namespace, or to every name, where there is none."""

    role: str
    namespace: str
    group: str
    resource: str
    verb: str
    name: str

    def is_used_by(self, request: Json) -> bool:
        """Whether a request of the audit log needs it."""
        about = request.get("objectRef", {})
        resource = "/".join(filter(None, (about.get("resource"), about.get("subresource"))))
        needs = request["verb"], about.get("apiGroup", ""), resource
        return (
            needs == (self.verb, self.group, self.resource)
            and self.namespace in {"", about.get("namespace", "")}
            and self.name in {"", about.get("name", "")}
        )


def rules(roles: Iterable[Json]) -> list[Rule]:
    """Return what roles allow, one by one."""
    return [
        Rule(role["metadata"]["name"], role["metadata"].get("namespace", ""), *one)
        for role in roles
        for rule in role["rules"]
        for one in product(rule["apiGroups"], rule["resources"], rule["verbs"], rule.get("resourceNames", [""]))
    ]


def requests(cluster: Cluster, namespace: str = NAMESPACE) -> Iterator[Json]:
    """Yield what the account of a release asked of the API server, from the audit log."""
    name = user(namespace)
    return (entry for entry in cluster.audit(name) if entry["user"]["username"] == name)


def refused(cluster: Cluster, namespace: str = NAMESPACE) -> list[str]:
    """Return what it asked for and may not do; that no Event can be made in a namespace that ends is another 403."""
    return [f"{entry['verb']} {entry['requestURI']}" for entry in _refusals(cluster, namespace)]


def refused_beyond_the_chart(cluster: Cluster) -> list[str]:
    """Return the same without what the chart allows, or Kubernetes everybody: what is served at all.

    An API server that starts refuses all of it for moments.
    """
    allowed = rules(role for kind in ROLES for role in of_kind(rendered(LEAN), kind))
    of_objects = [entry for entry in _refusals(cluster, NAMESPACE) if "objectRef" in entry]
    beyond = [entry for entry in of_objects if not any(rule.is_used_by(entry) for rule in allowed)]
    return [f"{entry['verb']} {entry['requestURI']}" for entry in beyond]


def _refusals(cluster: Cluster, namespace: str) -> list[Json]:
    return [entry for entry in cluster.audit(_FORBIDDEN) if entry["user"]["username"] == user(namespace)]


def unused(cluster: Cluster, roles: Iterable[Json], namespace: str = NAMESPACE) -> list[Rule]:
    """Return what roles allow and the account never needed. A watch counts once it has ended."""
    asked = list(requests(cluster, namespace))
    return [rule for rule in rules(roles) if not any(map(rule.is_used_by, asked))]
