"""What the chart renders, read for tests; each rendering is made once, so nothing in it may be changed."""

import subprocess
from collections.abc import Hashable, Iterator
from functools import cache
from typing import Any

import yaml

from automix.api.zegoapp import ZegoApp
from automix_devkit.binaries import HELM, find
from automix_devkit.manifests import CHART, NAME, NAMESPACE, ROOMS, render
from support.cluster import GROUP, REPOSITORY

Json = dict[str, Any]

LEAN = "--set=crds.enabled=false"
"""Reading the CRDs is what takes the time."""
ROOM_EXAMPLES = sorted((REPOSITORY / ROOMS / "examples").glob("*.yaml"))
"""Values of the chart of rooms."""
DIGEST = "sha256:" + "0123456789abcdef" * 4
SIMULATOR = f"{NAME}-simulator"

OPTIONS: dict[str, tuple[str, ...]] = {
    "definitions": ("--set=crds.enabled=true,crds.keep=false",),
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
    "admission": ("--set=admission.outputHosts={push.example.com},admission.tenantEndpoints=false",),
    "monitor": ("--set=metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.labels.team=prometheus",),
    "unmeasured": ("--set=metrics.service.enabled=false,podDisruptionBudget.enabled=false",),
}


class _UniqueKeys(yaml.CSafeLoader):
    """Refuses a key that is there twice, of which YAML's own loaders silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 -- as in yaml
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, f"a key is there twice: {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


@cache
def rendered(*options: str, tests: bool = False) -> list[Json]:
    """Return the objects that `helm template` makes with these options."""
    text = render(REPOSITORY / CHART, *options, tests=tests)
    return [document for document in yaml.load_all(text, _UniqueKeys) if document]


def refused(*options: str) -> str:
    """Return why `helm template` makes nothing with these options."""
    try:
        render(REPOSITORY / CHART, *options)
    except subprocess.CalledProcessError as error:
        return str(error.stderr)
    raise AssertionError(f"{options} were not refused")


def notes(*options: str) -> str:
    """Return what is said after an installation with these options."""
    helm = str(find(HELM, ["helm"])["helm"])
    command = [helm, "install", NAME, str(REPOSITORY / CHART), f"--namespace={NAMESPACE}", "--dry-run=client", *options]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 -- helm of this project
    return output.partition("\nNOTES:\n")[2]


def of_kind(documents: list[Json], kind: str) -> list[Json]:
    """Return the objects of one kind."""
    return [document for document in documents if document["kind"] == kind]


def deployment(documents: list[Json], name: str = NAME) -> Json:
    """Return one Deployment, the operator's unless another one is named."""
    (found,) = (one for one in of_kind(documents, "Deployment") if one["metadata"]["name"] == name)
    return found


def pod(documents: list[Json], name: str = NAME) -> Json:
    """Return the spec of the pods of a Deployment, the operator's unless another one is named."""
    spec: Json = deployment(documents, name)["spec"]["template"]["spec"]
    return spec


def environment(documents: list[Json]) -> dict[str, str]:
    """Return the variables of the operator's container that have values."""
    (container,) = pod(documents)["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"] if "value" in variable}


def pods(documents: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield labels and spec of every kind of pod."""
    for document in documents:
        if document["kind"] == "Deployment":
            template = document["spec"]["template"]
            yield template["metadata"]["labels"], template["spec"]
        elif document["kind"] == "Pod":
            yield document["metadata"]["labels"], document["spec"]


def app(documents: list[Json]) -> ZegoApp:
    """Return the ClusterZegoApp, read as the operator reads it."""
    (document,) = of_kind(documents, "ClusterZegoApp")
    assert document["apiVersion"] == f"{GROUP}/v1alpha1"
    return ZegoApp.model_validate(
        {**document, "metadata": {**document["metadata"], "uid": "1", "resourceVersion": "1"}}
    )
