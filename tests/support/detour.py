"""A way to a simulator for apps that name no endpoint and would lead to ZEGO itself, and are to be as they are."""

from support.cluster import ROOT, Cluster, Json

_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_NAME = "zego-is-simulated"
_SPEC = {"appId": 1, "serverSecretRef": {"name": "any", "key": "any"}}
_APP = {"apiVersion": "automix.zego.im/v1alpha1", "kind": "ClusterZegoApp", "metadata": {"name": "any"}, "spec": _SPEC}


class Detour:
    """Has the API server put the simulator's address into every app, by an admission policy."""

    def __init__(self, cluster: Cluster, url: str) -> None:
        self.url = url
        self._cluster = cluster
        apps = {"apiGroups": ["automix.zego.im"], "apiVersions": ["*"], "resources": ["zegoapps", "clusterzegoapps"]}
        patch = f'[JSONPatch{{op: "add", path: "/spec/endpoint", value: "{url}"}}]'
        policy = {
            "matchConstraints": {"resourceRules": [{**apps, "operations": ["CREATE", "UPDATE"]}]},
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}],
            "reinvocationPolicy": "Never",
        }
        self._make("mutatingadmissionpolicies", policy)
        self._make("mutatingadmissionpolicybindings", {"policyName": _NAME})

    def works(self) -> bool:
        """Whether an app that is made now leads to the simulator."""
        answer = self._cluster.request("POST", f"{ROOT}/clusterzegoapps?dryRun=All", _APP)
        return answer.is_success and answer.json()["spec"].get("endpoint") == self.url

    def _make(self, plural: str, spec: Json) -> None:
        self._cluster.ask("POST", f"{_ADMISSION}/{plural}", {"metadata": {"name": _NAME}, "spec": spec})
