"""What the chart's schema lets in, and what it says of the rest."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import yaml

from automix.api.zegoapp import Region
from automix.settings import Settings
from automix_devkit.manifests import CHART, CRDS
from automix_devkit.values_table import read
from support.chart import Json, environment, refused, rendered
from support.cluster import REPOSITORY

SCHEMA: Json = json.loads((REPOSITORY / CHART / "values.schema.json").read_text())
VALUES = (REPOSITORY / CHART / "values.yaml").read_text()
PROPERTIES: Json = SCHEMA["properties"]

WRONG = {
    "replica=3": "'replica'",
    "settings=null": "missing property 'settings'",
    "commonLabels=null": "missing property 'commonLabels'",
    "replicas=-1": "/replicas",
    "replicas=two": "/replicas",
    "leaseSeconds=0": "/leaseSeconds",
    "logLevel=TRACE": "/logLevel",
    "image.tagg=1": "'tagg'",
    "image.tag=1": "/image/tag",
    "image.repository=": "/image/repository",
    "image.digest=sha256:12": "/image/digest",
    "image.pullPolicy=Sometimes": "/image/pullPolicy",
    "imagePullSecrets={registry}": "/imagePullSecrets/0",
    "namespaces=red": "/namespaces",
    "namespaces={Red}": "/namespaces/0",
    "namespaces={red,red}": "/namespaces",
    "serviceAccount.create=perhaps": "/serviceAccount/create",
    "serviceAccount.annotations.a=1": "/serviceAccount/annotations/a",
    "rbac.secretNames={A_B}": "/rbac/secretNames/0",
    "crds.keep=1": "/crds/keep",
    "zegoApp.appId=0": "/zegoApp/appId",
    "zegoApp.appId=4294967296": "/zegoApp/appId",
    "zegoApp.appId=abc": "/zegoApp/appId",
    "zegoApp.serverSecret=123": "/zegoApp/serverSecret",
    "zegoApp.existingSecret=mine": "/zegoApp/existingSecret",
    "zegoApp.region=Mars": "/zegoApp/region",
    "zegoApp.endpoint=zego.example": "/zegoApp/endpoint",
    "zegoApp.limits.start=0": "/zegoApp/limits/start",
    "zegoApp.limits.query=101": "/zegoApp/limits/query",
    "zegoApp.limits.pause=1": "'pause'",
    "simulator.enabled=no-idea": "/simulator/enabled",
    "simulator.rooms=lobby": "/simulator/rooms",
    "settings.first_look_seconds=1": "'first_look_seconds'",
    "settings.workers=0": "/settings/workers",
    "settings.sweepSeconds=0": "/settings/sweepSeconds",
    "settings.watchSilenceSeconds=301": "/settings/watchSilenceSeconds",
    "settings.leaseSeconds=15": "'leaseSeconds'",
    "proxy.https=proxy.example": "/proxy/https",
    "proxy.noProxy=a b": "/proxy/noProxy",
    "caBundle.configMap=A": "/caBundle/configMap",
    "caBundle.key=": "/caBundle/key",
    "metrics.serviceMonitor.interval=soon": "/metrics/serviceMonitor/interval",
    "podDisruptionBudget.maxUnavailable=half": "/podDisruptionBudget/maxUnavailable",
    "networkPolicy.zegoCidrs={zego.im}": "/networkPolicy/zegoCidrs/0",
    "networkPolicy.metricsFrom={prometheus}": "/networkPolicy/metricsFrom/0",
    "resources=much": "/resources",
    r"commonLabels.helm\.sh/chart=mine": "/commonLabels/helm.sh~1chart",
    r"podLabels.app\.kubernetes\.io/name=mine": "/podLabels/app.kubernetes.io~1name",
    "nodeSelector.fast=true": "/nodeSelector/fast",
    "tolerations={all}": "/tolerations/0",
    "extraEnv[0].value=1": "/extraEnv/0",
    "extraVolumeMounts[0].name=tmp": "/extraVolumeMounts/0",
}


@pytest.mark.parametrize(("wrong", "named"), list(WRONG.items()), ids=list(WRONG))
def test_a_wrong_value_is_refused_by_name(wrong: str, named: str) -> None:
    complaint = refused(f"--set={wrong}")
    assert "don't meet the specifications of the schema" in complaint
    assert named in complaint


@pytest.mark.parametrize(
    "right",
    [
        "zegoApp.appId=4294967295",
        "zegoApp.limits.start=100",
        "zegoApp.endpoint=http://[::1]:8080/",
        "replicas=0",
        "leaseSeconds=1",
        "networkPolicy.zegoCidrs={2001:db8::/32}",
        "podDisruptionBudget.maxUnavailable=50%",
        "metrics.serviceMonitor.interval=500ms",
        "global.anything=goes",
    ],
)
def test_what_is_just_allowed_is_let_in(right: str) -> None:
    assert rendered("--set=crds.enabled=false", f"--set={right}")


def test_every_object_of_the_chart_itself_knows_its_fields() -> None:
    open_ones = {path for path, schema in objects(SCHEMA, "") if schema.get("additionalProperties") is not False}
    kubernetes = {
        "affinity",
        "global",
        "metricsFrom",
        "extraEgress",
        "namespaceSelector",
        "nodeSelector",
        "tolerations",
    }
    kubernetes |= {"topologySpreadConstraints", "extraVolumeMounts"}
    assert {path.rpartition(".")[2] for path in open_ones} == kubernetes


def objects(schema: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Yield every object within a schema that is written in its place, and where it is."""
    if schema.get("type") == "object":
        yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from objects(inner, f"{path}.{name}")
    if "items" in schema:
        yield from objects(schema["items"], path)


def test_the_schema_knows_the_values_and_no_others() -> None:
    by_themselves = {"global", "settings", "resources", "limits"}
    known = {path for path in leaves(PROPERTIES) if not by_themselves & set(path.split("."))}
    given = {row.path for row in read(VALUES) if row.default and not by_themselves & set(row.path.split("."))}
    assert known == given


def leaves(properties: Json, prefix: str = "") -> Iterator[str]:
    """Yield the paths of what has no fields of its own."""
    for name, schema in properties.items():
        if "properties" in schema:
            yield from leaves(schema["properties"], f"{prefix}{name}.")
        else:
            yield prefix + name


def test_every_value_is_described() -> None:
    rows = read(VALUES)
    assert len(rows) > 60
    assert [row.path for row in rows if not row.description] == []


def test_settings_are_the_fields_of_the_operators_settings_that_the_chart_does_not_set() -> None:
    of_the_chart = {"pod_namespace", "instance", "namespaces", "kubeconfig"}
    of_the_chart |= {
        name.removeprefix("AUTOMIX_").lower() for name in environment(rendered("--set=crds.enabled=false"))
    }
    assert {camel_case(name) for name in set(Settings.model_fields) - of_the_chart} == set(settings_schema())


def camel_case(name: str) -> str:
    """Return a name as the values write it."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def settings_schema() -> Json:
    """Return the schemas of the settings by their names."""
    schemas: Json = PROPERTIES["settings"]["properties"]
    return schemas


def test_settings_have_the_operators_own_bounds() -> None:
    fields = {camel_case(name): schema for name, schema in Settings.model_json_schema()["properties"].items()}
    for name, schema in settings_schema().items():
        resolved = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        bounds = ("type", "minimum", "maximum", "exclusiveMinimum")
        assert {one: resolved.get(one) for one in bounds} == {one: fields[name].get(one) for one in bounds}, name


def test_regions_and_levels_are_the_operators() -> None:
    assert PROPERTIES["zegoApp"]["properties"]["region"]["enum"] == ["", *(region.value for region in Region)]
    assert PROPERTIES["logLevel"]["enum"] == list(get_args(Settings.model_fields["log_level"].annotation))


class TestChart:
    CHART: Any = yaml.safe_load((REPOSITORY / CHART / "Chart.yaml").read_text())

    def test_the_kinds_that_it_announces_are_those_that_it_brings(self) -> None:
        crds = [yaml.safe_load(path.read_text()) for path in sorted((REPOSITORY / CRDS).glob("*.yaml"))]
        announced = yaml.safe_load(self.CHART["annotations"]["artifacthub.io/crds"])
        assert sorted((one["name"], one["kind"], one["version"]) for one in announced) == [
            (crd["metadata"]["name"], crd["spec"]["names"]["kind"], crd["spec"]["versions"][0]["name"]) for crd in crds
        ]

    def test_its_examples_are_of_kinds_that_it_announces(self) -> None:
        announced = yaml.safe_load(self.CHART["annotations"]["artifacthub.io/crds"])
        examples = yaml.safe_load(self.CHART["annotations"]["artifacthub.io/crdsExamples"])
        assert {one["kind"] for one in examples} <= {one["kind"] for one in announced}

    def test_a_cluster_that_is_too_old_is_refused(self) -> None:
        assert "1.29.14" in refused("--kube-version=1.29.14")
        assert rendered("--set=crds.enabled=false", "--kube-version=1.30.0-gke.1")
