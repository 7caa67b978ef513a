"""Rules about what surrounds an operator: ZEGO, the API server, the watch, clocks, and others who know the AppId."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from automix_devkit.simulator import Fault
from model.api import Api
from model.loop import VirtualLoop
from model.mixes import CAST, ROOMS
from model.operator import Operator
from model.process import End, Mishap, Moment
from model.world import World

_ACTIONS = ("StartAutoMix", "StopAutoMix", "GetMixTaskInfo", "DescribeUserNum", None)
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


class Troubles(RuleBasedStateMachine):
    """One example, as far as nobody uses kubectl in it."""

    def __init__(self, loop: VirtualLoop, api: Api, bugs: list[str]) -> None:
        super().__init__()
        self.broken = True
        self.world = World(loop, api, bugs)
        self.broken = False

    def an_operator(self, data: st.DataObject) -> Operator:
        """Choose an operator."""
        return data.draw(st.sampled_from(self.world.operators))

    def step(self) -> None:
        """Let happen what happens, and look whether all is right."""
        self.world.loop.settle()
        try:
            self.world.check()
            for operator in self.world.operators:
                if operator.returns:
                    operator.start()
            self.world.check()
        except BaseException:
            self.broken = True
            raise

    # The process

    @rule(data=st.data(), moment=st.sampled_from(Moment), countdown=st.integers(0, 4), returns=st.booleans())
    def die(self, data: st.DataObject, moment: Moment, countdown: int, *, returns: bool) -> None:
        operator = self.an_operator(data)
        operator.returns = returns
        operator.will_suffer(Mishap(End.DEATH, moment, countdown))

    @rule(data=st.data(), returns=st.booleans())
    def die_at_rest(self, data: st.DataObject, *, returns: bool) -> None:
        operator = self.an_operator(data)
        operator.returns = returns
        if operator.process is not None:
            operator.process.die("at rest")
        self.step()

    @precondition(lambda self: any(not operator.alive for operator in self.world.operators))
    @rule()
    def return_to_life(self) -> None:
        for operator in self.world.operators:
            operator.returns = True
        self.step()

    # ZEGO and the API server

    @rule(wording=st.sampled_from(sorted(_FAULTS)), action=st.sampled_from(_ACTIONS))
    def disturb_zego(self, wording: str, action: str | None) -> None:
        self.world.story.tell(f"ZEGO {wording.format(action or 'call')}")
        self.world.zego.faults.append(_FAULTS[wording].model_copy(update={"action": action}))

    @rule(data=st.data(), moment=st.sampled_from((Moment.BEFORE, Moment.AFTER)), countdown=st.integers(0, 3))
    def disturb_the_api_server(self, data: st.DataObject, moment: Moment, countdown: int) -> None:
        self.an_operator(data).will_suffer(Mishap(End.NO_ANSWER, moment, countdown))

    @precondition(lambda self: self.world.zego.tasks())
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        task_id = data.draw(st.sampled_from([task.task_id for task in self.world.zego.tasks()]))
        self.world.story.tell(f"the mix of task {task_id} dies at ZEGO")
        self.world.zego.simulator.kill_task(task_id)

    @rule(room=st.sampled_from(ROOMS))
    def leave_or_come(self, room: str) -> None:
        simulator = self.world.zego.simulator
        if any(known.room_id == room for known in simulator.state().rooms):
            self.world.story.tell(f"everybody leaves the room {room}")
            simulator.remove_room(room)
        else:
            self.world.story.tell(f"people come into the room {room}")
            self.world.open_room(room)

    @rule(data=st.data(), how=st.sampled_from(("starts", "stops", "restarts")), same_user=st.booleans())
    def meddle(self, data: st.DataObject, how: str, *, same_user: bool) -> None:
        name = data.draw(st.sampled_from(sorted(CAST)))
        self.world.meddle(CAST[name].room, CAST[name].task, how, same_user=same_user)
        self.step()

    # Watches and time

    @rule(data=st.data(), name=st.sampled_from(sorted(CAST)))
    def silence_the_watch(self, data: st.DataObject, name: str) -> None:
        self.world.story.tell(f"the watch falls silent about {name}")
        self.an_operator(data).deaf.add(name)

    @precondition(lambda self: any(operator.deaf for operator in self.world.operators))
    @rule()
    def catch_up(self) -> None:
        self.world.story.tell("the watches catch up")
        for operator in self.world.operators:
            operator.deaf.clear()
            operator.catch_up()
        self.step()

    @rule(data=st.data())
    def list_again(self, data: st.DataObject) -> None:
        self.world.story.tell("the watch begins anew and tells nothing of what vanished")
        operator = self.an_operator(data)
        operator.deaf.clear()
        operator.list_again()
        self.step()

    @rule(data=st.data(), name=st.sampled_from(sorted(CAST)))
    def repeat(self, data: st.DataObject, name: str) -> None:
        if self.an_operator(data).hear_again(name):
            self.world.story.tell(f"the watch repeats itself about {name}")
        self.step()

    @rule(seconds=st.sampled_from((1, 3, 12, 70, 400)))
    def wait(self, seconds: int) -> None:
        self.world.story.tell(f"{seconds} seconds pass")
        self.world.loop.pass_time(seconds)
        self.step()

    @rule(data=st.data(), seconds=st.sampled_from((-7200, -90, -2, 2, 90, 7200)))
    def turn_the_clock(self, data: st.DataObject, seconds: int) -> None:
        self.world.story.tell(f"the clock of the operator's machine jumps by {seconds} seconds")
        self.an_operator(data).clock.offset += seconds

    def teardown(self) -> None:
        try:
            if not self.broken:
                self.world.calm_down()
                self.world.delete_everything()
        finally:
            self.world.tear_down()
