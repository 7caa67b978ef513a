"""The table of docs/switches.md, cell by cell."""

import re
import time
from collections.abc import Callable, Iterator

import pytest

from support.cluster import GROUP, REPOSITORY
from support.waiting import until
from support.world import MERGE, Json, World

pytestmark = pytest.mark.usefixtures("operator")

PAGE = REPOSITORY / "docs/switches.md"
NOTHING_TO_DO_WITH_IT = "—"
NAME = "lobby"
USER = "someone"
ANNOTATIONS = ("restart-requested-at", "reconcile-requested-at")
CALLS = {
    "nothing": [],
    "Start": ["StartAutoMix"],
    "Update": ["StartAutoMix"],
    "Replace": ["StopAutoMix", "StartAutoMix"],
    "Stop": ["StopAutoMix"],
}
OLD_ENOUGH = 8
"""Seconds by which the age of a mix tells it from one that was just started."""


class Play:
    """One cell: an object with a switch set, and what happens to it."""

    def __init__(self, world: World, switch: str) -> None:
        self.world = world
        self.task: str = world.manifest(NAME)["spec"]["roomId"]
        self.annotation = {f"{GROUP}/{switch}": "now"} if switch in ANNOTATIONS else {}
        self.spec: Json = {}
        if ": " in switch:
            field, value = switch.split(": ")
            self.spec = {field: True if value == "true" else value}

    def create(self) -> None:
        """Create the object with the switch set."""
        manifest = self.world.manifest(NAME, userId=USER, **self.spec)
        manifest["metadata"]["annotations"] = self.annotation
        self.world.zego.room(self.task)
        self.world.cluster.apply(manifest)

    def meet_another(self) -> None:
        """Let somebody else start the mix."""
        self.world.zego.room(self.task)
        app, long_ago = (self.world.app_id, self.world.secret), int(time.time()) - 100
        output = {"StreamId": f"{self.task}-mix"}
        self.world.zego.start(app, long_ago, TaskId=self.task, UserId=USER, RoomId=self.task, MixOutput=[output])
        self.world.zego.make_older(self.task, OLD_ENOUGH)

    def run(self) -> None:
        """Let the mix run, be seen by a look, and have the switch set."""
        # An annotation is what brings on the look that is not due.
        interval = {} if self.annotation else {"driftCheckInterval": "1s"}
        self.world.started(NAME, **interval)
        until(lambda: self.world.zego.calls(self.task, "GetMixTaskInfo"), of="a look has shown it")
        if self.spec:
            self.world.change(NAME, **self.spec)
        self.world.wait_for(NAME, "Suspended" if "suspend" in self.spec else "Running")

    def in_place(self) -> None:
        """Change what ZEGO can change on a running mix."""
        self._patch(spec={"userData": "changed"})

    def audible(self) -> None:
        """Change what it cannot."""
        self._patch(spec={"recvBufferLevel": 200})

    def delete(self) -> None:
        """Delete the object."""
        self.world.delete(NAME)

    def died(self) -> None:
        """Let the mix die."""
        self.world.zego.kill(self.task)
        if self.annotation:
            self._patch()

    def _patch(self, **patch: object) -> None:
        metadata = {"metadata": {"annotations": self.annotation}} if self.annotation else {}
        self.world.cluster.ask("PATCH", self.world.path(NAME), {**metadata, **patch}, MERGE)

    def comes_to_rest(self, sent: str, state: str) -> None:
        """Wait until the object is in the state, and nothing more is to come."""
        if state == "gone":
            self.world.wait_until_gone(NAME)
            return
        until(lambda: len(self.sent()) >= len(CALLS[sent]), of=f"{sent} is sent, not {self.sent()}")
        self.world.wait_for(NAME, state)
        # A look brings to light whatever would be done at the next one.
        self.world.annotate(NAME, reconcile_requested_at="then")
        until(lambda: self.world.status(NAME).get("lastHandledReconcileAt") == "then", of="it has looked again")
        self.world.wait_for(NAME, state)

    def mark(self) -> None:
        """Count calls from here on, and take note of what runs."""
        self._before = len(self._calls())
        self._began = self.began()

    def sent(self) -> list[str]:
        """Return what was sent since."""
        return self._calls()[self._before :]

    def began(self) -> float | None:
        """Return when what runs began."""
        tasks = self.world.zego.state()["Tasks"]
        return next((task["Started"] for task in tasks if task["TaskId"] == self.task), None)

    def went_on(self) -> bool:
        """Whether the mix that ran runs still."""
        return self._began is not None and self.began() == self._began

    def _calls(self) -> list[str]:
        return [call["Action"] for call in self.world.zego.calls(self.task, "StartAutoMix", "StopAutoMix")]


EVENTS: dict[str, Callable[[Play], None]] = {
    "create": Play.create,
    "take up": Play.create,
    "in place": Play.in_place,
    "audible": Play.audible,
    "delete": Play.delete,
    "died": Play.died,
}
CREATING = ("create", "take up")


def cells() -> Iterator[tuple[str, str, str]]:
    """Yield switch, column and what the cell says, of the table with the switches."""
    table = PAGE.read_text(encoding="utf-8").partition("| switch |")[2].partition("\n\n")[0]
    first, _, *rows = table.strip().splitlines()
    columns = [cell.strip() for cell in first.strip("|").split("|")]
    for row in rows:
        switch, *said = (cell.strip().strip("`") for cell in row.strip("|").split("|"))
        yield from ((switch, column, cell) for column, cell in zip(columns, said, strict=True))


CELLS = list(cells())
PLAYED = [cell for cell in CELLS if cell[2] != NOTHING_TO_DO_WITH_IT]


def test_the_page_has_every_switch_and_every_event() -> None:
    switches = {switch.split(":")[0] for switch, _, _ in CELLS}
    policies = {"suspend", "deletionPolicy", "updatePolicy", "restartPolicy", "adoptionPolicy"}
    assert switches == {"(none)", *policies, *ANNOTATIONS}
    assert {column for _, column, _ in CELLS} == EVENTS.keys()


@pytest.mark.parametrize(("switch", "column", "said"), PLAYED, ids=[f"{a}, {b}: {c}" for a, b, c in PLAYED])
def test_a_cell_says_what_happens(world: World, switch: str, column: str, said: str) -> None:
    found = re.fullmatch(r"(\w+) · (\w+)", said)
    assert found, "a cell reads: sent · state"
    sent, state = found.groups()
    play = Play(world, switch)
    world.wait_for_app()
    if column not in CREATING:
        play.run()
    if column == "take up":
        play.meet_another()
    play.mark()
    EVENTS[column](play)
    play.comes_to_rest(sent, state)
    assert play.sent() == CALLS[sent]
    runs_on = sent in {"nothing", "Update"} and column not in {"create", "died"}
    assert play.went_on() is runs_on


def test_a_restart_that_is_asked_for_while_suspended_waits_until_it_is_not(world: World) -> None:
    play = Play(world, "suspend: true")
    world.wait_for_app()
    play.run()
    play.mark()
    world.annotate(NAME, restart_requested_at="now")
    play.comes_to_rest("nothing", "Suspended")
    assert play.sent() == []
    assert play.went_on()
    world.change(NAME, suspend=False)
    play.comes_to_rest("Replace", "Running")
    assert play.sent() == CALLS["Replace"]
    assert not play.went_on()
