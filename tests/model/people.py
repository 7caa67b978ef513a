"""What people do to AutoMixes; every deed is a sentence of the story."""

from collections.abc import Callable

from automix.kube.client import Json
from model.api import MERGE, ROOT, Api
from model.loop import VirtualLoop
from model.mixes import EDITS, manifest
from model.story import Story

_GROUP = "automix.zego.im"
Place = tuple[str, str]
"""Namespace and name of an AutoMix."""


class People:
    """Everybody with kubectl."""

    def __init__(self, loop: VirtualLoop, api: Api, story: Story, now: Callable[[], str]) -> None:
        self._loop = loop
        self._api = api
        self._story = story
        self._now = now

    def apply(self, place: Place, *edits: str) -> None:
        """Create an object, with some edits made to it."""
        self._story.tell(f"the mix {named(place)} is created{': ' if edits else ''}{', '.join(edits)}")
        self._send("POST", collection(place[0]), manifest(*place, *edits), "application/json")

    def edit(self, place: Place, *edits: str) -> None:
        """Change fields of an object."""
        self._story.tell(f"the mix {named(place)} is edited: {', '.join(edits)}")
        self._patch(place, {"spec": {field: value for edit in edits for field, value in EDITS[edit].items()}})

    def put_back(self, place: Place, spec: Json) -> None:
        """Let a spec be what it was."""
        self._story.tell(f"the edit of {named(place)} is undone")
        nothing = dict.fromkeys(self._api.stored["AutoMix", *place]["spec"])
        self._patch(place, {"spec": nothing | spec})

    def annotate(self, place: Place, wish: str) -> None:
        """Ask for a restart, or for a look."""
        self._story.tell(f"a {wish} of {named(place)} is requested")
        self._patch(place, {"metadata": {"annotations": {f"{_GROUP}/{wish}-requested-at": self._now()}}})

    def delete(self, place: Place) -> None:
        """Ask for an object's deletion."""
        self._story.tell(f"the mix {named(place)} is deleted")
        self._send("DELETE", path(place))

    def strip(self, place: Place) -> None:
        """Take all finalizers and annotations off, as `kubectl replace` does."""
        self._story.tell(f"the mix {named(place)} loses its finalizer and annotations to kubectl replace")
        self._patch(place, {"metadata": {"finalizers": None, "annotations": None}})

    def let_go(self, place: Place) -> None:
        """Take all finalizers off."""
        self._patch(place, {"metadata": {"finalizers": None}})

    def restore(self, place: Place, status: Json, annotations: Json | None) -> None:
        """Put the status back to what it was, and the annotations, unless they stay."""
        key = "AutoMix", *place
        if annotations is not None:
            now = self._api.stored[key]["metadata"].get("annotations", {})
            self._patch(place, {"metadata": {"annotations": dict.fromkeys(now) | annotations}})
        if key in self._api.stored:
            nothing = dict.fromkeys(self._api.stored[key]["status"])
            self._patch(place, {"status": nothing | status}, "/status")

    def reset_app(self, namespace: str) -> None:
        """Make the app as if nobody had ever looked at it."""
        app = f"{ROOT}/namespaces/{namespace}/zegoapps/zego"
        status = {"observedGeneration": -1, "conditions": None}
        self._send("PATCH", f"{app}/status", {"status": status}, MERGE["Content-Type"])
        self._send("PATCH", app, {"metadata": {"finalizers": None, "annotations": None}}, MERGE["Content-Type"])

    def _patch(self, place: Place, patch: Json, subresource: str = "") -> None:
        self._send("PATCH", path(place) + subresource, patch, MERGE["Content-Type"])

    def _send(self, method: str, where: str, body: Json | None = None, kind: str = "application/json") -> None:
        self._loop.finish(self._api.send(method, where, body, {"Content-Type": kind}))


def named(place: Place) -> str:
    """Return an object's name in a story; that of the first cluster is left out."""
    namespace, name = place
    return name if namespace == "model" else f"{namespace}/{name}"


def collection(namespace: str) -> str:
    """Return the path of a namespace's AutoMixes."""
    return f"{ROOT}/namespaces/{namespace}/automixes"


def path(place: Place) -> str:
    """Return an object's path."""
    return f"{collection(place[0])}/{place[1]}"
