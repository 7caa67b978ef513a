"""What the chart renders by default, what its permissions are, and the app that it can make."""

from collections import Counter

import pytest
import yaml

from automix import __version__
from automix.cli.run import run
from automix.settings import Settings
from automix_devkit.manifests import CRDS
from support.chart import Json, app, deployment, of_kind, pod, refused, rendered
from support.cluster import GROUP, KINDS, REPOSITORY

NAMESPACED = "--set=namespaces={red,blue}"
APP = ("--set=zegoApp.create=true", "--set=zegoApp.appId=4294967295")
WITH_EXISTING = (*APP, "--set=zegoApp.existingSecret.name=one")
WITH_SECRET = (*APP, "--set-string=zegoApp.serverSecret=0123456789")


def test_by_default_everything_is_there_once_and_no_app() -> None:
    assert Counter(document["kind"] for document in rendered()) == {
        "CustomResourceDefinition": 3,
        "ServiceAccount": 1,
        "ClusterRole": 2,
        "ClusterRoleBinding": 2,
        "Role": 2,
        "RoleBinding": 2,
        "Deployment": 1,
        "PodDisruptionBudget": 1,
        "Service": 1,
    }


def test_every_object_carries_the_recommended_labels() -> None:
    expected = {"name": "automix-operator", "instance": "automix-operator", "version": __version__}
    for document in rendered(*WITH_SECRET):
        labels = document["metadata"]["labels"]
        assert {key: labels[f"app.kubernetes.io/{key}"] for key in expected} == expected


def test_everything_but_what_belongs_to_the_cluster_is_in_the_releases_namespace() -> None:
    for document in rendered(*WITH_SECRET):
        belongs_to_cluster = document["kind"].startswith(("Cluster", "CustomResource"))
        assert document["metadata"].get("namespace") == (None if belongs_to_cluster else "automix-system")


class TestPermissions:
    @pytest.mark.parametrize(
        "values",
        [(), (NAMESPACED,), ("--set=rbac.tenantSecrets=false",), ("--set=rbac.secretNames={zego}",), WITH_SECRET],
        ids=["by default", "with namespaces", "without tenants' Secrets", "with named Secrets", "with an app"],
    )
    def test_no_rule_has_a_wildcard_and_secrets_are_read_one_at_a_time(self, values: tuple[str, ...]) -> None:
        roles = [document for document in rendered(*values) if document["kind"] in {"Role", "ClusterRole"}]
        assert roles
        for rule in (rule for role in roles for rule in role["rules"]):
            assert "*" not in rule["apiGroups"] + rule["resources"] + rule["verbs"]
            assert "nonResourceURLs" not in rule
            if "secrets" in rule["resources"]:
                assert (rule["resources"], rule["verbs"]) == (["secrets"], ["get"])

    def test_with_namespaces_there_are_roles_in_them_and_no_cluster_role(self) -> None:
        documents = rendered(NAMESPACED)
        assert not [document for document in documents if document["kind"].startswith("Cluster")]
        for kind in ("Role", "RoleBinding"):
            namespaces = [one["metadata"]["namespace"] for one in documents if one["kind"] == kind]
            # The Lease is where the operator is.
            assert sorted(namespaces) == ["automix-system", "blue", "red"]

    def test_of_all_crds_only_ours_can_be_read(self) -> None:
        (rule,) = (
            rule
            for role in rendered()
            if role["kind"] == "ClusterRole"
            for rule in role["rules"]
            if "customresourcedefinitions" in rule["resources"]
        )
        assert rule["verbs"] == ["get"]
        assert sorted(rule["resourceNames"]) == sorted(f"{kind}.{GROUP}" for kind in KINDS)

    def test_with_namespaces_no_rule_is_about_crds(self) -> None:
        rules = [rule for role in rendered(NAMESPACED) if role["kind"] == "Role" for rule in role["rules"]]
        assert not [rule for rule in rules if "customresourcedefinitions" in rule["resources"]]

    def test_with_namespaces_no_rule_is_about_cluster_apps(self) -> None:
        rules = [rule for role in rendered(NAMESPACED) if role["kind"] == "Role" for rule in role["rules"]]
        assert not [rule for rule in rules for resource in rule["resources"] if "clusterzegoapps" in resource]

    @pytest.mark.parametrize(
        ("values", "readable"),
        [
            ((), {("", ()), ("automix-system", ())}),
            (("--set=rbac.tenantSecrets=false",), {("automix-system", ())}),
            (
                ("--set=rbac.tenantSecrets=false", "--set=rbac.secretNames={one,two}"),
                {("automix-system", ("one", "two"))},
            ),
            (
                ("--set=rbac.tenantSecrets=false", "--set=rbac.secretNames={one}", *WITH_SECRET),
                {("automix-system", ("one", "automix-operator-zegoapp"))},
            ),
            (
                ("--set=rbac.tenantSecrets=false", "--set=rbac.secretNames={one}", *WITH_EXISTING),
                {("automix-system", ("one",))},
            ),
            ((NAMESPACED,), {("red", ()), ("blue", ())}),
            ((NAMESPACED, "--set=rbac.tenantSecrets=false"), set()),
        ],
        ids=[
            "by default all",
            "without tenants' the own namespace's",
            "of these those that are named",
            "and the one of the app from values",
            "which is named once",
            "with namespaces those in them",
            "with namespaces and without tenants' none",
        ],
    )
    def test_which_secrets_can_be_read(
        self, values: tuple[str, ...], readable: set[tuple[str, tuple[str, ...]]]
    ) -> None:
        assert {
            (role["metadata"].get("namespace", ""), tuple(rule.get("resourceNames", ())))
            for role in rendered(*values)
            if role["kind"] in {"Role", "ClusterRole"}
            for rule in role["rules"]
            if "secrets" in rule["resources"]
        } == readable

    @pytest.mark.parametrize("values", [(), (NAMESPACED,)], ids=["by default", "with namespaces"])
    def test_every_role_is_bound_to_the_service_account_that_the_pod_uses(self, values: tuple[str, ...]) -> None:
        documents = rendered(*values)
        account = pod(documents)["serviceAccountName"]
        assert [one["metadata"]["name"] for one in documents if one["kind"] == "ServiceAccount"] == [account]
        bound = set()
        for binding in (one for one in documents if one["kind"].endswith("Binding")):
            subject = {"kind": "ServiceAccount", "name": account, "namespace": "automix-system"}
            assert binding["subjects"] == [subject]
            role = binding["roleRef"]
            bound.add((role["kind"], binding["metadata"].get("namespace"), role["name"]))
        roles = [one for one in documents if one["kind"] in {"Role", "ClusterRole"}]
        assert bound == {(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in roles}


class TestCrds:
    def test_they_are_what_the_models_give_and_kept(self) -> None:
        generated = [yaml.safe_load(path.read_text()) for path in sorted((REPOSITORY / CRDS).glob("*.yaml"))]
        crds = crds_of(rendered())
        assert [crd["spec"] for crd in crds] == [crd["spec"] for crd in generated]
        assert [crd["metadata"]["name"] for crd in crds] == [crd["metadata"]["name"] for crd in generated]
        assert [crd["metadata"]["annotations"] for crd in crds] == [{"helm.sh/resource-policy": "keep"}] * 3

    def test_they_go_with_the_release_if_they_are_not_to_be_kept(self) -> None:
        crds = crds_of(rendered("--set=crds.keep=false"))
        assert len(crds) == 3
        assert not [crd for crd in crds if "annotations" in crd["metadata"]]

    def test_they_can_be_left_to_someone_else(self) -> None:
        assert crds_of(rendered("--set=crds.enabled=false")) == []


class TestPod:
    def test_it_runs_the_version_of_the_operator_that_the_chart_is_for(self) -> None:
        (container,) = pod(rendered())["containers"]
        assert container["image"] == f"automix-operator:{__version__}"

    def test_the_image_can_be_another_one(self) -> None:
        values = (
            "--set=image.repository=registry.example/mixing",
            "--set=image.tag=edge",
            "--set=image.pullPolicy=Always",
        )
        (container,) = pod(rendered(*values))["containers"]
        assert (container["image"], container["imagePullPolicy"]) == ("registry.example/mixing:edge", "Always")

    @pytest.mark.parametrize(
        ("values", "served"),
        [((), ((), True)), ((NAMESPACED,), (("red", "blue"), False))],
        ids=["by default everything", "with namespaces those"],
    )
    def test_it_serves(self, values: tuple[str, ...], served: tuple[tuple[str, ...], bool]) -> None:
        (container,) = pod(rendered(*values))["containers"]
        assert container["command"] == ["automix", "run"]
        parsed = run.make_context("run", list(container["args"])).params
        assert (parsed["namespaces"], parsed["all_namespaces"]) == served

    def test_its_variables_are_settings_of_the_operator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        (container,) = pod(rendered("--set=logLevel=DEBUG"))["containers"]
        for variable in container["env"]:
            monkeypatch.setenv(variable["name"], variable.get("value", "from the pod"))
        settings = Settings()
        assert settings.model_fields_set == {
            variable["name"].removeprefix("AUTOMIX_").lower() for variable in container["env"]
        }
        assert (settings.pod_namespace, settings.instance) == ("from the pod", "from the pod")
        assert (settings.log_format, settings.log_level) == ("json", "DEBUG")
        assert {port["containerPort"] for port in container["ports"]} == {settings.probe_port}

    def test_a_second_one_is_ready_before_the_first_goes_which_has_the_time_to_drain(self) -> None:
        spec = deployment(rendered())["spec"]
        assert spec["replicas"] == 2
        assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert pod(rendered())["terminationGracePeriodSeconds"] > Settings().drain_seconds

    def test_the_lease_that_it_wants_is_the_one_that_it_may_write(self) -> None:
        documents = rendered("--set=leaseSeconds=30", "--set=replicas=3")
        (container,) = pod(documents)["containers"]
        env = {variable["name"]: variable.get("value") for variable in container["env"]}
        (role,) = (one for one in documents if one["kind"] == "Role" and one["metadata"]["name"].endswith("-lease"))
        assert (env["AUTOMIX_LEASE_NAME"], env["AUTOMIX_LEASE_SECONDS"]) == ("automix-operator", "30")
        assert [(rule.get("resourceNames"), rule["verbs"]) for rule in role["rules"]] == [
            (["automix-operator"], ["get", "patch"]),
            (None, ["create"]),
        ]

    def test_its_root_file_system_is_read_only(self) -> None:
        (container,) = pod(rendered())["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True

    def test_its_resources_are_values(self) -> None:
        (container,) = pod(rendered("--set=resources.limits.memory=1Gi"))["containers"]
        assert container["resources"]["limits"] == {"memory": "1Gi"}


class TestAppFromValues:
    def test_it_is_a_cluster_app_that_refers_to_a_secret_of_the_release(self) -> None:
        documents = rendered(*WITH_SECRET, "--set=zegoApp.region=Mumbai", "--set=zegoApp.limits.start=5")
        spec = app(documents).spec
        (secret,) = (one for one in documents if one["kind"] == "Secret")
        assert secret["stringData"] == {spec.server_secret_ref.key: "0123456789"}
        assert secret["metadata"]["name"] == spec.server_secret_ref.name
        assert secret["metadata"]["namespace"] == "automix-system"
        assert (spec.app_id, spec.is_test, spec.region, spec.endpoint) == (4294967295, False, "Mumbai", None)
        assert (spec.limits.start, spec.limits.stop) == (5, 90)

    def test_it_can_refer_to_a_secret_that_is_there(self) -> None:
        documents = rendered(
            *APP,
            "--set=zegoApp.name=other",
            "--set=zegoApp.isTest=true",
            "--set=zegoApp.endpoint=http://proxy.example",
            "--set=zegoApp.existingSecret.name=mine",
            "--set=zegoApp.existingSecret.key=word",
        )
        assert not [one for one in documents if one["kind"] == "Secret"]
        made = app(documents)
        assert (made.spec.server_secret_ref.name, made.spec.server_secret_ref.key) == ("mine", "word")
        assert (made.metadata.name, made.spec.is_test, made.spec.endpoint) == ("other", True, "http://proxy.example")

    @pytest.mark.parametrize(
        ("values", "complaint"),
        [
            (
                ("--set=zegoApp.create=true", "--set=zegoApp.existingSecret.name=mine"),
                "zegoApp.create needs zegoApp.appId",
            ),
            (APP, "zegoApp.create needs zegoApp.serverSecret or zegoApp.existingSecret.name"),
            ((*WITH_SECRET, NAMESPACED), "not served when `namespaces` is set"),
        ],
        ids=["an app id", "a secret", "that all namespaces are served"],
    )
    def test_it_needs(self, values: tuple[str, ...], complaint: str) -> None:
        assert complaint in refused(*values)

    @pytest.mark.parametrize(
        "served", [(), ("--api-versions=automix.zego.im/v1alpha1/ClusterZegoApp",)], ids=["a hook", "no hook"]
    )
    def test_an_uninstall_leaves_it_unless_told_otherwise(self, served: tuple[str, ...]) -> None:
        for options, policy in ((), "keep"), (("--set=zegoApp.keep=false",), None):
            (document,) = of_kind(rendered(*WITH_SECRET, *served, *options), "ClusterZegoApp")
            assert document["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == policy

    def test_it_is_a_hook_only_while_its_kind_is_not_served(self) -> None:
        for served, hooked in ((), True), (("--api-versions=automix.zego.im/v1alpha1/ClusterZegoApp",), False):
            (document,) = (one for one in rendered(*WITH_SECRET, *served) if one["kind"] == "ClusterZegoApp")
            assert ("helm.sh/hook" in document["metadata"].get("annotations", {})) is hooked


def crds_of(documents: list[Json]) -> list[Json]:
    return [document for document in documents if document["kind"] == "CustomResourceDefinition"]
