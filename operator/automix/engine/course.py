"""How one pass goes, and what all passes are put together from."""

from collections.abc import Callable
from dataclasses import dataclass, field

from automix.core.actions import Effect, Nothing, Rest, Wait
from automix.core.facts import Facts
from automix.core.schedule import Timing
from automix.engine.app import App
from automix.engine.apps import Apps
from automix.engine.cache import AppKey, MixCache, MixKey
from automix.engine.effects import Channel
from automix.engine.ghosts import MixStore
from automix.engine.gone import Gone
from automix.engine.memory import Memory
from automix.engine.orphans import Orphans
from automix.kube.crds import Crds
from automix.kube.events import Events
from automix.kube.objects import Objects
from automix.telemetry.metrics import Metrics


@dataclass(frozen=True)
class Wiring:
    """What the reconciler is put together from."""

    cache: MixCache
    gone: Gone
    apps: Apps
    objects: Objects
    events: Events
    metrics: Metrics
    clock: Callable[[], float]
    timing: Timing
    wake_mix: Callable[[MixKey], None]
    wake_app: Callable[[AppKey], None]
    crds: Crds | None
    """None where they may not be read."""
    orphans: Orphans


@dataclass
class Course:
    """How a pass goes: what is known now, what was done, and how it came to rest."""

    facts: Facts
    app: App | None
    memory: Memory
    channel: Channel | None
    store: MixStore
    done: list[Effect] = field(default_factory=list)
    """What succeeded."""
    attempts: int = 0
    parked: bool = False
    """Whether it waits for a turn in a budget, which wakes it."""
    rest: Rest = field(default_factory=Nothing)
    anew: bool = field(init=False)
    """Whether failures of before were about something else."""
    again: float | None = None
    """Seconds until the next pass, where that is sooner than the rest says."""

    def __post_init__(self) -> None:
        self.anew = self.facts.begins_anew

    @property
    def looks_next(self) -> bool:
        """Whether the next pass is for a look at ZEGO, and for nothing else that is known of now."""
        return self.again is None and isinstance(self.rest, Wait) and self.rest.look

    @property
    def delay(self) -> float | None:
        """Seconds until the next pass; None if something else will ask for it."""
        if self.again is not None:
            return self.again
        return max(self.rest.until - self.facts.now, 0.0) if isinstance(self.rest, Wait) else None
