"""The rules: what happens to the operator and around it, one step each, in any order."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from model.api import Api
from model.loop import VirtualLoop
from model.mixes import CAST, EDITS, ROOMS
from model.operator import Operator
from model.people import Place
from model.troubles import TROUBLES, Trouble
from model.world import FIRST, Notes, World

_edits = st.lists(st.sampled_from(sorted(EDITS)), max_size=3, unique=True)
_pauses = st.sampled_from((0, 1, 3, 12, 70))
"""Seconds that pass at the end of a step."""
_deed: dict[str, Any] = {"data": st.data(), "trouble": TROUBLES, "pause": _pauses}
_COMPANY = ("nobody", "nobody else", "somebody", "somebody before", "a second cluster")
"""Who else wants the rooms; somebody before has a mix in the first one when its object is made."""


class Machine(RuleBasedStateMachine):
    """One example. Most steps are a deed, with or without trouble, and some time."""

    def __init__(self, loop: VirtualLoop, api: Api, notes: Notes) -> None:
        super().__init__()
        self.broken = True
        self.world = World(loop, api, notes)
        self.broken = False

    @initialize(edits=_edits, company=st.sampled_from(_COMPANY))
    def begin(self, edits: list[str], company: str) -> None:
        self.somebody = company in {"somebody", "somebody before"}
        if company == "somebody before":
            self.world.meddle(CAST["alpha"].room, CAST["alpha"].task, "starts", same_user=False)
        if company == "a second cluster":
            self.world.found_second_cluster()
        self.world.people.apply((FIRST, "alpha"), *edits)
        self.step(12)

    # What people do

    @precondition(lambda self: self.absent())
    @rule(edits=_edits, **_deed)
    def create(self, edits: list[str], data: st.DataObject, trouble: Trouble | None, pause: int) -> None:
        place = data.draw(st.sampled_from(self.absent()))
        self.beset(place, trouble)
        self.world.people.apply(place, *edits)
        self.step(pause)

    @precondition(lambda self: self.present())
    @rule(edits=_edits.filter(bool), **_deed)
    def edit(self, edits: list[str], data: st.DataObject, trouble: Trouble | None, pause: int) -> None:
        place = self.beset(self.one_of(data), trouble)
        self.world.people.edit(place, *edits)
        self.step(pause)

    @precondition(lambda self: self.present())
    @rule(edits=_edits.filter(bool), between=_pauses, **_deed)
    def edit_and_undo(
        self, edits: list[str], between: int, data: st.DataObject, trouble: Trouble | None, pause: int
    ) -> None:
        place = self.beset(self.one_of(data), trouble)
        before = self.world.spec(place)
        self.world.people.edit(place, *edits)
        self.step(between)
        if place in self.present():
            self.world.people.put_back(place, before)
        self.step(pause)

    @precondition(lambda self: self.present())
    @rule(wish=st.sampled_from(("restart", "reconcile")), **_deed)
    def annotate(self, wish: str, data: st.DataObject, trouble: Trouble | None, pause: int) -> None:
        self.world.people.annotate(self.beset(self.one_of(data), trouble), wish)
        self.step(pause)

    @precondition(lambda self: self.present())
    @rule(again=st.booleans(), **_deed)
    def delete(self, data: st.DataObject, trouble: Trouble | None, pause: int, *, again: bool) -> None:
        place = self.beset(self.one_of(data), trouble)
        self.world.people.delete(place)
        self.step(pause)
        if again and place in self.absent():
            self.world.people.apply(place)
            self.step(pause)

    @precondition(lambda self: self.present())
    @rule(delete=st.booleans(), **_deed)
    def strip(self, data: st.DataObject, trouble: Trouble | None, pause: int, *, delete: bool) -> None:
        place = self.beset(self.one_of(data), trouble)
        self.world.strip(place)
        if delete and place in self.present():
            self.world.people.delete(place)
        self.step(pause)

    @precondition(lambda self: self.present())
    @rule(**_deed)
    def restore(self, data: st.DataObject, trouble: Trouble | None, pause: int) -> None:
        place = self.beset(self.one_of(data), trouble)
        self.world.restore(place, data.draw(st.integers(0, len(self.world.past[place]) - 1)))
        self.step(pause)

    # What happens at ZEGO

    @precondition(lambda self: self.world.zego.tasks())
    @rule(**_deed)
    def kill(self, data: st.DataObject, trouble: Trouble | None, pause: int) -> None:
        task_id = data.draw(st.sampled_from([task.task_id for task in self.world.zego.tasks()]))
        self.beset((FIRST, ""), trouble)
        self.world.story.tell(f"the mix of task {task_id} dies at ZEGO")
        self.world.zego.simulator.kill_task(task_id)
        self.step(pause)

    @rule(room=st.sampled_from(ROOMS), pause=_pauses)
    def leave_or_come(self, room: str, pause: int) -> None:
        self.world.empty_or_fill(room)
        self.step(pause)

    @precondition(lambda self: self.somebody)
    @rule(how=st.sampled_from(("starts", "stops", "restarts")), same_user=st.booleans(), **_deed)
    def meddle(self, how: str, data: st.DataObject, trouble: Trouble | None, pause: int, *, same_user: bool) -> None:
        name = data.draw(st.sampled_from(sorted(CAST)))
        self.beset((FIRST, name), trouble)
        self.world.meddle(CAST[name].room, CAST[name].task, how, same_user=same_user)
        self.step(pause)

    # Processes, watches and time

    @rule(data=st.data(), returns=st.booleans(), jump=st.sampled_from((0, -7200, -90, -2, 2, 90, 7200)))
    def die_at_rest(self, data: st.DataObject, jump: int, *, returns: bool) -> None:
        operator = self.an_operator(data)
        if jump:
            self.world.story.tell(f"the clock of the operator's machine jumps by {jump} seconds")
            operator.clock.offset += jump
        operator.returns = returns
        if operator.process is not None:
            operator.process.die("at rest")
        self.step()

    @precondition(lambda self: self.present())
    @rule(edits=_edits, **_deed)
    def hand_over(self, edits: list[str], data: st.DataObject, trouble: Trouble | None, pause: int) -> None:
        place = self.beset(self.one_of(data), trouble)
        if edits:
            self.world.people.edit(place, *edits)
        self.world.operator_of(place[0]).hand_over()
        self.step(pause)

    @precondition(lambda self: any(not operator.alive for operator in self.world.operators))
    @rule()
    def return_to_life(self) -> None:
        for operator in self.world.operators:
            operator.returns = True
        self.step()

    @precondition(lambda self: self.present())
    @rule(data=st.data())
    def silence_the_watch(self, data: st.DataObject) -> None:
        namespace, name = self.one_of(data)
        self.world.story.tell(f"the watch falls silent about {name}")
        self.world.operator_of(namespace).deaf.add(name)

    @precondition(lambda self: any(operator.deaf for operator in self.world.operators))
    @rule(forgets=st.booleans())
    def hear_again(self, *, forgets: bool) -> None:
        what = "begin anew, and tell nothing of what vanished" if forgets else "catch up"
        self.world.story.tell(f"the watches {what}")
        for operator in self.world.operators:
            operator.hear_again(forgets=forgets)
        self.step()

    @precondition(lambda self: self.present())
    @rule(data=st.data(), pause=_pauses)
    def repeat(self, data: st.DataObject, pause: int) -> None:
        namespace, name = self.one_of(data)
        self.world.story.tell(f"the watch repeats itself about {name}")
        self.world.operator_of(namespace).hear_twice(name)
        self.step(pause)

    @rule(seconds=st.sampled_from((2, 30, 400)))
    def wait(self, seconds: int) -> None:
        self.step(seconds)

    def teardown(self) -> None:
        try:
            if not self.broken:
                self.world.calm_down()
                self.world.delete_everything()
        finally:
            self.world.tear_down()

    # Parts of the rules

    def absent(self) -> list[Place]:
        """Return the places where no object is."""
        taken = set(self.present())
        everywhere = [(operator.namespace, name) for operator in self.world.operators for name in CAST]
        return [place for place in everywhere if place not in taken]

    def present(self) -> list[Place]:
        """Return where objects are."""
        return self.world.places()

    def one_of(self, data: st.DataObject) -> Place:
        """Choose an object."""
        return data.draw(st.sampled_from(self.present()))

    def an_operator(self, data: st.DataObject) -> Operator:
        """Choose an operator."""
        return data.draw(st.sampled_from(self.world.operators))

    def beset(self, place: Place, trouble: Trouble | None) -> Place:
        """Let a trouble come over the operator of a place; returns the place."""
        if trouble is not None:
            trouble(self.world, self.world.operator_of(place[0]))
        return place

    def step(self, seconds: int = 0) -> None:
        """Let happen what happens, and time pass; look whether all is right."""
        try:
            self.world.go_on(seconds)
        except BaseException:
            self.broken = True
            raise
