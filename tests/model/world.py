"""Everything around the operators, and what people do in it. Every deed is a sentence of the story."""


from collections import Counter
from collections.abc import Callable

from automix.kube.client import Json
from model import invariants
from model.api import MERGE, ROOT, Api, Key
from model.clock import Clock
from model.loop import VirtualLoop
from model.mixes import CAST, EDITS, ROOMS, manifest
from model.operator import Operator
from model.story import Story
from model.zego import APP_ID, Zego

_QUARTER_OF_AN_HOUR = 900
_A_WHILE = 70
_GROUP = "automix.zego.im"


class World:
    """One cluster's worth of objects, ZEGO, and the operators; made anew for each example."""

    def __init__(
        self, loop: VirtualLoop, api: Api, bugs: list[str], namespaces: tuple[str, ...] = ("model",)
    ) -> None:
        loop.start_over()
        bugs.clear()
        self._bugs = bugs
        self.loop = loop
        self.api = api
        self.story = Story()
        self.clock = Clock(loop)
        self.zego = Zego(loop, self.clock, self.story)
        self.past: dict[str, list[Json]] = {}
        """What each object's status and annotations were, over time."""
        self.unaccounted: set[str] = set()
        """Tasks that may run without any operator's fault: it was told to leave them, or nobody told it of them."""
        self.operators = [Operator(loop, api, self.zego, self.story, namespace) for namespace in namespaces]
        api.begin(self._changed, self.clock.text)
        for namespace in namespaces:
            self._reset_app(namespace)
        for room in ROOMS:
            self.zego.simulator.create_room(room, streams=[f"{room}-host"])
        for operator in self.operators:
            operator.start()

    # What people do

    def apply(self, namespace: str, name: str, *edits: str) -> None:
        """Create an object, with some edits made to it."""
        self.story.tell(f"the mix {name} is created{': ' if edits else ''}{', '.join(edits)}")
        body = manifest(namespace, name, *edits)
        self.loop.finish(self.api.send("POST", _collection(namespace), body, {"Content-Type": "application/json"}))

    def edit(self, namespace: str, name: str, *edits: str) -> None:
        """Change fields of an object."""
        self.story.tell(f"the mix {name} is edited: {', '.join(edits)}")
        spec = {field: value for edit in edits for field, value in EDITS[edit].items()}
        self._patch(namespace, name, {"spec": spec})

    def annotate(self, namespace: str, name: str, wish: str) -> None:
        """Ask for a restart, or for a look."""
        self.story.tell(f"a {wish} of {name} is requested")
        self._patch(
            namespace, name, {"metadata": {"annotations": {f"{_GROUP}/{wish}-requested-at": self.clock.text()}}}
        )

    def delete(self, namespace: str, name: str) -> None:
        """Ask for an object's deletion."""
        self.story.tell(f"the mix {name} is deleted")
        self.loop.finish(self.api.send("DELETE", f"{_collection(namespace)}/{name}"))

    def strip(self, namespace: str, name: str) -> None:
        """Take all finalizers and annotations off, as `kubectl replace` does."""
        self.story.tell(f"the mix {name} loses its finalizer and annotations to kubectl replace")
        self._patch(namespace, name, {"metadata": {"finalizers": None, "annotations": None}})

    def restore(self, namespace: str, name: str, version: int) -> None:
        """Put status and annotations back to what they were; version 0 is an empty status."""
        before = self.past[name][version] if version else {"status": {"observedGeneration": -1}, "annotations": None}
        self.story.tell(f"the status of {name} is {f'put back to its version {version}' if version else 'wiped'}")
        key = "AutoMix", namespace, name
        if before["annotations"] is not None:
            now = self.api.stored[key]["metadata"].get("annotations", {})
            annotations = dict.fromkeys(now) | before["annotations"]
            self._patch(namespace, name, {"metadata": {"annotations": annotations}})
        if key in self.api.stored:
            nothing = dict.fromkeys(self.api.stored[key]["status"])
            self._patch(namespace, name, {"status": nothing | before["status"]}, subresource="/status")

    # What is looked at

    def mixes(self) -> list[Key]:
        """Return the objects that exist."""
        return [key for key in self.api.stored if key[0] == "AutoMix"]

    def check(self) -> None:
        """Raise Violation for what does not hold after a step."""
        counted = self.tasks_accounted_for()
        for wrong in invariants.crowded(counted):
            self.story.accuse(wrong)
        for wrong in invariants.breaches(self.zego.simulator.state().counters.breaches, Counter()):
            self.story.accuse(wrong)
        while self._bugs:
            self.story.accuse(f"the operator logs: {self._bugs.pop()}")
        self.story.check()

    def tasks_accounted_for(self) -> list[invariants.TaskState]:
        """Return what runs that operators must answer for."""
        return [task for task in self.zego.tasks() if task.task_id not in self.unaccounted]

    # The end

    def calm_down(self) -> None:
        """Let all that went wrong end, and time pass until everything is as declared; raises Violation if it is not."""
        self.story.tell("everything around the operator is well again")
        self.zego.faults.clear()
        for operator in self.operators:
            operator.deaf.clear()
            if operator.alive and operator.process is not None:
                operator.process.mishaps.clear()
            else:
                operator.start()
            operator.catch_up()
        for room in ROOMS:
            self.zego.simulator.create_room(room, streams=[f"{room}-host"])
        self._wait(lambda: not list(self._unequal()), within=_QUARTER_OF_AN_HOUR)
        for wrong in self._unequal():
            self.story.accuse(f"a quarter of an hour later {wrong}")
        self.check()

    def delete_everything(self) -> None:
        """Delete all objects and see that nothing runs on for them; raises Violation if something does."""
        for _, namespace, name in self.mixes():
            if self.api.stored["AutoMix", namespace, name]["spec"]["deletionPolicy"] == "Orphan":
                self.edit(namespace, name, "deletionPolicy Delete")
            self.delete(namespace, name)
        self._wait(lambda: not self.mixes() and not self.tasks_accounted_for(), within=_QUARTER_OF_AN_HOUR)
        for _, _, name in self.mixes():
            self.story.accuse(f"a quarter of an hour later {name} is still being deleted")
        for task in self.tasks_accounted_for():
            self.story.accuse(f"{task.task_id} runs on, though its object is gone")
        self.check()

    def tear_down(self) -> None:
        """Leave nothing behind."""
        for operator in self.operators:
            if operator.process is not None:
                operator.process.dead = True
            operator.bury()
        for journey in tuple(self.zego.late):
            journey.cancel()
        self.loop.settle()
        for _, namespace, name in self.mixes():
            self._patch(namespace, name, {"metadata": {"finalizers": None}})
            if ("AutoMix", namespace, name) in self.api.stored:
                self.loop.finish(self.api.send("DELETE", f"{_collection(namespace)}/{name}"))

    def _unequal(self) -> list[str]:
        found: list[str] = []
        for key in self.mixes():
            mix = self.api.stored[key]
            if "deletionTimestamp" in mix["metadata"]:
                found.append(f"{key[2]} is still being deleted")
                continue
            app = self.api.stored["ZegoApp", key[1], "zego"]
            seen = any(c["type"] == "DriftVerified" and c["status"] == "True" for c in app["status"]["conditions"])
            task = self.zego.task(CAST[key[2]].task)
            found += invariants.unequal(mix, task, drift_is_seen=seen)
        return found

    def _wait(self, done: Callable[[], bool], within: float) -> None:
        end = self.loop.time() + within
        while not done() and self.loop.time() < end:
            self.loop.pass_time(_A_WHILE)
            self.check()
            for operator in self.operators:
                operator.start()

    def _changed(self, event: str, body: Json) -> None:
        if body["kind"] == "AutoMix":
            self._note_mix(event, body)
        for operator in self.operators:
            operator.see(event, body)

    def _note_mix(self, event: str, body: Json) -> None:
        name = body["metadata"]["name"]
        if event == "DELETED":
            self.past.pop(name, None)
            if body["spec"]["deletionPolicy"] == "Orphan":
                self.unaccounted.add(CAST[name].task)
            return
        kept = {"status": body["status"], "annotations": body["metadata"].get("annotations", {})}
        self.past.setdefault(name, []).append(kept)
        for wrong in invariants.wrong_in(body):
            self.story.accuse(wrong)

    def _patch(self, namespace: str, name: str, patch: Json, subresource: str = "") -> None:
        self.loop.finish(self.api.send("PATCH", f"{_collection(namespace)}/{name}{subresource}", patch, MERGE))

    def _reset_app(self, namespace: str) -> None:
        path = f"{ROOT}/namespaces/{namespace}/zegoapps/zego"
        status = {"observedGeneration": -1, "conditions": None}
        self.loop.finish(self.api.send("PATCH", f"{path}/status", {"status": status}, MERGE))
        self.loop.finish(self.api.send("PATCH", path, {"metadata": {"finalizers": None, "annotations": None}}, MERGE))


def _collection(namespace: str) -> str:
    return f"{ROOT}/namespaces/{namespace}/automixes"
