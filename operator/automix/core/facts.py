"""All that a decision rests on, looked up before it is made."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from automix.api.automix import AutoMix
from automix.api.meta import FINALIZER, RECONCILE_ANNOTATION, RESTART_ANNOTATION
from automix.core.actions import Replace, Start
from automix.core.claim import Cause, Claim
from automix.core.fingerprints import IN_PLACE, audible, changed_fields, fingerprints
from automix.core.schedule import FARTHEST, Timing
from automix.core.states import Reason
from automix.core.status import ready_reason


class Presence(StrEnum):
    """What ZEGO said to run in this pass: Unknown was not asked, Unanswered was asked in vain."""

    UNKNOWN = "Unknown"
    UNANSWERED = "Unanswered"
    ABSENT = "Absent"
    RUNNING = "Running"


class People(StrEnum):
    """Who ZEGO said is in the room, a moment ago: Unknown was not asked, Unanswered was asked in vain.

    Unanswerable was asked in vain too, and ZEGO has answered none of these questions for a while.
    """

    UNKNOWN = "Unknown"
    UNANSWERED = "Unanswered"
    UNANSWERABLE = "Unanswerable"
    NOBODY = "Nobody"
    SOMEBODY = "Somebody"


@dataclass(frozen=True)
class AppFacts:
    """Whether the app can be used, and if not, why: one of the App*, CredentialsRejected, ServiceNotEnabled reasons."""

    problem: Reason | None = None
    message: str = ""
    may_come: bool = False
    """Whether the app is missing that may be on its way, as what is applied with it may come in any order."""
    sees_mixes: bool = False
    """Whether ZEGO's query has ever shown a mix of this app; until then its absence proves nothing."""
    revision: int = 0
    """Rises with every other ServerSecret or endpoint: failures of before say nothing of the calls to come."""


@dataclass(frozen=True)
class Facts:
    """One object's facts. Times are Unix seconds by ZEGO's clock."""

    mix: AutoMix
    now: float
    app: AppFacts
    timing: Timing
    rival: str = ""
    """Who holds the task, as a sentence's subject; empty when nobody else does."""
    output_rival: str = ""
    """Who has one of the spec's outputs, likewise."""
    last_sequence: int = 0
    """The highest Sequence known to have been sent for the object."""
    looked_at: float = 0.0
    """When ZEGO was last asked, or else when this process first met the object."""
    failed_looks: int = 0
    """How many looks in a row were in vain, where nothing waited for what they would have shown."""
    presence: Presence = Presence.UNKNOWN
    running_since: float = 0.0
    """When the mix that was seen began, by its MixDuration; 0, long ago, where ZEGO does not say."""
    age: float | None = None
    """The MixDuration of what was seen in this pass, in seconds, if ZEGO told it."""
    last_age: float | None = None
    """The same at the last look that was judged, if none of our calls came in between."""
    clock_moved: float = 0.0
    """By how many seconds ZEGO's clock has jumped since this process wrote the claim; 0 where another one did."""
    called: bool = False
    """Whether this process made the last call that changed the mix."""
    people: People = People.UNKNOWN
    claimed: Start | Replace | None = None
    """What a claim was written for in this very pass."""
    newly_met: bool = False
    """Whether this process has not yet brought the object to rest once, so that another one may have acted before."""
    stop_accepted: bool = False
    """Whether ZEGO accepted a Stop of what is being deleted, and was not seen to run it since."""
    leaving_for: float = 0.0
    """For how many seconds this process has seen it on its way out."""
    kind_is_going: bool = False
    """Whether the kind itself is being deleted, and each object for that alone."""
    app_changed: bool = False
    """Whether the app has other credentials or another address than when the last call failed."""
    failed: bool = False
    """Whether a call failed in this pass: slow as failures may be, it is not tried again within it."""
    judged: bool = False
    """Whether it was noted in this pass who started what runs."""

    @cached_property
    def claim(self) -> Claim | None:
        """The claim on the object."""
        return Claim.of(self.mix.metadata.annotations)

    def claim_for(self, effect: Start | Replace | None) -> Claim:
        """Return the claim to write before an effect; before none the one that is there, or what is known of it.

        For what is claimed already it is the same claim, renewed: both times count for who started what runs. Its
        Sequence rises, as calls under it may have been made.
        """
        if effect is None:
            return self.claim or self._lost_claim()
        before, sequence = self.claim_over(effect), max(self.last_sequence, self.mix.status.sequence)
        if before is not None:
            return before.model_copy(update={"renewed": self.now, "sequence": max(sequence, before.sequence)})
        return Claim(
            spec=self.cause.spec,
            restart=self.cause.restart,
            replace=isinstance(effect, Replace),
            sequence=sequence,
            over_another=self.open_claim is not None,
            time=self.now,
        )

    def claim_over(self, effect: Start | Replace) -> Claim | None:
        """Return the open claim, if the effect is what it stands for; a replace's covers a start as well."""
        claim = self.open_claim
        covers = claim is not None and claim.cause == self.cause and (claim.replace or isinstance(effect, Start))
        return claim if covers else None

    def _lost_claim(self) -> Claim:
        """Return a claim that is closed, and opens when the status is lost as well, if the mix that runs is ours.

        It is of no time: nobody knows when what it stands for was claimed, and who started what is not judged by it.
        """
        return Claim(
            spec=self.cause.spec if not self.audible_changes else "",
            restart=self.mix.status.last_handled_restart_at,
            sequence=self.mix.status.sequence - 1 if not self.adopted else -1,
            time=0.0,
        )

    @property
    def open_claim(self) -> Claim | None:
        """The claim, if what was to be sent under it was not recorded yet."""
        claim = self.claim
        return claim if claim is not None and claim.sequence >= self.mix.status.sequence else None

    @cached_property
    def cause(self) -> Cause:
        """What a call made now would answer to."""
        return Cause(audible(self.mix.spec), self.restart_request)

    @property
    def holds_finalizer(self) -> bool:
        """Whether our finalizer is on the object."""
        return FINALIZER in self.mix.metadata.finalizers

    @property
    def recorded(self) -> bool:
        """Whether the status says what was last started."""
        return bool(self.mix.status.applied)

    @property
    def running(self) -> bool:
        """Whether a mix runs as far as is known."""
        return self.mix.status.start_time is not None

    @property
    def adopted(self) -> bool:
        """Whether what runs was started by someone else, as far as is known."""
        return self.mix.status.adopted_time is not None

    @property
    def last_state(self) -> str:
        """The reason that the status gives; empty before the first."""
        return ready_reason(self.mix.status)

    @cached_property
    def changes(self) -> tuple[str, ...]:
        """The spec fields that differ from what was last started."""
        return changed_fields(self.mix.status.applied, fingerprints(self.mix.spec))

    @property
    def audible_changes(self) -> tuple[str, ...]:
        """Those of the changes that ZEGO cannot make on a running mix."""
        return tuple(field for field in self.changes if field not in IN_PLACE)

    @property
    def restart_request(self) -> str:
        """The restart annotation, if it was not obeyed yet; empty otherwise, and for what is being deleted."""
        if self.mix.metadata.terminating:
            return ""
        asked = self.mix.metadata.annotations.get(RESTART_ANNOTATION, "")
        return "" if asked == self.mix.status.last_handled_restart_at else asked

    @property
    def reconcile_request(self) -> str:
        """The reconcile annotation, if it was not obeyed yet; empty otherwise."""
        asked = self.mix.metadata.annotations.get(RECONCILE_ANNOTATION, "")
        return "" if asked == self.mix.status.last_handled_reconcile_at else asked

    @property
    def next_try(self) -> float:
        """When the last failure was waited out; now where a clock that went back would make it never."""
        retry = self.mix.status.retry
        if retry is None or retry.next_attempt_time is None:
            return self.now
        until = retry.next_attempt_time.timestamp()
        return until if until - self.now < FARTHEST else self.now

    @property
    def asked_anew(self) -> bool:
        """Whether a person asked for something that was not even tried yet; what never began cannot begin anew."""
        restart = self.claim is not None and self.restart_request not in ("", self.claim.restart)
        return bool(self.reconcile_request) or restart

    @property
    def may_have_missed_a_change(self) -> bool:
        """Whether an earlier process may have changed the mix in place for a generation that was undone since."""
        return self.newly_met and self.mix.metadata.generation - self.mix.status.observed_generation > 1

    @property
    def generation_is_new(self) -> bool:
        """Whether the spec changed, or deletion was asked for, since the status was written."""
        return self.mix.status.observed_generation != self.mix.metadata.generation

    @property
    def begins_anew(self) -> bool:
        """Whether what failed was about something else: another spec or app, or before a person's wish."""
        return self.generation_is_new or self.asked_anew or self.app_changed
