"""The rules: what may happen to the operator and around it, one step each, in any order."""

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from automix_devkit.simulator import Fault
from model.api import Api
from model.loop import VirtualLoop
from model.mixes import CAST, EDITS, ROOMS
from model.operator import Operator
from model.process import End, Mishap, Moment
from model.story import Violation
from model.world import World

_ACTIONS = ("StartAutoMix", "StopAutoMix", "GetMixTaskInfo", None)
_FAULTS = {
    "loses the next {}": Fault(lost="before"),
    "loses the answer to the next {}": Fault(lost="after"),
    "breaks off the answer to the next {}": Fault(lost="midway"),
    "answers 500 to the next {}": Fault(status=500),
    "answers 500 to the next {}, which has its effect": Fault(status=500, effect=True),
    "is too busy for the next {}": Fault(code=110200194),
    "says that it is too busy for the next {}, which has its effect": Fault(code=110200194, effect=True),
    "fails the next {}": Fault(code=110200001),
    "fails the next {}, which has its effect": Fault(code=110200001, effect=True),
    "lies of success of the next {}": Fault(code=0),
    "takes three seconds for the next {}": Fault(delay_before=3),
    "answers the next {} three seconds late": Fault(delay_after=3),
    "executes the next {} after its caller gave up": Fault(delay_before=12),
}
_edits = st.lists(st.sampled_from(sorted(EDITS)), max_size=3, unique=True)


class Machine(RuleBasedStateMachine):
    """One example."""

    NAMESPACE: ClassVar = "model"

    def __init__(self, loop: VirtualLoop, api: Api, bugs: list[str]) -> None:
        super().__init__()
        self.world = World(loop, api, bugs)
        self.broken = False

    @property
    def operator(self) -> Operator:
        """The operator."""
        return self.world.operators[0]

    def names(self, *, there: bool) -> list[str]:
        """Return the names of the objects that exist, or of those that do not."""
        living = {name for _, _, name in self.world.mixes()}
        return [name for name in CAST if (name in living) is there]

    def some_exist(self) -> bool:
        """Whether there is an object."""
        return bool(self.names(there=True))

    def runs(self) -> bool:
        """Whether the operator runs."""
        return self.operator.alive

    # People

    @precondition(lambda self: self.names(there=False))
    @rule(data=st.data(), edits=_edits)
    def create(self, data: st.DataObject, edits: list[str]) -> None:
        self.world.apply(self.NAMESPACE, data.draw(st.sampled_from(self.names(there=False))), *edits)
        self.step()

    @precondition(some_exist)
    @rule(data=st.data(), edits=_edits.filter(bool))
    def edit(self, data: st.DataObject, edits: list[str]) -> None:
        self.world.edit(self.NAMESPACE, self.one_of(data), *edits)
        self.step()

    @precondition(some_exist)
    @rule(data=st.data(), wish=st.sampled_from(("restart", "reconcile")))
    def annotate(self, data: st.DataObject, wish: str) -> None:
        self.world.annotate(self.NAMESPACE, self.one_of(data), wish)
        self.step()

    @precondition(some_exist)
    @rule(data=st.data(), again=st.booleans())
    def delete(self, data: st.DataObject, again: bool) -> None:
        name = self.one_of(data)
        self.world.delete(self.NAMESPACE, name)
        if again and name in self.names(there=False):
            self.world.apply(self.NAMESPACE, name)
        self.step()

    @precondition(some_exist)
    @rule(data=st.data())
    def strip(self, data: st.DataObject) -> None:
        self.world.strip(self.NAMESPACE, self.one_of(data))
        self.step()

    @precondition(some_exist)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        name = self.one_of(data)
        self.world.restore(self.NAMESPACE, name, data.draw(st.integers(0, len(self.world.past[name]) - 1)))
        self.step()

    # The operator

    @precondition(runs)
    @rule(moment=st.sampled_from(Moment), countdown=st.integers(0, 4), back=st.booleans())
    def die(self, moment: Moment, countdown: int, back: bool) -> None:
        del back
        process = self.operator.process
        if process is not None:
            process.mishaps.append(Mishap(End.DEATH, moment, countdown))
        self.step()

    @precondition(lambda self: not self.operator.alive)
    @rule()
    def start(self) -> None:
        self.operator.start()
        self.step()

    @precondition(runs)
    @rule()
    def restart(self) -> None:
        if self.operator.process is not None:
            self.operator.process.die("at rest")
        self.operator.start()
        self.step()

    # What is around it

    @rule(wording=st.sampled_from(sorted(_FAULTS)), action=st.sampled_from(_ACTIONS))
    def disturb_zego(self, wording: str, action: str | None) -> None:
        self.world.story.tell(f"ZEGO {wording.format(action or 'call')}")
        self.world.zego.faults.append(_FAULTS[wording].model_copy(update={"action": action}))

    @precondition(runs)
    @rule(moment=st.sampled_from((Moment.BEFORE, Moment.AFTER)), countdown=st.integers(0, 3))
    def disturb_the_api_server(self, moment: Moment, countdown: int) -> None:
        process = self.operator.process
        if process is not None:
            process.mishaps.append(Mishap(End.NO_ANSWER, moment, countdown))

    @rule(name=st.sampled_from(sorted(CAST)))
    def hold_the_watch(self, name: str) -> None:
        self.world.story.tell(f"the watch falls silent about {name}")
        self.operator.deaf.add(name)

    @precondition(lambda self: self.operator.deaf)
    @rule()
    def catch_up(self) -> None:
        self.world.story.tell("the watch catches up")
        self.operator.deaf.clear()
        self.operator.catch_up()
        self.step()

    @precondition(runs)
    @rule()
    def list_again(self) -> None:
        self.world.story.tell("the watch begins anew and tells nothing of what vanished")
        self.operator.deaf.clear()
        self.operator.list_again()
        self.step()

    @rule(name=st.sampled_from(sorted(CAST)))
    def repeat(self, name: str) -> None:
        if self.operator.hear_again(name):
            self.world.story.tell(f"the watch repeats itself about {name}")
        self.step()

    @rule(seconds=st.sampled_from((1, 3, 12, 70, 400)))
    def wait(self, seconds: int) -> None:
        self.world.story.tell(f"{seconds} seconds pass")
        self.world.loop.pass_time(seconds)
        self.step()

    @precondition(lambda self: self.world.zego.tasks())
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        task_id = data.draw(st.sampled_from([task.task_id for task in self.world.zego.tasks()]))
        self.world.story.tell(f"the task {task_id} dies at ZEGO")
        self.world.zego.simulator.kill_task(task_id)

    @rule(room=st.sampled_from(ROOMS))
    def leave_or_come(self, room: str) -> None:
        simulator = self.world.zego.simulator
        if any(known.room_id == room for known in simulator.state().rooms):
            self.world.story.tell(f"everybody leaves the room {room}")
            simulator.remove_room(room)
        else:
            self.world.story.tell(f"people come into the room {room}")
            simulator.create_room(room, streams=[f"{room}-host"])

    @rule(seconds=st.sampled_from((-7200, -90, -2)))
    def turn_the_clock(self, seconds: int) -> None:
        self.world.story.tell(f"the operator's clock is turned by {seconds} seconds")
        self.operator.clock.offset += seconds

    # After each step, and in the end

    def step(self) -> None:
        """Let happen what happens, and look whether all is right."""
        self.world.loop.settle()
        try:
            self.world.check()
        except Violation:
            self.broken = True
            raise

    def one_of(self, data: st.DataObject) -> str:
        """Choose an object."""
        return str(data.draw(st.sampled_from(self.names(there=True))))

    def teardown(self) -> None:
        try:
            if not self.broken:
                self.world.calm_down()
                self.world.delete_everything()
        finally:
            self.world.tear_down()
