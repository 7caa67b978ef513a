"""What Argo CD and Flux do with their objects, by their pages, where the repository that these name is this one.

Neither is here. What applies things and what takes them for healthy is real: helm, kubectl, the ConfigMap's scripts in
Lua, kstatus, and how Flux evaluates the `healthCheckExprs`.
"""

import json
from pathlib import Path
from typing import Any, Protocol

import yaml

from support.cluster import GROUP, REPOSITORY, Cluster
from support.kstatus import kstatus_of
from support.lua import run_lua
from support.terminal import Command, Terminal
from support.waiting import until
from support.world import MERGE

Json = dict[str, Any]

_ARGO = "argoproj.io/v1alpha1"
_HELM = "helm.toolkit.fluxcd.io/v2"
_KUSTOMIZE = "kustomize.toolkit.fluxcd.io/v1"
_SOURCE = "source.toolkit.fluxcd.io/v1"
_WAVE = "argocd.argoproj.io/sync-wave"
_ARGOCD_CM = "/api/v1/namespaces/argocd/configmaps/argocd-cm"
_BEFORE = {"url": "https://argocd.example"}
"""What is in argocd-cm before our scripts are."""


class Tool(Protocol):
    """Brings what its objects name into the cluster."""

    def turn(self) -> None:
        """Do what is to be done now."""


class Nobody:
    """Is not there, where people do everything."""

    def __init__(self, cluster: Cluster, terminal: Terminal) -> None:
        del cluster, terminal

    def turn(self) -> None:
        """Do nothing."""


class ArgoCD:
    """Syncs Applications, wave by wave: the next one is applied when the one before is Healthy."""

    def __init__(self, cluster: Cluster, terminal: Terminal) -> None:
        self._cluster = cluster
        self._terminal = terminal
        self._rendered: dict[str, list[Json]] = {}
        _serve(cluster, _ARGO, "Application")
        cluster.namespace("argocd")
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd"}}
        self._apply("before", [{**config, "data": _BEFORE}])

    def turn(self) -> None:
        """Go on with each sync that has not come to its end."""
        for application in _stored(self._cluster, _ARGO, "applications"):
            if "status" not in application and self._is_synced(application):
                healthy = {"status": {"health": {"status": "Healthy"}}}
                self._cluster.ask("PATCH", _path(application), healthy, MERGE)

    def _is_synced(self, application: Json) -> bool:
        """Apply one wave after the other, as long as they are Healthy; whether all are."""
        spec, name = application["spec"], application["metadata"]["name"]
        assert {"CreateNamespace=true", "ServerSideApply=true"} <= set(spec["syncPolicy"]["syncOptions"])
        if name not in self._rendered:
            self._rendered[name] = self._render(spec["source"], spec["destination"]["namespace"])
        self._cluster.apply(_namespace(spec["destination"]["namespace"]))
        for number in sorted(set(map(_wave, self._rendered[name]))):
            wave = [one for one in self._rendered[name] if _wave(one) == number]
            try:
                stored = self._apply(name, wave, "--server-side --force-conflicts --field-manager=argocd-controller")
            except AssertionError:
                # A sync that fails is tried again, as when a kind is not served yet.
                return False
            if not all(map(self._is_healthy, stored)):
                return False
        return True

    def _render(self, source: Json, namespace: str) -> list[Json]:
        """Return the objects of an Application."""
        chart, helm = REPOSITORY / source["path"], source["helm"]
        values = [f"--values={chart / name}" for name in helm.get("valueFiles", [])]
        values += [f"--set={one['name']}={one['value']}" for one in helm.get("parameters", [])]
        options = ["--skip-tests", f"--namespace={namespace}", *values]
        return _documents(self._terminal.run(f"helm template {helm['releaseName']} {chart} {' '.join(options)}"))

    def _apply(self, name: str, objects: list[Json], options: str = "") -> list[Json]:
        """Apply objects; return them as they are stored."""
        path = self._terminal.folder / f"{name}.argocd.yaml"
        path.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
        self._terminal.run(f"kubectl apply {options} --filename={path}")
        return _as_stored(self._terminal, path)

    def _is_healthy(self, stored: Json) -> bool:
        """Whether an object is so by the ConfigMap; where that says nothing, Argo CD knows much the same as kstatus."""
        group = stored["apiVersion"].partition("/")[0]
        if group != GROUP:
            return kstatus_of([stored]) == ["Current"]
        config = self._cluster.ask("GET", _ARGOCD_CM)["data"]
        assert _BEFORE.items() <= config.items(), "what Argo CD was set to is gone"
        script = config[f"resource.customizations.health.{group}_{stored['kind']}"]
        return bool(run_lua(script, stored)["status"] == "Healthy")


class Flux:
    """Installs HelmReleases and applies Kustomizations; they are Ready when what they bring is Current."""

    def __init__(self, cluster: Cluster, terminal: Terminal) -> None:
        self._cluster = cluster
        self._terminal = terminal
        self._under_way: dict[str, Command] = {}
        self._ready: set[str] = set()
        for version, kind in ((_SOURCE, "GitRepository"), (_HELM, "HelmRelease"), (_KUSTOMIZE, "Kustomization")):
            _serve(cluster, version, kind)
        cluster.namespace("flux-system")

    def turn(self) -> None:
        """Go on with what is not Ready."""
        for release in self._waiting(_HELM, "helmreleases"):
            name, spec = release["metadata"]["name"], release["spec"]
            if name not in self._under_way:
                if self._ready.issuperset(one["name"] for one in spec.get("dependsOn", [])):
                    self._under_way[name] = self._install(spec)
            elif self._under_way[name].code == 0:
                self._say_ready(release)
            elif self._under_way[name].code is not None:
                # Flux waits for a while before it tries again.
                strategy = spec["install"].get("strategy", {}).get("name")
                assert strategy == "RetryOnFailure", self._under_way[name].said
                self._under_way[name] = self._install(spec)
        for kustomization in self._waiting(_KUSTOMIZE, "kustomizations"):
            if self._is_current(kustomization["spec"]):
                self._say_ready(kustomization)

    def _waiting(self, version: str, plural: str) -> list[Json]:
        """Return what is not Ready, and has a source that is there."""
        sources = {one["metadata"]["name"] for one in _stored(self._cluster, _SOURCE, "gitrepositories")}
        stored = _stored(self._cluster, version, plural)
        return [one for one in stored if "status" not in one and _source(one["spec"]) in sources]

    def _install(self, spec: Json) -> Command:
        """Begin with a HelmRelease; helm waits for all that it brings."""
        chart, namespace = spec["chart"]["spec"], spec["targetNamespace"]
        assert spec["storageNamespace"] == namespace
        options = [f"--namespace={namespace}", "--wait", f"--timeout={spec.get('timeout', '5m')}"]
        options += [f"--values={REPOSITORY / name}" for name in chart.get("valuesFiles", [])]
        options += [f"--set-json={name}={json.dumps(value)}" for name, value in spec.get("values", {}).items()]
        if spec["install"]["createNamespace"]:
            options.append("--create-namespace")
        release = (spec["releaseName"], str(REPOSITORY / chart["chart"]))
        return self._terminal.start("helm", "upgrade", "--install", *release, *options)

    def _is_current(self, spec: Json) -> bool:
        """Apply a Kustomization's folder; whether all that is to be checked is Current then."""
        folder = REPOSITORY / spec["path"]
        options = "--server-side --force-conflicts --field-manager=kustomize-controller"
        try:
            self._terminal.run(f"kubectl apply {options} --filename={folder}")
        except AssertionError:
            # What fails is tried again.
            return False
        stored = {(one["kind"], one["metadata"]["name"]): one for one in _as_stored(self._terminal, folder)}
        checked = [stored[one["kind"], one["name"]] for one in spec["healthChecks"]]
        expressions = {one["kind"]: one for one in spec["healthCheckExprs"]}
        return all(kstatus_of([one], expressions.get(one["kind"])) == ["Current"] for one in checked)

    def _say_ready(self, stored: Json) -> None:
        condition = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": "as a test has it"}
        self._cluster.ask("PATCH", f"{_path(stored)}/status", {"status": {"conditions": [condition]}}, MERGE)
        self._ready.add(stored["metadata"]["name"])


def _serve(cluster: Cluster, version: str, kind: str) -> None:
    """Have a kind with whatever fields; those of Flux have a status of its own."""
    (group, number), plural = version.split("/"), _plural(kind)
    served: Json = {"name": number, "served": True, "storage": True}
    served["schema"] = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    if version != _ARGO:
        served["subresources"] = {"status": {}}
    names = {"kind": kind, "plural": plural, "singular": kind.lower()}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [served]}
    meta = {"name": f"{plural}.{group}"}
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": meta, "spec": spec}
    cluster.apply(crd)
    until(lambda: cluster.request("GET", f"/apis/{version}/{plural}").is_success, of=f"{plural} are served")


def _plural(kind: str) -> str:
    return "gitrepositories" if kind == "GitRepository" else f"{kind.lower()}s"


def _stored(cluster: Cluster, version: str, plural: str) -> list[Json]:
    items: list[Json] = cluster.ask("GET", f"/apis/{version}/{plural}")["items"]
    return items


def _path(stored: Json) -> str:
    meta = stored["metadata"]
    return f"/apis/{stored['apiVersion']}/namespaces/{meta['namespace']}/{_plural(stored['kind'])}/{meta['name']}"


def _namespace(name: str) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _wave(document: Json) -> int:
    return int(document["metadata"].get("annotations", {}).get(_WAVE, 0))


def _documents(text: str) -> list[Json]:
    return [one for one in yaml.safe_load_all(text) if one]


def _as_stored(terminal: Terminal, path: Path) -> list[Json]:
    """Return the objects of a file or a folder as they are stored."""
    found = json.loads(terminal.run(f"kubectl get --output=json --filename={path}"))
    items: list[Json] = found.get("items", [found])
    return items


def _source(spec: Json) -> str:
    """Return the name of the GitRepository that a HelmRelease or a Kustomization is from."""
    return str((spec["chart"]["spec"] if "chart" in spec else spec)["sourceRef"]["name"])
