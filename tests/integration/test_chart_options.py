"""What each option of the chart changes, and that any two of them go together."""

import json
import urllib.request
from itertools import combinations
from pathlib import Path

import pytest

from automix.proxies import proxy_for
from automix.settings import Settings
from automix_devkit.manifests import NAME, NAMESPACE
from support.chart import (
    DIGEST,
    LEAN,
    OPTIONS,
    SIMULATOR,
    Json,
    app,
    deployment,
    environment,
    of_kind,
    pod,
    pods,
    refused,
    rendered,
)
from support.cluster import Cluster
from support.kubeconform import invalid, newest

REFUSED_PAIRS = {
    ("namespaces", "app"): "not served when `namespaces` is set",
    ("namespaces", "simulator"): "not served when `namespaces` is set",
    ("app", "simulator"): "simulator.enabled makes the ClusterZegoApp `default`",
    ("monitor", "unmeasured"): "metrics.serviceMonitor.enabled needs metrics.service.enabled",
}


PAIRS = list(combinations(OPTIONS, 2))


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
def test_any_two_options_go_together_or_are_refused_with_a_reason(pair: tuple[str, str]) -> None:
    if pair in REFUSED_PAIRS:
        assert REFUSED_PAIRS[pair] in refused(*both(pair))
        return
    documents = rendered(*both(pair), tests=True)
    names = [(one["apiVersion"], one["kind"], name_of(one)) for one in documents]
    assert len(names) == len(set(names))
    assert all(names)
    all_pods = list(pods(documents))
    assert all_pods
    for _, spec in all_pods:
        assert_restricted(spec)


@pytest.mark.timeout(300)  # alone, it renders what all the tests above have rendered
def test_whatever_any_two_options_render_is_valid(cluster: Cluster, tmp_path: Path) -> None:
    schemas, manifests = tmp_path / "schemas", tmp_path / "manifests"
    schemas.mkdir()
    manifests.mkdir()
    for pair in PAIRS:
        if pair not in REFUSED_PAIRS:
            documents = map(json.dumps, rendered(*both(pair), tests=True))
            (manifests / f"{' and '.join(pair)}.yaml").write_text("\n---\n".join(documents), encoding="utf-8")
    assert invalid(newest(cluster, schemas), manifests) == []


def both(pair: tuple[str, str]) -> tuple[str, ...]:
    """Return the arguments of both options."""
    return LEAN, *OPTIONS[pair[0]], *OPTIONS[pair[1]]


def name_of(document: Json) -> tuple[str | None, str]:
    """Return an object's namespace and name."""
    return document["metadata"].get("namespace"), document["metadata"]["name"]


def assert_restricted(spec: Json) -> None:
    """Assert what the Pod Security Standard `restricted` asks of a pod, and a read-only root file system."""
    assert spec["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


class TestImage:
    def test_a_digest_wins_over_the_tag_for_every_pod(self) -> None:
        values = (LEAN, f"--set=image.digest={DIGEST},image.tag=edge,image.repository=reg/mix,simulator.enabled=true")
        images = {spec["containers"][0]["image"] for _, spec in pods(rendered(*values, tests=True))}
        assert images == {f"reg/mix@{DIGEST}"}

    def test_every_pod_may_pull_it_and_runs_where_it_may(self) -> None:
        values = (LEAN, *OPTIONS["image"], *OPTIONS["places"], *OPTIONS["simulator"])
        found = list(pods(rendered(*values, tests=True)))
        assert len(found) == 3
        for _, spec in found:
            assert spec["imagePullSecrets"] == [{"name": "registry"}]
            assert spec["nodeSelector"] == {"disk": "fast"}
            assert spec["tolerations"] == [{"key": "audio", "operator": "Exists"}]


class TestServiceAccount:
    def test_it_can_have_a_name_and_annotations(self) -> None:
        values = (LEAN, "--set=serviceAccount.name=mine,serviceAccount.annotations.role=audio")
        (account,) = of_kind(rendered(*values), "ServiceAccount")
        assert (account["metadata"]["name"], account["metadata"]["annotations"]) == ("mine", {"role": "audio"})

    @pytest.mark.parametrize("create", ["true", "false"])
    def test_the_permissions_are_bound_to_it_whoever_makes_it(self, create: str) -> None:
        documents = rendered(LEAN, f"--set=serviceAccount.create={create},serviceAccount.name=mine")
        assert bool(of_kind(documents, "ServiceAccount")) is (create == "true")
        subjects = [one["subjects"] for one in documents if one["kind"].endswith("Binding")]
        assert subjects == [[{"kind": "ServiceAccount", "name": "mine", "namespace": NAMESPACE}]] * 4
        assert pod(documents)["serviceAccountName"] == "mine"

    def test_one_that_is_not_made_must_be_named(self) -> None:
        complaint = refused("--set=serviceAccount.create=false")
        assert "serviceAccount.create=false needs serviceAccount.name" in complaint


class TestLabels:
    def test_common_ones_are_on_every_object_and_pod(self) -> None:
        monitored = "--set=metrics.serviceMonitor.enabled=true"
        values = ("--set=commonLabels.team=audio", monitored, *OPTIONS["simulator"], *OPTIONS["network"])
        documents = rendered(*values, tests=True)
        assert all(one["metadata"]["labels"]["team"] == "audio" for one in documents)
        assert all(labels["team"] == "audio" for labels, _ in pods(documents))

    def test_those_of_pods_are_on_the_operators_pods_alone_and_win(self) -> None:
        documents = rendered(LEAN, *OPTIONS["labels"], *OPTIONS["simulator"])
        tiers = {
            one["metadata"]["name"]: (one["metadata"], one["spec"]["template"]["metadata"])
            for one in of_kind(documents, "Deployment")
        }
        assert [one["labels"]["tier"] for one in tiers[NAME]] == ["a", "b"]
        assert [one["labels"]["tier"] for one in tiers[SIMULATOR]] == ["a", "a"]
        assert tiers[NAME][1]["annotations"] == {"mesh": "off"}
        assert "annotations" not in tiers[SIMULATOR][1]

    def test_no_label_of_values_is_among_what_the_pods_are_selected_by(self) -> None:
        selectors = [deployment(rendered(LEAN, *more))["spec"]["selector"] for more in ((), OPTIONS["labels"])]
        assert selectors[0] == selectors[1]

    def test_every_selector_finds_the_pods_of_one_program_only(self) -> None:
        documents = rendered(LEAN, *OPTIONS["simulator"], tests=True)
        labels = {spec["containers"][0]["name"]: labels for labels, spec in pods(documents)}
        found = {
            (one["kind"], one["metadata"]["name"]): [
                name for name, has in labels.items() if wanted.items() <= has.items()
            ]
            for one in documents
            if (wanted := selector_of(one))
        }
        assert found == {
            ("Deployment", NAME): ["operator"],
            ("PodDisruptionBudget", NAME): ["operator"],
            ("Service", f"{NAME}-metrics"): ["operator"],
            ("Deployment", SIMULATOR): ["simulator"],
            ("Service", SIMULATOR): ["simulator"],
        }


def selector_of(document: Json) -> dict[str, str]:
    """Return the labels that an object selects pods by, none if it selects no pods."""
    selector = document.get("spec", {}).get("selector", {})
    labels: dict[str, str] = selector.get("matchLabels", selector)
    return labels


class TestPlaces:
    def test_several_pods_are_spread_over_nodes_as_far_as_there_are_some(self) -> None:
        documents = rendered(LEAN)
        (spread,) = pod(documents)["topologySpreadConstraints"]
        assert (spread["topologyKey"], spread["whenUnsatisfiable"]) == ("kubernetes.io/hostname", "ScheduleAnyway")
        assert spread["labelSelector"] == deployment(documents)["spec"]["selector"]

    def test_one_pod_alone_is_not_spread_and_has_no_budget(self) -> None:
        documents = rendered(LEAN, *OPTIONS["one"])
        assert "topologySpreadConstraints" not in pod(documents)
        assert not of_kind(documents, "PodDisruptionBudget")

    def test_rules_of_ones_own_take_the_place_of_the_spreading(self) -> None:
        spec = pod(rendered(LEAN, *OPTIONS["places"]))
        assert [one["topologyKey"] for one in spec["topologySpreadConstraints"]] == ["zone"]
        assert (spec["priorityClassName"], spec["affinity"]) == ("high", {"nodeAffinity": {}})

    @pytest.mark.parametrize(("given", "rendered_as"), [("1", 1), ("50%", "50%")])
    def test_the_budget_says_how_many_may_be_away(self, given: str, rendered_as: int | str) -> None:
        documents = rendered(LEAN, f"--set=podDisruptionBudget.maxUnavailable={given}")
        (budget,) = of_kind(documents, "PodDisruptionBudget")
        assert budget["spec"]["maxUnavailable"] == rendered_as
        assert budget["spec"]["selector"] == deployment(documents)["spec"]["selector"]

    def test_the_budget_can_be_left_out(self) -> None:
        assert not of_kind(rendered(LEAN, "--set=podDisruptionBudget.enabled=false"), "PodDisruptionBudget")


class TestContainer:
    def test_it_can_have_more_variables_and_volumes(self) -> None:
        documents = rendered(LEAN, *OPTIONS["extras"], *OPTIONS["certificates"])
        (container,) = pod(documents)["containers"]
        assert environment(documents)["ONE"] == "1"
        assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]  # noqa: S108 -- in the pod
        assert {"name": "tmp", "emptyDir": {}} in pod(documents)["volumes"]
        assert [one["name"] for one in container["volumeMounts"]] == [one["name"] for one in pod(documents)["volumes"]]

    def test_certificates_are_mounted_read_only_where_the_variable_says(self) -> None:
        documents = rendered(LEAN, *OPTIONS["certificates"])
        (container,) = pod(documents)["containers"]
        (mount,) = container["volumeMounts"]
        (volume,) = pod(documents)["volumes"]
        (item,) = volume["configMap"]["items"]
        assert (mount["name"], mount["readOnly"]) == (volume["name"], True)
        assert (volume["configMap"]["name"], item["key"]) == ("ours", "all.pem")
        assert environment(documents)["SSL_CERT_FILE"] == f"{mount['mountPath']}/{item['path']}"

    def test_without_a_proxy_there_is_no_variable_of_one(self) -> None:
        assert not [name for name in environment(rendered(LEAN)) if "PROXY" in name]

    @pytest.mark.parametrize("api_server", ["10.96.0.1", "fd00:10:96::1"], ids=["IPv4", "IPv6"])
    def test_a_proxy_is_between_the_operator_and_zego_and_nothing_of_the_cluster(
        self, api_server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in (*urllib.request.getproxies(), "http", "https", "all", "no"):
            monkeypatch.delenv(f"{name}_proxy", raising=False)
            monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)
        documents = rendered(LEAN, *OPTIONS["proxy"], *OPTIONS["simulator"])
        for name, value in environment(documents).items():
            if name.endswith("_PROXY"):
                monkeypatch.setenv(name, value.replace("$(KUBERNETES_SERVICE_HOST)", api_server))
        host = f"[{api_server}]" if ":" in api_server else api_server
        assert proxy_for("https://rtc-api.zego.im") == "http://proxy:2"
        assert proxy_for("http://zego.example") == "http://proxy:1"
        assert proxy_for(f"https://{host}:443") is None
        assert proxy_for("https://zego.corp") is None
        assert proxy_for(app(documents).spec.endpoint or "") is None

    def test_a_setting_is_the_variable_that_the_operator_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        documents = rendered(
            LEAN, "--set=settings.workers=8,settings.firstLookSeconds=3,settings.sweepSeconds=10000000"
        )
        for name, value in environment(documents).items():
            monkeypatch.setenv(name, value)
        settings = Settings()
        assert (settings.workers, settings.first_look_seconds, settings.sweep_seconds) == (8, 3.0, 10_000_000.0)

    @pytest.mark.parametrize(("seconds", "grace"), [("5", 25), ("20", 40), ("60.5", 81)])
    def test_a_pod_has_the_time_to_drain_and_twenty_seconds_more(self, seconds: str, grace: int) -> None:
        spec = pod(rendered(LEAN, f"--set-json=settings.drainSeconds={seconds}"))
        assert spec["terminationGracePeriodSeconds"] == grace
