"""A tenant's corner of the world: a namespace with an app, and the mixes in it. Names are unique to a test."""

import itertools
from collections.abc import Iterator
from typing import Any

from support.cluster import GROUP, ROOT, Cluster
from support.waiting import until
from support.zego import SimulatedZego

Json = dict[str, Any]

_NUMBERS = itertools.count(1)
MERGE = "application/merge-patch+json"


_LIST = ("list", "automixes")


class World:
    """One namespace with a ZegoApp that points at the simulator."""

    def __init__(self, cluster: Cluster, zego: SimulatedZego) -> None:
        self.cluster = cluster
        self.zego = zego
        self.namespace = cluster.namespace(f"team-{next(_NUMBERS)}")
        self.app_id, self.secret = zego.new_app()
        self.store_secret(self.secret)
        self.add_app("zego")

    def test_environment(self) -> Json:
        """Add an app object for the test environment of the same app; returns the reference to it."""
        self.add_app("zego-test", isTest=True)
        return {"kind": "ZegoApp", "name": "zego-test"}

    def add_app(self, name: str, **spec: object) -> None:
        """Add an app object for the world's app, or replace one."""
        self.cluster.apply(self._app(name, **spec))

    def limit(self, **calls_per_second: int) -> None:
        """Set the app's limits, and wait until the operator has taken note."""
        app = f"{ROOT}/namespaces/{self.namespace}/zegoapps/zego"
        stored = self.cluster.ask("PATCH", app, {"spec": {"limits": calls_per_second}}, MERGE)
        generation = stored["metadata"]["generation"]
        until(lambda: self.cluster.ask("GET", app)["status"]["observedGeneration"] == generation, of="it is seen")

    def wait_for_app(self) -> None:
        """Wait until the operator has checked the app: the watches of apps and of mixes have no order between them."""
        app = f"{ROOT}/namespaces/{self.namespace}/zegoapps/zego"
        until(lambda: self.cluster.ask("GET", app)["status"]["observedGeneration"] > 0, of="the app is checked")

    def wait_until_drift_is_verified(self) -> None:
        """Wait until it is recorded that ZEGO's query shows mixes: until then, what it does not show proves nothing."""
        app = f"{ROOT}/namespaces/{self.namespace}/zegoapps/zego"

        def recorded() -> bool:
            conditions = self.cluster.ask("GET", app)["status"].get("conditions", [])
            return any(each["type"] == "DriftVerified" and each["status"] == "True" for each in conditions)

        until(recorded, of="the query has shown a mix, and this is recorded")

    def app_taken(self, **spec: object) -> bool:
        """Whether the API server would take such an app object."""
        collection = f"{ROOT}/namespaces/{self.namespace}/zegoapps"
        return self.cluster.request("POST", f"{collection}?dryRun=All", self._app("any", **spec)).is_success

    def _app(self, name: str, **spec: object) -> Json:
        return {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": "ZegoApp",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "appId": self.app_id,
                "endpoint": self.zego.url,
                "serverSecretRef": {"name": "zego", "key": "serverSecret"},
                **spec,
            },
        }

    def store_secret(self, value: str) -> None:
        """Put the ServerSecret into the Secret that the app refers to."""
        self.cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "zego", "namespace": self.namespace},
                "stringData": {"serverSecret": value},
            }
        )

    def manifest(self, name: str, **spec: object) -> Json:
        """Return an AutoMix for a room of the same name."""
        room = f"{self.namespace}-{name}"
        return {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": "AutoMix",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "roomId": room,
                "appRef": {"kind": "ZegoApp", "name": "zego"},
                "mixOutput": [{"streamId": f"{room}-mix"}],
                **spec,
            },
        }

    def taken(self, name: str, **spec: object) -> bool:
        """Whether the API server would take such an AutoMix."""
        collection = self.path(name).rpartition("/")[0]
        return self.cluster.request("POST", f"{collection}?dryRun=All", self.manifest(name, **spec)).is_success

    def declare(self, name: str, **spec: object) -> str:
        """Let the room exist and apply an AutoMix for it; returns the task id."""
        manifest = self.manifest(name, **spec)
        self.zego.room(manifest["spec"]["roomId"])
        self.cluster.apply(manifest)
        return str(manifest["spec"].get("taskId", manifest["spec"]["roomId"]))

    def started(self, name: str, **spec: object) -> str:
        """Declare an AutoMix and wait until it runs; returns the task id."""
        task_id = self.declare(name, **spec)
        self.wait_for(name, "Running")
        return task_id

    def changes(self, task_id: str) -> list[str]:
        """Return the calls that changed a mix, or were to, in order."""
        return [call["Action"] for call in self.zego.calls(task_id, "StartAutoMix", "StopAutoMix")]

    def path(self, name: str) -> str:
        """Return the object's path."""
        return f"{ROOT}/namespaces/{self.namespace}/automixes/{name}"

    def get(self, name: str) -> Json:
        """Return the object as stored."""
        return self.cluster.ask("GET", self.path(name))

    def status(self, name: str) -> Json:
        """Return the object's status."""
        status: Json = self.get(name)["status"]
        return status

    def reason(self, name: str) -> str:
        """Return the reason of Ready, once the current generation was observed."""
        mix = self.get(name)
        if mix["status"]["observedGeneration"] != mix["metadata"]["generation"]:
            return ""
        return next((c["reason"] for c in mix["status"].get("conditions", []) if c["type"] == "Ready"), "")

    def wait_for(self, name: str, reason: str, *, within: float = 20) -> Json:
        """Wait for a state and return the status."""
        until(
            lambda: self.reason(name) == reason,
            within=within,
            of=lambda: f"{name} is {reason}, not {self.reason(name)}",
        )
        return self.status(name)

    def change(self, name: str, **spec: object) -> None:
        """Change fields of the spec; None removes one."""
        self.cluster.ask("PATCH", self.path(name), {"spec": spec}, MERGE)

    def annotate(self, name: str, **annotations: str) -> None:
        """Set annotations of our group; underscores stand for hyphens."""
        named = {f"{GROUP}/{key.replace('_', '-')}": value for key, value in annotations.items()}
        self.cluster.ask("PATCH", self.path(name), {"metadata": {"annotations": named}}, MERGE)

    def delete(self, name: str) -> None:
        """Ask for the object's deletion."""
        self.cluster.ask("DELETE", self.path(name))

    def delete_at_once(self, name: str) -> None:
        """Take the object's finalizers off and delete it; once more, if the operator had put its own back before."""
        stripped = {"metadata": {"finalizers": None}}
        self.cluster.ask("PATCH", self.path(name), stripped, MERGE)
        self.delete(name)
        # Onto what is on its way out nobody can put one.
        self.cluster.request("PATCH", self.path(name), stripped, MERGE)
        self.wait_until_gone(name)

    def delete_all(self) -> None:
        """Ask for the deletion of all AutoMixes of the namespace."""
        self.cluster.ask("DELETE", self._collection)

    @property
    def _collection(self) -> str:
        return self.path("any").rpartition("/")[0]

    def wait_until_gone(self, name: str, *, within: float = 20) -> None:
        """Wait until the object is gone."""
        until(lambda: self.cluster.request("GET", self.path(name)).status_code == 404, within=within, of=f"{name} gone")

    def events(self, name: str) -> list[Json]:
        """Return the Events about an object, in their order."""
        listed = self.cluster.ask("GET", f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events")["items"]
        about = [event for event in listed if event["regarding"]["name"] == name]
        return sorted(about, key=lambda event: str(event["eventTime"]))

    def writes(self, name: str) -> list[tuple[str, str]]:
        """Return the operator's writes of an object, as verb and resource, from the API server's audit log."""
        return [(verb, resource) for verb, resource, about in self._writes() if about == name]

    def all_writes(self) -> list[tuple[str, str]]:
        """Return the operator's writes in the namespace, but Events."""
        return [(verb, resource) for verb, resource, _ in self._writes() if resource != "events"]

    def lists(self) -> int:
        """Return how often the operator listed AutoMixes of the namespace, or a page of them."""
        return sum(1 for entry in self._entries() if (entry["verb"], entry["objectRef"]["resource"]) == _LIST)

    def _writes(self) -> Iterator[tuple[str, str, str]]:
        for entry in self._entries():
            ref = entry["objectRef"]
            if entry["verb"] not in {"get", "list", "watch"}:
                resource = "/".join(filter(None, (ref["resource"], ref.get("subresource"))))
                yield entry["verb"], resource, ref.get("name", "")

    def _entries(self) -> Iterator[Json]:
        """Yield what the operator asked of the API server about the namespace."""
        for entry in self.cluster.audit():
            ours = entry["userAgent"].startswith("automix-operator")
            if ours and entry.get("objectRef", {}).get("namespace") == self.namespace:
                yield entry
