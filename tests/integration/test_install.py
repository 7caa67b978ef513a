"""install.yaml and the chart on a fresh API server: all is accepted, and the operator may do its work and no more."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import yaml

from automix_devkit.controlplane import ControlPlane, control_plane
from automix_devkit.manifests import CHART, MANIFEST, NAME, NAMESPACE, render
from support.account import operators_kubeconfig, refused, requests
from support.cluster import GROUP, KINDS, REPOSITORY, ROOT, Cluster
from support.judges import judged
from support.kubectl import Kubectl
from support.nodes import say_available
from support.operator import Operator
from support.release import Release, helm
from support.waiting import until
from support.world import World
from support.zego import SimulatedZego

Json = dict[str, Any]

INSTALL = REPOSITORY / MANIFEST
SAMPLES = sorted((REPOSITORY / "manifests/samples").glob("*.yaml"))
VERSIONS = "--output=jsonpath={range .items[*]}{.metadata.uid}={.metadata.resourceVersion} {end}"
"""What changes of an object when anything of it does."""
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{NAME}"
LIMITED = "limited"
"""Where a second operator is installed that serves one namespace."""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with nothing in it but what install.yaml brings, and an operator for the namespace `tenant` alone."""
    audit_log = tmp_path_factory.mktemp("audit") / "audit.log"
    with control_plane(audit_log=audit_log) as plane:
        cluster = Cluster(plane, audit_log)
        cluster.install(INSTALL)
        cluster.wait_for_crds()
        cluster.install(REPOSITORY / "manifests/samples/tenant.yaml")
        cluster.namespace(LIMITED)
        for document in yaml.safe_load_all(limited_to("tenant")):
            cluster.apply(document)
        with judged(cluster):
            yield cluster
        cluster.close()


class TestInstalling:
    def test_applying_it_again_changes_nothing(self, fresh: Cluster) -> None:
        for document in yaml.safe_load_all(INSTALL.read_text()):
            before = fresh.apply(document)
            assert fresh.apply(document)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.name))
    def test_a_sample_is_accepted_as_it_is(self, fresh: Cluster, sample: Path) -> None:
        for document in yaml.safe_load_all(sample.read_text()):
            stored = fresh.apply(document)
            if document["kind"] in {"AutoMix", "ZegoApp", "ClusterZegoApp"}:
                assert stored["spec"] | document["spec"] == stored["spec"]

    def test_the_namespace_admits_the_operators_pod_and_no_privileged_one(self, fresh: Cluster) -> None:
        (deployment,) = (one for one in yaml.safe_load_all(INSTALL.read_text()) if one["kind"] == "Deployment")
        spec = deployment["spec"]["template"]["spec"]
        assert create_pod(fresh, spec).status_code == 201
        refused = create_pod(fresh, {**spec, "securityContext": {}})
        assert refused.status_code == 403
        assert 'violates PodSecurity "restricted:latest"' in refused.json()["message"]


class Access(NamedTuple):
    """A request to the API server, and which operator may make it: the one that serves everything, the limited one."""

    verb: str
    resource: str
    group: str = GROUP
    namespace: str = "tenant"
    everywhere: bool = False
    limited: bool = False
    name: str = "any"

    def __str__(self) -> str:
        what = self.resource if self.name == "any" else f"{self.resource} {self.name}"
        return f"{self.verb} {what} {f'in {self.namespace}' if self.namespace else 'in the cluster'}"


def common(verb: str, resource: str, group: str = GROUP) -> Access:
    """Return what both operators may do in the namespace that both serve."""
    return Access(verb, resource, group, everywhere=True, limited=True)


def lease(verb: str, namespace: str, **allowed: Any) -> Access:  # noqa: ANN401 -- the fields of an Access
    """Return what may be done with a Lease."""
    return Access(verb, "leases", "coordination.k8s.io", namespace, **allowed)


def definition(plural: str, **allowed: Any) -> Access:  # noqa: ANN401 -- the fields of an Access
    """Return the reading of one of our CustomResourceDefinitions."""
    return Access("get", "customresourcedefinitions", "apiextensions.k8s.io", "", name=f"{plural}.{GROUP}", **allowed)


ACCESSES = (
    # What the watches and the lists need.
    *(common(verb, kind) for kind in ("automixes", "zegoapps") for verb in ("get", "list", "watch")),
    *(
        Access(verb, kind, namespace="", everywhere=True)
        for kind in ("automixes", "zegoapps", "clusterzegoapps")
        for verb in ("get", "list", "watch")
    ),
    # The claim, the finalizers and the statuses.
    common("patch", "automixes"),
    common("patch", "zegoapps"),
    Access("patch", "clusterzegoapps", namespace="", everywhere=True),
    common("patch", "automixes/status"),
    common("patch", "zegoapps/status"),
    Access("patch", "clusterzegoapps/status", namespace="", everywhere=True),
    common("create", "events", "events.k8s.io"),
    common("get", "secrets", ""),
    Access("get", "secrets", "", "automix-system", everywhere=True),
    Access("get", "namespaces", "", everywhere=True),
    # Who acts: each has a Lease where it is.
    *(lease(verb, "automix-system", everywhere=True, name="automix-operator") for verb in ("get", "patch")),
    *(lease(verb, LIMITED, limited=True, name="automix-operator") for verb in ("get", "patch")),
    lease("create", "automix-system", everywhere=True),
    lease("create", LIMITED, limited=True),
    *(lease(verb, "automix-system") for verb in ("get", "patch", "list", "watch", "delete")),
    *(lease(verb, "tenant") for verb in ("get", "create", "patch")),
    # Whether all objects of a kind are being deleted; no definition but ours can be read.
    *(definition(kind, everywhere=True) for kind in KINDS),
    Access("get", "customresourcedefinitions", "apiextensions.k8s.io", ""),
    # The limited one has nothing to do anywhere else.
    Access("get", "automixes", namespace="default", everywhere=True),
    Access("patch", "automixes/status", namespace="default", everywhere=True),
    Access("get", "secrets", "", "default", everywhere=True),
    Access("get", "secrets", "", LIMITED, everywhere=True),
    # What neither has any business doing.
    *(Access(verb, "secrets", "", where) for verb in ("list", "watch", "create", "patch") for where in ("tenant", "")),
    *(Access(verb, "automixes") for verb in ("create", "update", "delete", "deletecollection")),
    *(Access(verb, "automixes/status") for verb in ("get", "update")),
    *(Access(verb, "zegoapps") for verb in ("create", "update", "delete")),
    *(Access(verb, "clusterzegoapps", namespace="") for verb in ("create", "update", "delete")),
    *(Access(verb, "events", "events.k8s.io") for verb in ("list", "patch", "delete")),
    Access("create", "events", ""),
    *(Access(verb, "pods", "") for verb in ("list", "create")),
    Access("create", "pods/exec", ""),
    Access("get", "configmaps", ""),
    Access("create", "serviceaccounts/token", "", "automix-system"),
    *(Access(verb, "namespaces", "", "") for verb in ("list", "watch", "delete")),
    *(Access(verb, "customresourcedefinitions", "apiextensions.k8s.io", "") for verb in ("list", "watch", "patch")),
    *(Access(verb, "clusterroles", "rbac.authorization.k8s.io", "") for verb in ("bind", "escalate", "patch")),
    Access("impersonate", "users", "", ""),
    Access("*", "*", "*", ""),
)


class TestPermissions:
    @pytest.mark.parametrize("access", ACCESSES, ids=str)
    def test_to(self, fresh: Cluster, access: Access) -> None:
        assert may(fresh, "automix-system", access) is access.everywhere
        assert may(fresh, LIMITED, access) is access.limited

    def test_the_table_leaves_out_nothing_that_is_allowed(self, fresh: Cluster) -> None:
        for installed, expected in (("automix-system", "everywhere"), (LIMITED, "limited")):
            allowed = {(one.verb, one.group, one.resource) for one in ACCESSES if getattr(one, expected)}
            assert rules(fresh, installed, "tenant") | rules(fresh, installed, installed) == allowed


class TestWork:
    """The main job with the ServiceAccount's token: what the operator asks for is what it may do."""

    def test_for_all_namespaces(self, fresh: Cluster, zego: SimulatedZego, tmp_path: Path) -> None:
        work(World(fresh, zego), operator("automix-system", fresh, tmp_path, "--all-namespaces"))
        all_kinds = {"automixes", "zegoapps", "clusterzegoapps"}
        until(lambda: watched("automix-system", fresh) == all_kinds, of="all kinds were watched")
        assert refused(fresh) == []

    def test_for_one_namespace(self, fresh: Cluster, zego: SimulatedZego, tmp_path: Path) -> None:
        world = World(fresh, zego)
        for document in yaml.safe_load_all(limited_to(world.namespace)):
            fresh.apply(document)
        work(world, operator(LIMITED, fresh, tmp_path, f"--namespace={world.namespace}"))
        until(lambda: watched(LIMITED, fresh) == {"automixes", "zegoapps"}, of="both namespaced kinds were watched")
        assert refused(fresh, LIMITED) == []


def test_kubectl_has_nothing_to_diff_or_to_apply_a_second_time_after_the_operator_has_worked(
    zego: SimulatedZego, tmp_path: Path
) -> None:
    with control_plane(audit_log=tmp_path / "audit.log") as plane:
        cluster, kubectl = Cluster(plane, tmp_path / "audit.log"), Kubectl(tmp_path)
        plane.write_kubeconfig(tmp_path / "kubeconfig")
        kubectl("apply", "--server-side", f"--filename={INSTALL}")
        cluster.wait_for_crds()
        work(World(cluster, zego), operator("automix-system", cluster, tmp_path, "--all-namespaces"))
        stored = kubectl("get", f"--filename={INSTALL}", VERSIONS)
        assert stored.count("=") == len(list(yaml.safe_load_all(INSTALL.read_text())))
        kubectl("apply", "--server-side", f"--filename={INSTALL}")
        assert kubectl("get", f"--filename={INSTALL}", VERSIONS) == stored
        assert kubectl("diff", "--server-side", f"--filename={INSTALL}") == ""
        cluster.close()


def test_helm_brings_the_app_with_its_kind_and_keeps_it_over_an_upgrade(tmp_path: Path) -> None:
    with control_plane() as plane:
        cluster = Cluster(plane, tmp_path / "audit.log")
        release = Release(cluster, tmp_path)
        values = ("--set=zegoApp.create=true", "--set=zegoApp.appId=1", "--set=zegoApp.serverSecret=0123456789abcdef")
        app = f"{ROOT}/clusterzegoapps/default"
        install = ("install", NAME, str(REPOSITORY / CHART), f"--namespace={NAMESPACE}", "--create-namespace")
        with helm(tmp_path, *install, *values, "--wait", "--timeout=60s"):
            until(lambda: cluster.request("GET", DEPLOYMENT).is_success, of="helm has made the Deployment")
            say_available(cluster, cluster.ask("GET", DEPLOYMENT))
        installed = cluster.ask("GET", app)
        for region in ("Mumbai", "Singapore"):
            release.install(*values, f"--set=zegoApp.region={region}")
            upgraded = cluster.ask("GET", app)
            assert upgraded["metadata"]["uid"] == installed["metadata"]["uid"]
            assert upgraded["spec"]["region"] == region
        release.uninstall()
        # Mixes that run on may need it.
        assert cluster.ask("GET", app)["metadata"]["uid"] == installed["metadata"]["uid"]
        cluster.close()


def limited_to(namespace: str) -> str:
    """Return a second installation that serves one namespace and leaves the CRDs to the first."""
    return render(REPOSITORY / CHART, f"--namespace={LIMITED}", f"--set=namespaces={{{namespace}}},crds.enabled=false")


def create_pod(cluster: Cluster, spec: Json) -> httpx.Response:
    """Ask for a pod as the Deployment's controller would, without keeping it."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "operator"}, "spec": spec}
    return cluster.request("POST", "/api/v1/namespaces/automix-system/pods?dryRun=All", pod)


def review(plane: ControlPlane, bearer: str, kind: str, spec: Json) -> Json:
    """Ask the API server what the token's owner may do."""
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
    trusted = ssl.create_default_context(cadata=plane.ca_certificate)
    with httpx.Client(base_url=plane.url, verify=trusted, headers={"Authorization": f"Bearer {bearer}"}) as client:
        answer = client.post(f"/apis/authorization.k8s.io/v1/{kind.lower()}s", json=body).raise_for_status()
    status: Json = answer.json()["status"]
    return status


def may(cluster: Cluster, installed: str, access: Access) -> bool:
    resource, _, subresource = access.resource.partition("/")
    attributes = {
        "verb": access.verb,
        "group": access.group,
        "resource": resource,
        "subresource": subresource,
        "namespace": access.namespace,
        "name": access.name,
    }
    if access.verb in {"list", "watch", "create", "deletecollection"} and not subresource:
        del attributes["name"]
    spec = {"resourceAttributes": attributes}
    status = review(cluster.plane, cluster.token(NAME, installed), "SelfSubjectAccessReview", spec)
    return bool(status["allowed"])


def rules(cluster: Cluster, installed: str, namespace: str) -> set[tuple[str, str, str]]:
    """Return verb, group and resource of all that the operator may do in a namespace and everybody may not."""
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody", "namespace": "tenant"}})
    spec = {"namespace": namespace}
    operators, everybodys = (
        {
            (verb, group, resource)
            for rule in review(cluster.plane, bearer, "SelfSubjectRulesReview", spec)["resourceRules"]
            for verb in rule["verbs"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
        }
        for bearer in (cluster.token(NAME, installed), cluster.token("nobody", "tenant"))
    )
    return operators - everybodys


def operator(installed: str, cluster: Cluster, folder: Path, scope: str) -> Operator:
    """Return an operator with the token that its pod would have."""
    kubeconfig = folder / "operator.kubeconfig"
    kubeconfig.write_text(operators_kubeconfig(cluster, installed))
    return Operator(kubeconfig, folder / "operator.log", scope)


def work(world: World, operator: Operator) -> None:
    """Let a mix start, change audibly and stop."""
    with operator:
        world.started("lobby")
        world.change("lobby", soundChannel="Stereo")
        world.wait_for("lobby", "Running")
        world.delete("lobby")
        world.wait_until_gone("lobby")
        assert operator.terminate() == 0
    assert world.events("lobby")


def watched(installed: str, cluster: Cluster) -> set[str]:
    """Return the kinds that an operator watched; a watch is in the audit log when it has ended."""
    return {entry["objectRef"]["resource"] for entry in requests(cluster, installed) if entry["verb"] == "watch"}
