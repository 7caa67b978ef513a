"""Everything there is in one example: the API server's objects, ZEGO, the operators; and what is noticed of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from automix.kube.client import Json
from automix_devkit.simulator.state import TaskState
from model import invariants
from model.api import Api
from model.clock import Clock
from model.loop import VirtualLoop
from model.mixes import CAST, ROOMS
from model.operator import Operator
from model.people import People, Place, named
from model.process import Process
from model.story import Story
from model.zego import Zego

FIRST, SECOND = "model", "mirror"
"""Namespaces of the two clusters that share an app at ZEGO and, here, an API server."""

_A_WHILE = 70
_LASTING = 2
_HALF_AN_HOUR = 1800
# Long enough for several sweeps.
_HOURS = 2 * 3600


@dataclass
class Notes:
    """What is kept beyond one example."""

    bugs: list[str]
    """What the operator logged as an error, since that was last looked at."""
    reasons: set[str] = field(default_factory=set)
    """The reasons of all statuses that were ever written."""


class World:
    """All of it, made anew for each example."""

    def __init__(self, loop: VirtualLoop, api: Api, notes: Notes) -> None:
        loop.start_over()
        notes.bugs.clear()
        self.loop = loop
        self.story = Story()
        self.clock = Clock(loop)
        self.zego = Zego(loop, self.clock, self.story)
        self.zego.watch_calls = self._judge_call
        self.zego.is_leaving = self._is_leaving
        self.people = People(loop, api, self.story, self.clock.text)
        self.past: dict[Place, list[tuple[Json, Json]]] = {}
        """What each object's status and annotations were, over time."""
        self.operators: list[Operator] = []
        self.shared: set[str] = set()
        """Tasks that somebody else has started or stopped."""
        self._api = api
        self._notes = notes
        self._restored: set[Place] = set()
        self._put_back: set[Place] = set()
        """Objects whose claim a person put back, whoever holds the room meanwhile: then two may."""
        self._excused: set[str] = set()
        """Tasks that may run without any operator's fault: it was told to leave them, or nobody could tell it."""
        self._unclaimed: set[str] = set()
        """Tasks that run since before all that told of their start was lost: under Refuse they are somebody else's."""
        self._left: set[str] = set()
        """Tasks that ran on when their object went: of the next object's under Refuse they are as little."""
        self._vanished: dict[str, Process] = {}
        """Tasks of objects that vanished without their operator's leave, which its process alone knows of."""
        api.begin(self._changed, self.clock.text)
        self.open_room(*ROOMS)
        self.found_cluster(FIRST)

    def found_second_cluster(self) -> None:
        """Begin a second cluster, whose objects want the same tasks of the same app."""
        self.story.tell("a second cluster is made with the same app")
        self.shared |= {casting.task for casting in CAST.values()}
        self.found_cluster(SECOND)

    def found_cluster(self, namespace: str) -> None:
        """Begin to run an operator for a namespace."""
        self.people.reset_app(namespace)
        self.operators.append(Operator(self.loop, self._api, self.zego, self.story, namespace))
        self.operators[-1].start()

    def meddle(self, room: str, task_id: str, how: str, *, same_user: bool) -> None:
        """Let somebody else with the same ServerSecret start a task, stop it, or both."""
        running = self.zego.task(task_id)
        user = str(running.parameters["UserId"]) if running and same_user else "somebody"
        self.story.tell(f"somebody else {how} the task {task_id} as {'its' if user != 'somebody' else 'another'} user")
        self.shared.add(task_id)
        self.loop.finish(self.zego.meddle(room, task_id, user, int(self.clock()), how))

    def empty_or_fill(self, room: str) -> None:
        """Let everybody leave a room, or let people come into an empty one."""
        if any(known.room_id == room for known in self.zego.simulator.state().rooms):
            self.story.tell(f"everybody leaves the room {room}")
            self.zego.simulator.remove_room(room)
        else:
            self.story.tell(f"people come into the room {room}")
            self.open_room(room)

    def open_room(self, *rooms: str) -> None:
        """Let somebody be in the rooms and publish."""
        for room in rooms:
            self.zego.simulator.create_room(room, streams=[f"{room}-host"])

    def strip(self, place: Place) -> None:
        """Take all finalizers and annotations off."""
        self.people.strip(place)
        self.zego.lose_claim(CAST[place[1]].task)

    def restore(self, place: Place, version: int) -> None:
        """Put status and annotations back to what they were; version 0 is an empty status beside what is there."""
        what = f"put back to its version {version}" if version else "wiped"
        self.story.tell(f"the status of {named(place)} is {what}")
        status, annotations = self.past[place][version] if version else ({"observedGeneration": -1}, None)
        self._restored.add(place)
        if version:
            self._put_back.add(place)
            if status.get("startTime") != self.past[place][-1][0].get("startTime"):
                # Nothing tells any more who started what runs: by its age it is somebody else's.
                self._unclaimed.add(CAST[place[1]].task)
        self.people.restore(place, status, annotations)

    def go_on(self, seconds: float) -> None:
        """Let happen what happens, and time pass; raises Violation for what does not hold."""
        self.loop.settle()
        self._look_after()
        if seconds:
            self.story.tell(f"{seconds} seconds pass")
            self.loop.pass_time(seconds)
            self._look_after()

    def operator_of(self, namespace: str) -> Operator:
        """Return a namespace's operator."""
        return next(operator for operator in self.operators if operator.namespace == namespace)

    def spec(self, place: Place) -> Json:
        """Return an object's spec."""
        spec: Json = self._api.stored["AutoMix", *place]["spec"]
        return spec

    # What is looked at

    def places(self, namespace: str | None = None) -> list[Place]:
        """Return the AutoMixes that exist."""
        return [
            (where, name) for kind, where, name in self._api.stored if kind == "AutoMix" and namespace in {None, where}
        ]

    def check(self) -> None:
        """Raise Violation for what does not hold after a step."""
        for task, process in self._vanished.items():
            if process.dead:
                self._excused.add(task)
        state = self.zego.simulator.state()
        answered_for = [task for task in state.tasks if self._is_accounted_for(task) and not self._is_contested(task)]
        for wrong in (*invariants.crowded(answered_for), *invariants.breaches(state.counters.breaches)):
            self.story.accuse(wrong)
        while self._notes.bugs:
            bug = self._notes.bugs.pop()
            if not self._tells_of_a_ghost(bug):
                self.story.accuse(f"the operator logs: {bug}")
        self.story.check()

    def calm_down(self) -> None:
        """Let all that went wrong end, and time pass until everything is as declared; raises Violation if it is not."""
        self.story.tell("everything around the operator is well again")
        self.zego.faults.clear()
        for operator in self.operators:
            operator.be_well()
        self.open_room(*ROOMS)
        self._wait(lambda: not self._unequal(), within=_HALF_AN_HOUR)
        for wrong in self._unequal():
            self.story.accuse(f"half an hour later {wrong}")
        self.check()

    def delete_everything(self) -> None:
        """Delete all objects and see that nothing runs on for them; raises Violation if something does."""
        for place in self.places():
            if self._api.stored["AutoMix", *place]["spec"]["deletionPolicy"] == "Orphan":
                self.people.edit(place, "deletionPolicy Delete")
            if place in self.places():
                self.people.delete(place)
        self._wait(lambda: not self.places() and not self._accounted_for(), within=_HOURS)
        for place in self.places():
            self.story.accuse(f"two hours later {named(place)} is still being deleted")
        for task in self._accounted_for():
            self.story.accuse(f"{task.task_id} runs on, though its object is gone")
        self.check()

    def tear_down(self) -> None:
        """Leave nothing behind."""
        for operator in self.operators:
            operator.end()
        for journey in tuple(self.zego.late):
            journey.cancel()
        self.loop.settle()
        for place in self.places():
            self.people.let_go(place)
            if place in self.places():
                self.people.delete(place)

    def _tells_of_a_ghost(self, bug: str) -> bool:
        """Whether a process that ends in order says that it leaves the mix of an object behind that had vanished."""
        what, _, ghost = bug.rpartition("/")
        name, _, _uid = ghost.partition("@")
        return what.startswith("mix orphaned ") and CAST[name].task in self._vanished

    def _look_after(self) -> None:
        self.check()
        for operator in self.operators:
            if operator.returns and not operator.alive:
                operator.start()
                self.check()

    def _accounted_for(self) -> list[TaskState]:
        """Return what runs that the operators must answer for."""
        return [task for task in self.zego.tasks() if self._is_accounted_for(task)]

    def _is_accounted_for(self, task: TaskState) -> bool:
        return task.task_id not in self._excused and task.task_id not in self.shared

    def _is_contested(self, task: TaskState) -> bool:
        """Whether two hold the room as a person put back the claim of one: both keep it until one is deleted."""
        room = task.parameters["RoomId"]
        mixes = {place: self._api.stored["AutoMix", *place] for place in self.places() if CAST[place[1]].room == room}
        holders = {place for place, mix in mixes.items() if invariants.holding(mix)}
        return len(holders) > 1 and bool(holders & self._put_back)

    def _unequal(self) -> list[str]:
        return [wrong for place in self.places() for wrong in self._unequal_of(place)]

    def _unequal_of(self, place: Place) -> list[str]:
        mix, app = self._api.stored["AutoMix", *place], self._api.stored["ZegoApp", place[0], "zego"]
        task = CAST[place[1]].task
        if "deletionTimestamp" in mix["metadata"]:
            return [f"{named(place)} is still being deleted"]
        conditions = app["status"].get("conditions", [])
        quiet = invariants.Quiet(
            mix=mix,
            task=self.zego.task(task),
            drift_is_seen=any(c["type"] == "DriftVerified" and c["status"] == "True" for c in conditions),
            # Of what ran before anything told of it, a start changes what can change in place, and only its age tells.
            shared=task in self.shared | self._unclaimed | self.zego.untold,
            restored=place in self._restored,
            rivalled=any(
                CAST[name].room == CAST[place[1]].room for _, name in self.places(place[0]) if name != place[1]
            ),
        )
        return list(invariants.unequal(quiet))

    def _wait(self, done: Callable[[], bool], within: float) -> None:
        """Let time pass until all is done, and is so a while later too."""
        end, calm = self.loop.time() + within, 0
        while self.loop.time() < end and calm < _LASTING:
            self.loop.pass_time(_A_WHILE)
            self._look_after()
            calm = calm + 1 if done() else 0

    # What is noticed

    def _judge_call(self, process: Process, name: str, action: str, body: Json) -> None:
        """Note a change that is sent: only who holds the task may ask for it."""
        operator = self._operator_with(process)
        place = operator.namespace, name
        stored = self._api.stored.get(("AutoMix", *place))
        if action == "StartAutoMix" and stored is not None and invariants.holding(stored):
            self._excused.discard(body["TaskId"])
            if self.zego.task(body["TaskId"]) is None:
                self._unclaimed.discard(body["TaskId"])
                self._left.discard(body["TaskId"])
        if place in self._put_back and name in operator.deaf:
            return  # as far as it knows, this one holds the room
        for holder in invariants.holders_beside(self._api.stored, *place):
            if holder not in operator.deaf:
                self.story.accuse(f"{action} for {name}, though {holder} holds the room")

    def _is_leaving(self, process: Process, name: str) -> bool:
        stored = self._api.stored.get(("AutoMix", self._operator_with(process).namespace, name))
        return stored is None or "deletionTimestamp" in stored["metadata"]

    def _operator_with(self, process: Process) -> Operator:
        return next(operator for operator in self.operators if operator.runs(process))

    def _changed(self, event: str, body: Json) -> None:
        if body["kind"] == "AutoMix":
            self._note_mix(event, body)
        for operator in self.operators:
            operator.see(event, body)

    def _note_mix(self, event: str, body: Json) -> None:
        meta = body["metadata"]
        place = meta["namespace"], meta["name"]
        if event == "DELETED":
            self._note_end(place, body)
            return
        if event == "ADDED":
            self.past[place] = []
            self._put_back.discard(place)
            for operator in self.operators:
                operator.forget_release(place[1])
        known = body["status"], meta.get("annotations", {})
        if self.past[place] and invariants.holds(*self.past[place][-1]) and not invariants.holds(*known):
            # Nothing tells any more that a call was ever made.
            self._excused.add(CAST[place[1]].task)
            self._unclaimed.add(CAST[place[1]].task)
        if self.past[place] and self._has_lost_word_of_a_call(place, *known):
            # What runs is younger than its record: by its age it is somebody else's.
            self._unclaimed.add(CAST[place[1]].task)
        self.past[place].append(known)
        self._notes.reasons.add(invariants.reason_of(body))
        for wrong in invariants.wrong_in(body):
            self.story.accuse(wrong)

    def _has_lost_word_of_a_call(self, place: Place, status: Json, annotations: Json) -> bool:
        """Whether nobody knows any more of a call that was not recorded: its process is dead, and its claim gone."""
        knows = self.operator_of(place[0]).alive
        before = self.past[place][-1]
        return not knows and invariants.may_have_called(*before) and not invariants.may_have_called(status, annotations)

    def _note_end(self, place: Place, body: Json) -> None:
        task = CAST[place[1]].task
        operator = self.operator_of(place[0])
        somebody_elses = task in self._unclaimed | self._left | self.zego.survivors  # by its age
        refused = body["spec"]["adoptionPolicy"] == "Refuse" and somebody_elses
        if refused or body["spec"]["deletionPolicy"] == "Orphan" or operator.process is None or not operator.alive:
            self._excused.add(task)
            self._left.add(task)
        elif not operator.released(place[1]):
            self._vanished[task] = operator.process
