"""What each option of the chart changes, and that any two of them go together."""

import urllib.request
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from automix.proxies import proxy_for
from automix.settings import Settings
from automix_devkit.manifests import CHART, NAME, NAMESPACE, SAMPLES
from automix_devkit.simulator.command import simulator
from support.chart import Json, app, deployment, environment, notes, of_kind, pod, pods, refused, rendered
from support.cluster import REPOSITORY

LEAN = "--set=crds.enabled=false"
"""Reading the CRDs is what takes the time."""
DIGEST = "sha256:" + "0123456789abcdef" * 4
SIMULATOR = f"{NAME}-simulator"

OPTIONS: dict[str, tuple[str, ...]] = {
    "namespaces": ("--set=namespaces={red,blue}",),
    "app": ("--set=zegoApp.create=true,zegoApp.appId=1", "--set-string=zegoApp.serverSecret=0123"),
    "simulator": ("--set=simulator.enabled=true",),
    "image": (f"--set=image.digest={DIGEST}", '--set-json=imagePullSecrets=[{"name":"registry"}]'),
    "account": ("--set=serviceAccount.create=false,serviceAccount.name=mine",),
    "secrets": ("--set=rbac.tenantSecrets=false,rbac.secretNames={one,two}",),
    "labels": ("--set=commonLabels.team=audio,commonLabels.tier=a,podLabels.tier=b,podAnnotations.mesh=off",),
    "one": ("--set=replicas=1",),
    "places": (
        "--set=nodeSelector.disk=fast,priorityClassName=high",
        '--set-json=tolerations=[{"key":"audio","operator":"Exists"}]',
        '--set-json=affinity={"nodeAffinity":{}}',
        '--set-json=topologySpreadConstraints=[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"}]',
    ),
    "extras": (
        '--set-json=extraEnv=[{"name":"ONE","value":"1"}]',
        '--set-json=extraVolumes=[{"name":"tmp","emptyDir":{}}]',
        '--set-json=extraVolumeMounts=[{"name":"tmp","mountPath":"/tmp"}]',
    ),
    "proxy": ("--set=proxy.http=http://proxy:1,proxy.https=http://proxy:2,proxy.noProxy=.corp",),
    "certificates": ("--set=caBundle.configMap=ours,caBundle.key=all.pem",),
    "settings": ("--set=settings.workers=8,settings.drainSeconds=60",),
    "network": ("--set=networkPolicy.enabled=true", "--set=networkPolicy.apiServerCidrs={10.0.0.1/32}"),
    "monitor": ("--set=metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.labels.team=prometheus",),
    "unmeasured": ("--set=metrics.service.enabled=false,podDisruptionBudget.enabled=false",),
}
REFUSED_PAIRS = {
    ("namespaces", "app"): "not served when `namespaces` is set",
    ("namespaces", "simulator"): "not served when `namespaces` is set",
    ("app", "simulator"): "simulator.enabled makes the ClusterZegoApp `default`",
    ("monitor", "unmeasured"): "metrics.serviceMonitor.enabled needs metrics.service.enabled",
}


@pytest.mark.parametrize("pair", list(combinations(OPTIONS, 2)), ids=" and ".join)
def test_any_two_options_go_together_or_are_refused_with_a_reason(pair: tuple[str, str]) -> None:
    options = (LEAN, *OPTIONS[pair[0]], *OPTIONS[pair[1]])
    if pair in REFUSED_PAIRS:
        assert REFUSED_PAIRS[pair] in refused(*options)
        return
    documents = rendered(*options, tests=True)
    names = [(one["apiVersion"], one["kind"], name_of(one)) for one in documents]
    assert len(names) == len(set(names))
    assert all(names)
    all_pods = list(pods(documents))
    assert all_pods
    for _, spec in all_pods:
        assert_restricted(spec)


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


class TestMetrics:
    def test_the_service_leads_to_the_port_of_the_probes(self) -> None:
        documents = rendered(LEAN, "--set=metrics.service.annotations.scrape=yes")
        (service,) = of_kind(documents, "Service")
        (container,) = pod(documents)["containers"]
        assert service["metadata"]["annotations"] == {"scrape": "yes"}
        assert [one["targetPort"] for one in service["spec"]["ports"]] == [one["name"] for one in container["ports"]]

    def test_without_the_service_there_is_no_test_that_asks_it(self) -> None:
        documents = rendered(LEAN, *OPTIONS["unmeasured"], tests=True)
        assert not of_kind(documents, "Service") + of_kind(documents, "Pod")

    def test_prometheus_finds_the_service(self) -> None:
        documents = rendered(
            LEAN, *OPTIONS["monitor"], "--set=metrics.serviceMonitor.interval=30s,commonLabels.team=audio"
        )
        (monitor,) = of_kind(documents, "ServiceMonitor")
        (service,) = of_kind(documents, "Service")
        assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        assert monitor["metadata"]["labels"]["team"] == "prometheus"
        assert monitor["spec"]["endpoints"] == [{"port": "http", "path": "/metrics", "interval": "30s"}]

    def test_helm_test_asks_the_service_whether_a_pod_is_ready(self) -> None:
        documents = rendered(LEAN, tests=True)
        (asking,) = of_kind(documents, "Pod")
        (service,) = of_kind(documents, "Service")
        (container,) = asking["spec"]["containers"]
        (script,) = container["args"]
        compile(script, "ready", "exec")
        name, (port,) = service["metadata"]["name"], service["spec"]["ports"]
        assert f'"http://{name}.{NAMESPACE}.svc:{port["port"]}/readyz"' in script
        assert asking["metadata"]["annotations"] == {
            "helm.sh/hook": "test",
            "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
        }


class TestNetworkPolicy:
    def test_by_default_there_is_none(self) -> None:
        assert not of_kind(rendered(LEAN), "NetworkPolicy")

    def test_it_is_about_the_operators_pods_and_lets_the_test_in(self) -> None:
        documents = rendered(LEAN, "--set=networkPolicy.enabled=true", tests=True)
        (policy,) = of_kind(documents, "NetworkPolicy")
        assert policy["spec"]["podSelector"] == deployment(documents)["spec"]["selector"]
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
        ((ingress),) = policy["spec"]["ingress"]
        (peer,) = ingress["from"]
        (asking,) = of_kind(documents, "Pod")
        assert peer["podSelector"]["matchLabels"].items() <= asking["metadata"]["labels"].items()
        assert ingress["ports"] == [{"port": "http", "protocol": "TCP"}]

    def test_it_opens_dns_the_api_server_and_zego(self) -> None:
        (policy,) = of_kind(rendered(LEAN, "--set=networkPolicy.enabled=true"), "NetworkPolicy")
        rules = policy["spec"]["egress"]
        assert [[port["port"] for port in rule["ports"]] for rule in rules] == [[53, 53], [443, 6443], [443]]
        assert not [rule for rule in rules if "to" in rule]

    def test_it_can_be_closed_further_and_opened(self) -> None:
        values = (
            "--set=networkPolicy.enabled=true,networkPolicy.apiServerCidrs={10.0.0.1/32},networkPolicy.zegoCidrs={1.2.3.0/24}",
            '--set-json=networkPolicy.metricsFrom=[{"namespaceSelector":{}}]',
            '--set-json=networkPolicy.extraEgress=[{"ports":[{"port":3128}]}]',
        )
        (policy,) = of_kind(rendered(LEAN, *values, *OPTIONS["simulator"]), "NetworkPolicy")
        _, api_server, zego, simulated, extra = policy["spec"]["egress"]
        assert api_server["to"] == [{"ipBlock": {"cidr": "10.0.0.1/32"}}]
        assert zego["to"] == [{"ipBlock": {"cidr": "1.2.3.0/24"}}]
        assert simulated["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == SIMULATOR
        assert extra == {"ports": [{"port": 3128}]}
        assert {"namespaceSelector": {}} in policy["spec"]["ingress"][0]["from"]


class TestSimulator:
    def test_it_knows_the_app_that_the_chart_makes_and_the_word_of_its_secret(self, tmp_path: Path) -> None:
        documents = rendered(LEAN, *OPTIONS["simulator"])
        (secret,) = of_kind(documents, "Secret")
        spec = app(documents).spec
        (container,) = pod(documents, SIMULATOR)["containers"]
        assert container["command"] == ["automix-dev", "simulator"]
        (mount,) = container["volumeMounts"]
        (tmp_path / "apps.json").write_text(secret["stringData"]["apps.json"])
        args = [one.replace(mount["mountPath"], str(tmp_path)) for one in container["args"]]
        parsed = simulator.make_context("simulator", args).params
        known = {app_id: word.get_secret_value() for app_id, word in parsed["apps"].root.items()}
        assert known == {spec.app_id: secret["stringData"][spec.server_secret_ref.key]}
        assert spec.server_secret_ref.name == secret["metadata"]["name"]
        assert parsed["host"] == "0.0.0.0"  # noqa: S104 -- in the pod
        assert [one["containerPort"] for one in container["ports"]] == [parsed["port"]]

    def test_its_rooms_are_those_of_the_samples(self) -> None:
        values = yaml.safe_load((REPOSITORY / CHART / "values.yaml").read_text())
        samples = [
            one for path in (REPOSITORY / SAMPLES).glob("*.yaml") for one in yaml.safe_load_all(path.read_text())
        ]
        assert values["simulator"]["rooms"] == sorted(
            one["spec"]["roomId"] for one in samples if one["kind"] == "AutoMix"
        )

    def test_a_room_is_named_as_it_is(self) -> None:
        documents = rendered(LEAN, *OPTIONS["simulator"], '--set-json=simulator.rooms=["a: b","{\\"c\\"}"]')
        (container,) = pod(documents, SIMULATOR)["containers"]
        assert container["args"][3:] == ["--room=a: b", '--room={"c"}']

    def test_the_app_leads_to_its_service(self) -> None:
        documents = rendered(LEAN, *OPTIONS["simulator"])
        (service,) = (one for one in of_kind(documents, "Service") if one["metadata"]["name"] == SIMULATOR)
        (port,) = service["spec"]["ports"]
        made = app(documents)
        assert (made.metadata.name, made.spec.endpoint) == (
            "default",
            f"http://{SIMULATOR}.{NAMESPACE}.svc:{port['port']}",
        )

    def test_its_pod_has_no_token(self) -> None:
        assert pod(rendered(LEAN, *OPTIONS["simulator"]), SIMULATOR)["automountServiceAccountToken"] is False

    def test_the_operator_may_read_its_secret(self) -> None:
        documents = rendered(LEAN, *OPTIONS["simulator"], *OPTIONS["secrets"])
        (role,) = (one for one in of_kind(documents, "Role") if one["metadata"]["name"].endswith("-secrets"))
        assert role["rules"][0]["resourceNames"] == ["one", "two", SIMULATOR]

    def test_another_app_can_be_beside_it(self) -> None:
        documents = rendered(LEAN, *OPTIONS["simulator"], *OPTIONS["app"], "--set=zegoApp.name=real")
        assert {one["metadata"]["name"] for one in of_kind(documents, "ClusterZegoApp")} == {"default", "real"}


class TestNotes:
    @pytest.mark.parametrize(
        ("options", "said", "unsaid"),
        [
            ((), ["all namespaces", "manifests/samples/app.yaml"], ["appRef", "simulator"]),
            (OPTIONS["namespaces"], ["namespaces red, blue", "samples/tenant.yaml", "kind: ZegoApp"], ["app.yaml"]),
            (OPTIONS["app"], ["kubectl get clusterzegoapp default"], ["samples", "appRef"]),
            (
                (*OPTIONS["app"], "--set=zegoApp.name=mine"),
                ["kubectl get clusterzegoapp mine", "name: mine"],
                ["samples"],
            ),
            (OPTIONS["simulator"], ["a simulator of ZEGO", "lobby, stage"], ["samples", "appRef"]),
            (("--set=replicas=0",), ["With replicas=0 nobody acts"], []),
            ((LEAN,), ["CustomResourceDefinitions are not part"], []),
        ],
        ids=[
            "by default",
            "with namespaces",
            "with an app",
            "of another name",
            "with a simulator",
            "with no pod",
            "lean",
        ],
    )
    def test_they_say_what_is_next(self, options: tuple[str, ...], said: list[str], unsaid: list[str]) -> None:
        text = notes(*options)
        assert [one for one in said if one not in text] == []
        assert [one for one in unsaid if one in text] == []

    @pytest.mark.parametrize("options", [(), OPTIONS["namespaces"], OPTIONS["app"]], ids=["all", "named", "app"])
    def test_the_mix_in_them_is_one_that_can_be_applied(self, options: tuple[str, ...]) -> None:
        text = notes(*options).partition("<<EOF\n")[2].partition("  EOF")[0]
        mix = yaml.safe_load(text)
        assert (mix["kind"], mix["spec"]["roomId"]) == ("AutoMix", "lobby")
        assert mix["spec"].get("appRef", {}).get("kind", "ZegoApp") == "ZegoApp"
