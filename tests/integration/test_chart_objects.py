"""The objects that the chart makes on request, each beside what it is about, and what it says in the end."""

from pathlib import Path

import pytest
import yaml

from automix_devkit.manifests import CHART, NAME, NAMESPACE, SAMPLES
from automix_devkit.simulator.command import simulator
from support.chart import LEAN, OPTIONS, SIMULATOR, Json, app, deployment, notes, of_kind, pod, rendered
from support.cluster import REPOSITORY


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
        policy = named(of_kind(rendered(LEAN, *values, *OPTIONS["simulator"]), "NetworkPolicy"), NAME)
        _, api_server, zego, simulated, extra = policy["spec"]["egress"]
        assert api_server["to"] == [{"ipBlock": {"cidr": "10.0.0.1/32"}}]
        assert zego["to"] == [{"ipBlock": {"cidr": "1.2.3.0/24"}}]
        assert simulated["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == SIMULATOR
        assert extra == {"ports": [{"port": 3128}]}
        assert {"namespaceSelector": {}} in policy["spec"]["ingress"][0]["from"]

    def test_the_simulator_is_reached_by_the_operator_alone_and_reaches_nobody(self) -> None:
        documents = rendered(LEAN, *OPTIONS["network"], *OPTIONS["simulator"])
        policy = named(of_kind(documents, "NetworkPolicy"), SIMULATOR)["spec"]
        (ingress,) = policy.pop("ingress")
        assert policy == {
            "podSelector": deployment(documents, SIMULATOR)["spec"]["selector"],
            "policyTypes": ["Ingress", "Egress"],
            "egress": [],
        }
        assert ingress["from"] == [{"podSelector": deployment(documents)["spec"]["selector"]}]
        (container,) = pod(documents, SIMULATOR)["containers"]
        assert [port["port"] for port in ingress["ports"]] == [port["name"] for port in container["ports"]]

    def test_without_a_policy_for_the_operator_the_simulator_has_none(self) -> None:
        assert not of_kind(rendered(LEAN, *OPTIONS["simulator"]), "NetworkPolicy")


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

    def test_the_sample_of_a_tenant_says_what_leads_its_app_here(self) -> None:
        documents = rendered(LEAN, *OPTIONS["simulator"])
        lines = (REPOSITORY / SAMPLES / "tenant.yaml").read_text().splitlines()
        told = [line.replace("# ", "") if ": " in line else line for line in lines if "put-your" not in line]
        samples = list(yaml.safe_load_all("\n".join(told)))
        (secret,), (tenants,) = of_kind(samples, "Secret"), of_kind(samples, "ZegoApp")
        made, (known,) = app(documents).spec, of_kind(documents, "Secret")
        assert (tenants["spec"]["appId"], tenants["spec"]["endpoint"]) == (made.app_id, made.endpoint)
        assert secret["stringData"]["serverSecret"] == known["stringData"]["serverSecret"]

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
            ((), ["all namespaces", "manifests/samples/app.yaml", "--all --all-namespaces"], ["appRef", "simulator"]),
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
            ((), ["leaves the AutoMixes and their kinds, and all mixes run on"], []),
            (
                ("--set=crds.keep=false",),
                ["has the kinds deleted and with them all AutoMixes", "waits for an\noperator"],
                ["leaves"],
            ),
            (OPTIONS["namespaces"], ["delete automixes --all --namespace=red\n"], ["--all-namespaces"]),
        ],
        ids=[
            "by default",
            "with namespaces",
            "with an app",
            "of another name",
            "with a simulator",
            "with no pod",
            "lean",
            "of an uninstallation",
            "of one that has the kinds deleted",
            "of one from named namespaces",
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


def named(documents: list[Json], name: str) -> Json:
    """Return the object of a name."""
    (found,) = (one for one in documents if one["metadata"]["name"] == name)
    return found
