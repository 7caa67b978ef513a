"""Objects and facts for tests, valid by default: a test names what it is about and nothing else.

`an_automix` is one that nobody has acted on; `a_claimed_automix` and `a_running_automix` are its next two stages.
Fields are given in snake_case, as the models have them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from automix.api.automix import AutoMix, AutoMixSpec, AutoMixStatus, Policies, Retry
from automix.api.meta import CLAIM_ANNOTATION, FINALIZER, RECONCILE_ANNOTATION, RESTART_ANNOTATION, ObjectMeta
from automix.api.zegoapp import ClusterZegoAppSpec, ZegoApp
from automix.core.claim import Claim
from automix.core.facts import AppFacts, Facts, People
from automix.core.fingerprints import audible, fingerprints, outputs
from automix.core.record import moment
from automix.core.schedule import Timing
from automix.core.states import Reason
from automix.core.task import task_of
from automix.engine.account import Account, Accounts
from automix.engine.cache import MixKey

Field: TypeAlias = Any  # of one of the models, which checks it
Fields: TypeAlias = dict[str, Any]

OURS = {"appRef", *(field.alias for field in Policies.model_fields.values())}
"""Fields of the spec that ZEGO does not have: they tell the operator how to act."""
NOW = 1_760_000_000.0
UID = "6f1c1a44-56a6-4f0c-8f0e-2f2f6a1f7a10"
STARTED = NOW - 5
"""When the mix of `a_running_automix` was started: too short ago for a look to be due."""


def at(seconds: float) -> datetime:
    """Return the moment some seconds after NOW, or before it."""
    return moment(NOW + seconds)


def a_spec(**fields: Field) -> AutoMixSpec:
    """Return a spec with one output."""
    return AutoMixSpec.model_validate({"room_id": "room-1", "mix_output": [{"stream_id": "mix-1"}]} | fields)


def an_automix(
    spec: AutoMixSpec | None = None,
    *,
    status: AutoMixStatus | None = None,
    restart: str = "",
    reconcile: str = "",
    **metadata: Field,
) -> AutoMix:
    """Return an object as someone applied it; `restart` and `reconcile` are the values of its annotations."""
    asked = {RESTART_ANNOTATION: restart, RECONCILE_ANNOTATION: reconcile}
    annotations = {name: value for name, value in asked.items() if value} | metadata.pop("annotations", {})
    meta = {"name": "mix", "namespace": "default", "uid": UID, "resource_version": "1", "annotations": annotations}
    return AutoMix(
        metadata=ObjectMeta.model_validate(meta | {"creation_timestamp": at(-100)} | metadata),
        spec=spec or a_spec(),
        status=status or AutoMixStatus(),
    )


def a_claimed_automix(spec: AutoMixSpec | None = None, *, claim: Claim | None = None, **overrides: Field) -> AutoMix:
    """Return an object whose first start was claimed for its generation, and of which nothing was recorded."""
    mark = claim or Claim(spec=audible(spec or a_spec()), time=NOW - 6)
    annotations = {CLAIM_ANNOTATION: mark.to_annotation()} | overrides.pop("annotations", {})
    overrides.setdefault("finalizers", (FINALIZER,))
    return an_automix(spec, annotations=annotations, **overrides)


def a_running_automix(
    spec: AutoMixSpec | None = None, *, ran: AutoMixSpec | None = None, **overrides: Field
) -> AutoMix:
    """Return an object whose mix runs as declared, or else as `ran` declares; `status` overrides fields of its status.

    Where `ran` is given, the spec is of generation 2, and generation 1 was observed and claimed.
    """
    spec = spec or a_spec()
    recorded = running_status(ran or spec, **overrides.pop("status", {}))
    overrides.setdefault("claim", Claim(spec=audible(ran or spec), time=NOW - 6))
    overrides.setdefault("generation", 1 if ran is None else 2)
    return a_claimed_automix(spec, status=recorded, **overrides)


def running_status(ran: AutoMixSpec, **overrides: Field) -> AutoMixStatus:
    """Return the status of an object whose mix runs as `ran` declares since STARTED."""
    task = task_of(ran)
    recorded = AutoMixStatus(
        observed_generation=1,
        task_id=task.task_id,
        user_id=task.user_id,
        sequence=int(STARTED),
        applied=dict(fingerprints(ran)),
        outputs=outputs(ran),
        start_time=moment(STARTED),
    )
    return recorded.model_copy(update=overrides)


def a_retry(reason: Reason = Reason.ZEGO_UNREACHABLE, **overrides: Field) -> Retry:
    """Return the record of one failure that is waited out for a minute."""
    failed = Retry(attempts=1, next_attempt_time=at(60), reason=reason, message="no answer")
    return failed.model_copy(update=overrides)


def facts(mix: AutoMix, **overrides: Field) -> Facts:
    """Return the facts of an object with a working app, people in its room and no rival; ZEGO was not asked yet."""
    app = AppFacts(sees_mixes=True)
    known = Facts(
        mix=mix,
        now=NOW,
        app=app,
        timing=Timing(),
        last_sequence=mix.status.sequence,
        looked_at=NOW,
        people=People.SOMEBODY,
    )
    return replace(known, **overrides)


def a_zego_app(*, kind: str = "ClusterZegoApp", **spec: Field) -> ZegoApp:
    """Return an app with the fields that it must have."""
    required = {"app_id": 12345, "server_secret_ref": {"name": "zego", "key": "serverSecret"}}
    namespace = "default" if kind == "ZegoApp" else ""
    return ZegoApp(
        kind=kind,
        metadata=ObjectMeta(name="default", namespace=namespace, uid=UID, resource_version="1"),
        spec=ClusterZegoAppSpec.model_validate(required | spec),
    )


def accounts(wake: Callable[[MixKey], None] = lambda _: None) -> Accounts:
    """Return accounts for which nobody can count people."""

    async def nobody_can(account: Account, rooms: Sequence[str]) -> dict[str, int]:
        del account, rooms
        return {}

    return Accounts(wake, nobody_can, count_seconds=30)
