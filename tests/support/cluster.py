"""A real API server as tests use it: objects in, objects out, and its audit log."""

import base64
import json
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from automix_devkit.controlplane import ControlPlane
from support.waiting import until

Json = dict[str, Any]
REPOSITORY = Path(__file__).parents[2]
GROUP = "automix.zego.im"
ROOT = f"/apis/{GROUP}/v1alpha1"
KINDS = ("automixes", "zegoapps", "clusterzegoapps")
_WEEK = 7 * 24 * 3600


class Cluster:
    """The control plane, spoken to as its administrator."""

    def __init__(self, plane: ControlPlane, audit_log: Path) -> None:
        self.plane = plane
        self._audit_log = audit_log
        self._audited = 0
        self.http = httpx.Client(base_url=plane.url, verify=tls_context(plane), timeout=30)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def request(self, method: str, path: str, body: object = None, kind: str = "application/json") -> httpx.Response:
        """Send a request as it is."""
        # YAML, which an apply patch is, has no pairs of escapes for one character.
        content = None if body is None else json.dumps(body, ensure_ascii=False)
        return self.http.request(method, path, content=content, headers={"Content-Type": kind})

    def ask(self, method: str, path: str, body: object = None, kind: str = "application/json") -> Json:
        """Send a request that must succeed, again when the API server asks for time, as it does for a new kind."""

        def answered() -> httpx.Response | None:
            answer = self.request(method, path, body, kind)
            return None if answer.status_code == httpx.codes.TOO_MANY_REQUESTS else answer

        answer = until(answered, of=f"the API server has time for {method} {path}")
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        decoded: Json = answer.json()
        return decoded

    def install(self, manifest: Path) -> None:
        """Apply all documents of a manifest, server-side."""
        for document in yaml.safe_load_all(manifest.read_text(encoding="utf-8")):
            self.apply(document)

    def apply(self, document: Json, *, dry_run: bool = False) -> Json:
        """Apply one object, server-side."""
        path = f"{self._collection(document)}/{document['metadata']['name']}"
        query = "fieldManager=tests&force=true" + ("&dryRun=All" if dry_run else "")
        return self.ask("PATCH", f"{path}?{query}", document, "application/apply-patch+yaml")

    def delete(self, document: Json) -> None:
        """Delete the object of a document."""
        self.ask("DELETE", f"{self._collection(document)}/{document['metadata']['name']}")

    def namespace(self, name: str) -> str:
        """Make a namespace."""
        self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        return name

    def token(self, account: str, namespace: str = "automix-system") -> str:
        """Return a token of a ServiceAccount that lasts longer than any run of the tests."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        return str(self.ask("POST", path, {"spec": {"expirationSeconds": _WEEK}})["status"]["token"])

    def wait_for_crds(self) -> None:
        """Wait until our kinds are served."""
        for kind in KINDS:
            until(lambda kind=kind: self.request("GET", f"{ROOT}/{kind}").is_success, of=f"{kind} are served")  # type: ignore[misc]

    def forget_everything(self) -> None:
        """Take all objects of our kinds away, whatever holds them."""
        for kind in KINDS:
            for stored in self.ask("GET", f"{ROOT}/{kind}")["items"]:
                meta = stored["metadata"]
                where = f"/namespaces/{meta['namespace']}" if "namespace" in meta else ""
                path = f"{ROOT}{where}/{kind}/{meta['name']}"
                self.request("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")
                self.request("DELETE", path)

    @contextmanager
    def without_rules(self, plural: str, taken: Callable[[], bool]) -> Iterator[None]:
        """Have a CRD without CEL rules, as an older one may be; `taken` tells whether what breaks one is taken."""
        crd = yaml.safe_load((REPOSITORY / "crds" / f"{plural}.yaml").read_text(encoding="utf-8"))
        self.apply(_without(crd, "x-kubernetes-validations"))
        until(taken, of=f"the rules of {plural} are gone")
        try:
            yield
        finally:
            self.apply(crd)
            until(lambda: not taken(), of=f"the rules of {plural} are back")

    def audit(self, containing: str = "") -> list[Json]:
        """Return the requests that the API server answered, those with a text in their lines of the log."""
        with self._audit_log.open("rb") as log:
            log.seek(self._audited)
            lines = log.read().decode().splitlines()
        return [json.loads(line) for line in lines if containing in line and line.endswith("}")]

    def forget_audit(self) -> None:
        """Have the audit begin anew."""
        self._audited = self._audit_log.stat().st_size

    def watch(self, path: str, seconds: int, since: str = "") -> Iterator[Json]:
        """Yield watch events of a collection: those after a resourceVersion, or what there is and all that comes.

        Raises httpx.HTTPStatusError where it is not served.
        """
        query = f"?watch=true&timeoutSeconds={seconds}&allowWatchBookmarks=false&resourceVersion={since}"
        with self.http.stream("GET", path + query, timeout=seconds + 10) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                yield json.loads(line)

    def _collection(self, document: Json) -> str:
        version, kind = document["apiVersion"], document["kind"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        namespace = document["metadata"].get("namespace")
        plural = _PLURALS.get(kind, kind.lower() + "s")
        cluster_scoped = kind.startswith(("Cluster", "ValidatingAdmission")) or kind in _CLUSTER_SCOPED
        return f"{root}/{plural}" if cluster_scoped else f"{root}/namespaces/{namespace or 'default'}/{plural}"


_PLURALS = {"AutoMix": "automixes", "ValidatingAdmissionPolicy": "validatingadmissionpolicies"}
_CLUSTER_SCOPED = ("CustomResourceDefinition", "Namespace")


def _without(node: Any, key: str) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(node, list):
        return [_without(item, key) for item in node]
    if isinstance(node, dict):
        return {name: _without(inner, key) for name, inner in node.items() if name != key}
    return node


def tls_context(plane: ControlPlane) -> ssl.SSLContext:
    """Return how its administrator speaks with it."""
    user = yaml.safe_load(plane.kubeconfig)["users"][0]["user"]
    context = ssl.create_default_context(cadata=plane.ca_certificate)
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name in ("client-certificate-data", "client-key-data"):
            files[name] = Path(folder) / name
            files[name].write_bytes(base64.b64decode(user[name]))
        context.load_cert_chain(files["client-certificate-data"], files["client-key-data"])
    return context
