"""Chaos: everything around the operator breaks at once, by chance, while objects are edited and deleted."""

import base64
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import httpx

from support.invariants import History
from support.operator import Operator
from support.world import Json, World
from support.zego import SimulatedZego

PERCENT = 20 / 4
"""Of each of the four faults."""
_MANY = 1_000_000
_APPS = 4
"""ZEGO takes 100 looks a second of an app: as many objects, looked at every two seconds, want more than one has."""
_SAMPLE_SECONDS = 0.5


class Witness(threading.Thread):
    """Compares time and again what the statuses claim with what ZEGO runs."""

    def __init__(
        self, history: History, zego: SimulatedZego, namespace: str, clock: Callable[[], float], patience: float
    ) -> None:
        super().__init__(name="witness", daemon=True)
        self._patience = patience
        self._clock = clock
        self._history = history
        self._zego = zego
        self._namespace = namespace
        self._leaving = threading.Event()
        self._seen = 0
        self._stored: dict[str, Json] = {}
        self._wrong_since: dict[str, tuple[str, float]] = {}
        self.longest: dict[tuple[str, str], float] = {}
        """By name and claim: for how many seconds at most the status claimed what did not run."""
        self.doubled: set[str] = set()
        """Rooms in which two mixes ran."""
        self.stories: list[str] = []
        """What happened around each claim that was false for longer than patience allows, in seconds."""

    def run(self) -> None:
        """Look until told to stop."""
        while not self._leaving.wait(_SAMPLE_SECONDS):
            try:
                running = self._zego.state()["Tasks"]
            except httpx.HTTPError:
                continue  # it is being restarted
            self._catch_up()
            self._compare({task["TaskId"]: task["Parameters"] for task in running}, self._clock())
            rooms = Counter(task["Parameters"]["RoomId"] for task in running)
            self.doubled |= {room for room, mixes in rooms.items() if mixes > 1}

    def stop(self) -> None:
        """End the comparison."""
        self._leaving.set()
        self.join(10)

    def _catch_up(self) -> None:
        versions = self._history.versions
        while self._seen < len(versions):
            mix = versions[self._seen]
            self._seen += 1
            if mix["metadata"]["namespace"] == self._namespace:
                self._stored[mix["metadata"]["name"]] = mix

    def _compare(self, running: dict[str, Json], now: float) -> None:
        for name, mix in self._stored.items():
            false = "deletionTimestamp" not in mix["metadata"] and false_claim(mix, running)
            if not false:
                self._wrong_since.pop(name, None)
                continue
            claim, since = self._wrong_since.get(name, ("", now))
            if claim != false:
                claim, since = self._wrong_since[name] = (false, now)
            before, lasted = self.longest.get((name, claim), 0.0), now - since
            self.longest[name, claim] = max(before, lasted)
            if before <= self._patience < lasted:
                self.stories.extend(self._story(name, lasted))

    def _story(self, name: str, seconds: float) -> Iterator[str]:
        """Yield what was stored of an object and called for it from a little before its claim became false."""
        ends = time.time()
        begins = ends - seconds - self._patience
        mixes = zip(self._history.seen_at, self._history.versions, strict=False)
        acts = [
            (at, f"stored {mix['metadata']['generation']} {mix['status']}")
            for at, mix in mixes
            if mix["metadata"]["name"] == name
        ]
        acts.extend(
            (call["Time"], f"{call['Action']} {call['Parameters'].get('Sequence', '')} -> {call['Code']}")
            for call in self._zego.calls(self._stored[name]["spec"]["roomId"])
        )
        for at, act in sorted(acts):
            if at >= begins:
                yield f"{name} {at - ends:.1f} {act}"


def false_claim(mix: Json, running: dict[str, Json]) -> str:
    """Return what the status claims and ZEGO does not run; empty if all is true."""
    status = mix["status"]
    conditions = {condition["type"]: condition for condition in status.get("conditions", [])}
    if not conditions:
        return ""
    task = running.get(status.get("taskId", ""))
    if conditions["Active"]["status"] == "True" and task is None:
        return "it runs"
    current = status["observedGeneration"] == mix["metadata"]["generation"]
    if conditions["Ready"]["reason"] == "Running" and current and (task is None or not runs(mix["spec"], task)):
        return "it runs as declared"
    return ""


def runs(spec: Json, task: Json) -> bool:
    """Whether a task runs what chaos changes in a spec."""
    text = base64.b64encode(spec.get("userData", "").encode()).decode()
    return (task["UserData"], task["RecvBufferLevel"]) == (text, spec.get("recvBufferLevel", 0))


class Chaos:
    """What goes wrong, and what people do meanwhile; the same chances for the same seed."""

    def __init__(self, world: World, operator: Operator, interval: str, mixes: int, seed: int) -> None:
        self._world = world
        self._operator = operator
        self._interval = interval
        self._chance = random.Random(seed)  # noqa: S311 -- made to be repeated
        self.wanted: dict[str, Json] = {}
        """The specs of the objects that ought to exist, by name."""
        self._deleted: list[str] = []
        self.done: Counter[str] = Counter()
        self._apps = [self._add_app(number) for number in range(_APPS)]
        for number in range(mixes):
            self._declare(f"room-{number}")
        self._victims = self._in_turn()
        self._away = 0.0
        self._away_since: float | None = None

    def clock(self) -> float:
        """Return seconds that stand still while the API server is away: nobody can read a status then, nor mend it."""
        now = time.monotonic() if self._away_since is None else self._away_since
        return now - self._away

    def _add_app(self, number: int) -> str:
        name = f"chaos-{number}"
        app_id, secret = self._world.zego.new_app()
        stored = {"name": name, "namespace": self._world.namespace}
        secret_manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": stored}
        self._world.cluster.apply({**secret_manifest, "stringData": {"serverSecret": secret}})
        self._world.add_app(name, appId=app_id, serverSecretRef={"name": name, "key": "serverSecret"})
        return name

    def rage(self, seconds: float) -> None:
        """Break things for so long."""
        self._faults()
        ends = time.monotonic() + seconds
        breaks: list[tuple[float, Callable[[], None]]] = [
            (8, self._kill_the_operator),
            (13, self._world.zego.restart),
            (25, self._restart_the_api_server),
        ]
        due = [time.monotonic() + every * self._chance.uniform(0.5, 1) for every, _ in breaks]
        while (now := time.monotonic()) < ends:
            for index, (every, act) in enumerate(breaks):
                if now >= due[index]:
                    act()
                    self.done[act.__name__] += 1
                    due[index] = time.monotonic() + every * self._chance.uniform(0.7, 1.3)
            self._meddle()
            time.sleep(self._chance.uniform(0.05, 0.25))
        self._world.zego.spare()

    def _faults(self) -> None:
        for fault in ({"Lost": "before"}, {"Lost": "after"}, {"Status": 503}, {"Code": 110200001, "DelayAfter": 1}):
            seed = self._chance.randrange(2**31)
            self._world.zego.fault(**fault, Percent=PERCENT, Times=_MANY, Seed=seed)

    def _kill_the_operator(self) -> None:
        self._operator.kill()
        self._operator.start()

    def _restart_the_api_server(self) -> None:
        self._away_since = time.monotonic()
        self._world.cluster.plane.restart_api_server()
        self._away += time.monotonic() - self._away_since
        self._away_since = None

    def _meddle(self) -> None:
        acts = (self._edit, self._edit, self._replace, self._delete, self._create, self._let_die)
        act = self._chance.choice(acts)
        act()
        self.done[act.__name__] += 1

    def _edit(self) -> None:
        self._change(userData=f"edit {self._chance.randrange(10**6)}")

    def _replace(self) -> None:
        self._change(recvBufferLevel=self._chance.randrange(1, 4000))

    def _change(self, **spec: object) -> None:
        name = self._chance.choice(sorted(self.wanted))
        self._world.change(name, **spec)
        self.wanted[name] |= spec

    def _delete(self) -> None:
        name = self._chance.choice(sorted(self.wanted))
        self._world.delete(name)
        del self.wanted[name]
        self._deleted.append(name)

    def _create(self) -> None:
        """Create anew the one that was deleted first, once it is gone."""
        if self._deleted and self._world.cluster.request("GET", self._world.path(self._deleted[0])).status_code == 404:
            self._declare(self._deleted.pop(0))

    def _declare(self, name: str) -> None:
        app = self._apps[int(name.rpartition("-")[2]) % len(self._apps)]
        spec = {"driftCheckInterval": self._interval, "appRef": {"kind": "ZegoApp", "name": app}}
        self._world.declare(name, **spec)
        self.wanted[name] = self._world.manifest(name, **spec)["spec"]

    def _let_die(self) -> None:
        """Let a mix die, each in its turn: one that dies again and again has to wait, as it should."""
        task = self._world.manifest(next(self._victims))["spec"]["roomId"]
        if self._world.zego.task(task) is not None:
            self._world.zego.kill(task)

    def _in_turn(self) -> Iterator[str]:
        names = sorted(self.wanted)
        while True:
            self._chance.shuffle(names)
            yield from names
