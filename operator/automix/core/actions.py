"""What a decision can be. Actions are data; the engine carries them out."""

from dataclasses import dataclass

from automix.core.states import Reason


@dataclass(frozen=True)
class Start:
    """Call StartAutoMix: nothing runs, or what runs was started with this very spec."""

    why: str


@dataclass(frozen=True)
class Update:
    """Call StartAutoMix on the running mix: only fields differ that ZEGO changes in place."""

    fields: tuple[str, ...]


@dataclass(frozen=True)
class Replace:
    """Call StopAutoMix, then StartAutoMix: an audible gap."""

    why: str


@dataclass(frozen=True)
class Claim:
    """Put the finalizer and the claim on the object, before the effect that needs them."""

    then: Start | Replace | None


@dataclass(frozen=True)
class Stop:
    """Call StopAutoMix."""


@dataclass(frozen=True)
class Observe:
    """Call GetMixTaskInfo; where the answer is needed to go on, a failure is retried and told."""

    needed: bool = False


@dataclass(frozen=True)
class Adopt:
    """Take note that someone else started what runs; no call."""

    taken_over: bool
    """Whether it was started anew, under our eyes; if not, it ran before ours could begin."""


@dataclass(frozen=True)
class Release:
    """Take the finalizer off: nothing runs for this object any more, or its mix is left to itself."""

    orphaning: str = ""
    """Why a mix that was to be stopped may run on; empty where none does, or it was asked for."""


@dataclass(frozen=True)
class Count:
    """Ask who is in the room; the answer comes in another pass, as one call counts several rooms."""


@dataclass(frozen=True)
class Wait:
    """Do nothing until a moment, in Unix seconds by ZEGO's clock; without a reason the status stays as it is."""

    until: float
    reason: Reason | None = None
    message: str = ""
    look: bool = False
    """Whether ZEGO is asked then, so that its turn can be waited for before anything is planned."""


@dataclass(frozen=True)
class Nothing:
    """Do nothing until something changes; without a reason the status stays as it is."""

    reason: Reason | None = None
    message: str = ""


Effect = Claim | Start | Update | Replace | Stop | Observe | Adopt | Release
Rest = Wait | Nothing
Action = Effect | Count | Rest
