"""One app object at work: its client, its checks, and what its mixes are told."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from automix import zego
from automix.api.automix import AutoMix
from automix.api.meta import APP_FINALIZER
from automix.api.zegoapp import ZegoApp
from automix.core.app_status import Findings
from automix.core.facts import AppFacts
from automix.core.states import Reason
from automix.engine.account import Account, Budgets, account_of
from automix.engine.cache import AppKey, MixKey, may_run
from automix.engine.credentials import AppFailure, Connection
from automix.engine.selection import Selection

NEVER = float("inf")
LONGEST_RECHECK_SECONDS = 30.0
# Before the first answer nothing is sent: one that was lost on the way shall not cost a second of blindness.
_FIRST_RECHECK_SECONDS = 0.25
# They take two seconds.
_HICCUPS = 3


@dataclass
class App:
    """An app object at work. Moments are those of the event loop's clock."""

    object: ZegoApp
    budgets: Budgets
    selection: Selection
    connection: Connection | None = None
    failure: AppFailure | None = None
    """What the last check found, if it was told."""
    facts: AppFacts | None = None
    """What its mixes are told; None until the first check."""
    told_of: int = 0
    """The generation of the object that they were told of; a selector is not in the facts."""
    sees_mixes: bool = False
    accepted: bool = False
    """Whether ZEGO has ever accepted a call of this object, at the address that it leads to."""
    pending: bool = True
    """Whether its mixes must wait for the next check to end: a new spec, or doubt."""
    waiting: set[MixKey] = field(default_factory=set)
    """Who waits for it."""
    check_at: float = 0.0
    """When the next check is due."""
    failures: int = 0
    """Checks in a row that failed."""
    doubted_at: float | None = None
    """When the credentials came into doubt, if they are."""
    cleared_at: float = -NEVER
    """When a check last ended a doubt in favour of the very credentials that were doubted."""
    removed: bool = False

    @property
    def account(self) -> Account:
        """The app at ZEGO that the object carries: the same for as long as this lives."""
        return account_of(self.object)

    @property
    def client(self) -> zego.ZegoClient | None:
        """The client, if there ever was a ServerSecret to sign with."""
        return self.connection.client if self.connection is not None else None

    @property
    def problem(self) -> Reason | None:
        """Why its mixes cannot use it, as far as they were told."""
        return self.facts.problem if self.facts is not None else None

    @property
    def in_use(self) -> bool:
        """Whether its mixes make calls now."""
        return self.facts is not None and self.problem is None and not (self.pending or self.removed)

    @property
    def has_a_say(self) -> bool:
        """Whether it counts among the objects for the same app at ZEGO: a made-up one does not."""
        return self.accepted and not self.removed

    @property
    def held(self) -> bool:
        """Whether our finalizer is on the object."""
        return APP_FINALIZER in self.object.metadata.finalizers

    def told(self) -> AppFacts:
        """Return what the last check means for its mixes."""
        failure = self.failure
        problem = failure.for_mixes if failure else None
        name = self.object.metadata.name
        message = f"{self.object.kind} {name} cannot be used: {failure.message}" if failure and problem else ""
        revision = self.connection.revision if self.connection else 0
        return AppFacts(problem=problem, message=message, sees_mixes=self.sees_mixes, revision=revision)

    def findings(self, users: Iterable[MixKey], like: Iterable["App"]) -> Findings:
        """Return what there is to say of it; `users` are its mixes that `may_run`, and `like` share its account."""
        leaving = self.object.metadata.terminating
        return Findings(
            problem=self.failure.reason if self.failure else "",
            message=self.failure.message if self.failure else "",
            sees_mixes=self.sees_mixes,
            accepted=self.accepted,
            waits_for=tuple("/".join(mix) for mix in sorted(users)) if leaving else (),
            like=tuple(f"{kind} {'/'.join(filter(None, name))}" for kind, *name in (one.object.key for one in like)),
        )

    async def refusal(self, mix: AutoMix) -> AppFacts | None:
        """Return why the object is none for a mix, whatever a check finds. Raises KubeError."""
        spec, kind, name = self.object.spec, self.object.kind, self.object.metadata.name
        if self.object.metadata.terminating and not (mix.metadata.terminating or may_run(mix)):
            message = f"{kind} {name} is being deleted; create it anew, or make the AutoMix anew with another appRef."
            return AppFacts(Reason.APP_NOT_FOUND, message)
        # A mix that is on its way out is stopped whatever the selector says by now.
        namespace = mix.metadata.namespace
        if not (mix.metadata.terminating or await self.selection.includes(spec.namespace_selector, namespace)):
            message = f"{kind} {name} is not for namespace {namespace}: its namespaceSelector does not select it."
            return AppFacts(Reason.APP_NOT_ALLOWED, message)
        return None

    def last_words(self, mix: AutoMix) -> AppFacts | None:
        """Return facts without a problem for a mix on its way out, if there is a client whose credentials worked."""
        if not (mix.metadata.terminating and self.connection is not None and self.connection.trusted):
            return None
        return AppFacts(sees_mixes=self.sees_mixes, revision=self.connection.revision)

    def may_be_a_hiccup(self, failure: AppFailure) -> bool:
        """Whether a failure is of ZEGO or the API server, and may be over before anybody has read of it."""
        return failure.for_mixes is None and self.failures < _HICCUPS

    def recheck_after(self, failure: AppFailure | None, now: float) -> None:
        """Set when the next check is due: none after success, else after a wait that doubles from 0.25 s to 30 s."""
        self.failures = self.failures + 1 if failure else 0
        delay = _FIRST_RECHECK_SECONDS * 2 ** min(self.failures - 1, 10)
        self.check_at = now + min(delay, LONGEST_RECHECK_SECONDS) if failure else NEVER


def was_accepted(app: ZegoApp) -> bool:
    """Whether ZEGO accepted a call of an object as it is: its status may tell of another address than it leads to."""
    return app.status.verified_time is not None and app.status.observed_generation == app.metadata.generation


def missing(key: AppKey, *, served: bool, may_come: bool) -> AppFacts:
    """Return what a mix is told whose app does not exist; `served` says whether objects of the kind are read at all."""
    kind, namespace, name = key
    if not served:
        message = (
            f"appRef.kind: this operator serves named namespaces and the ZegoApps in them, and reads no {kind} {name}. "
            "Make the AutoMix anew with a ZegoApp of its namespace."
        )
        return AppFacts(Reason.APP_NOT_FOUND, message)
    place = f" in namespace {namespace}" if namespace else ""
    message = f"{kind} {name} does not exist{place}; create it, or make the AutoMix anew with another appRef."
    return AppFacts(Reason.APP_NOT_FOUND, message, may_come=may_come)
