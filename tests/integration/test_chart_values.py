"""Every value of the chart changes what is rendered, where it has its say: none is there for nothing."""

import json
from typing import Any

import pytest

from automix_devkit.manifests import CHART
from automix_devkit.values_table import read
from support.chart import DIGEST, Json, rendered
from support.cluster import REPOSITORY

SCHEMA: Json = json.loads((REPOSITORY / CHART / "values.schema.json").read_text(encoding="utf-8"))
DEFAULTS = {
    row.path: json.loads(row.default)
    for row in read((REPOSITORY / CHART / "values.yaml").read_text(encoding="utf-8"))
    if row.default
}

LEAN: Json = {"crds.enabled": False}
EVERYTHING: Json = {
    **LEAN,
    "zegoApp.create": True,
    "zegoApp.appId": 1,
    "zegoApp.existingSecret.name": "zego",
    "serviceAccount.name": "mine",
    "rbac.tenantSecrets": False,
    "caBundle.configMap": "ours",
    "proxy.https": "http://proxy:2",
    "metrics.serviceMonitor.enabled": True,
    "networkPolicy.enabled": True,
    "admission.outputHosts": ["push.example.com"],
}
"""Where most values have their say."""
ELSEWHERE: dict[str, Json] = {
    "crds": {},
    "namespaces": LEAN,
    "metrics.service.enabled": LEAN,
    "simulator": {**LEAN, "simulator.enabled": True},
    "zegoApp.serverSecret": {**LEAN, "zegoApp.create": True, "zegoApp.appId": 1, "zegoApp.serverSecret": "0123"},
}
"""By how the paths of others begin."""

OTHER: dict[str, Any] = {
    "image.digest": DIGEST,
    "image.pullPolicy": "Always",
    "imagePullSecrets": [{"name": "registry"}],
    "podDisruptionBudget.maxUnavailable": "50%",
    "zegoApp.endpoint": "https://zego.example",
    "zegoApp.limits": {"start": 1},
    "proxy.http": "http://proxy:1",
    "proxy.https": "http://proxy:3",
    "zegoApp.appId": 2,
    "metrics.serviceMonitor.interval": "30s",
    "networkPolicy.metricsFrom": [{"podSelector": {}}],
    "networkPolicy.apiServerCidrs": ["10.0.0.1/32"],
    "networkPolicy.zegoCidrs": ["10.0.0.2/32"],
    "networkPolicy.extraEgress": [{"ports": [{"port": 53}]}],
    "admission.namespaceSelector": {"matchLabels": {"a": "b"}},
    "simulator.resources": {"limits": {"memory": "1Gi"}},
    "resources": {"limits": {"memory": "1Gi"}},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
    "extraEnv": [{"name": "ONE", "value": "1"}],
    "extraVolumes": [{"name": "more", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
}
"""What cannot be thought of by its schema alone."""


def settings() -> dict[str, Json]:
    """Return the schemas of what can be set of the operator, by the paths of the values."""
    return {f"settings.{name}": schema for name, schema in SCHEMA["properties"]["settings"]["properties"].items()}


def schema_of(path: str) -> Json:
    """Return the schema of a value."""
    found = SCHEMA
    for name in path.split("."):
        found = found["properties"][name]
    return SCHEMA["definitions"][found["$ref"].rpartition("/")[2]] if "$ref" in found else found


def another(path: str, default: object) -> object:
    """Return a value that is allowed, and is not the default."""
    schema = schema_of(path)
    match default:
        case _ if path in OTHER:
            return OTHER[path]
        case bool():
            return not default
        case int():
            return default + 1
        case list():
            return ["other"]
        case dict():
            return {"other": "other"}
        case _ if "enum" in schema:
            return next(value for value in reversed(schema["enum"]) if value != default)
        case _ if schema["type"] in {"number", "integer"}:
            return 7
        case _:
            return "other"


def at_work(path: str) -> Json:
    """Return the values with which one means something."""
    return next((values for begin, values in ELSEWHERE.items() if path.startswith(begin)), EVERYTHING)


def options(values: Json) -> tuple[str, ...]:
    """Return the arguments for helm."""
    return tuple(f"--set-json={path}={json.dumps(value)}" for path, value in values.items())


VALUES: Json = {**DEFAULTS, **dict.fromkeys(settings())}
del VALUES["settings"]


@pytest.mark.parametrize("path", VALUES)
def test_another_value_renders_something_else(path: str) -> None:
    values = at_work(path)
    changed = {**values, path: another(path, values.get(path, VALUES[path]))}
    assert rendered(*options(changed)) != rendered(*options(values))
