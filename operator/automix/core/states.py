"""The table of states: every status that the operator writes is one of these rows, told apart by its reason.

Beside it the same in words, for the reference pages; `code` in them is in backticks.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from automix.api.meta import RECONCILE_ANNOTATION, RESTART_ANNOTATION, ConditionStatus, ConditionType


class Reason(StrEnum):
    """The reason of the conditions; a row of the table each."""

    STARTING = "Starting"
    RUNNING = "Running"
    UPDATING = "Updating"
    REPLACING = "Replacing"
    UPDATE_PENDING = "UpdatePending"
    ADOPTED = "Adopted"
    WAITING_FOR_ROOM = "WaitingForRoom"
    ENDED = "Ended"
    MIX_KEEPS_ENDING = "MixKeepsEnding"
    SUSPENDED = "Suspended"
    CONFLICT = "Conflict"
    INVALID_SPEC = "InvalidSpec"
    ALREADY_RUNNING = "AlreadyRunning"
    MANAGED_ELSEWHERE = "ManagedElsewhere"
    APP_NOT_FOUND = "AppNotFound"
    APP_NOT_ALLOWED = "AppNotAllowed"
    CREDENTIALS_REJECTED = "CredentialsRejected"
    SERVICE_NOT_ENABLED = "ServiceNotEnabled"
    ZEGO_UNREACHABLE = "ZegoUnreachable"
    ZEGO_FAILED = "ZegoFailed"
    THROTTLED = "Throttled"
    STOPPING = "Stopping"


class Row(NamedTuple):
    """What the conditions say in a state; `active` None means as last seen."""

    ready: ConditionStatus
    active: ConditionStatus | None
    reconciling: bool = False
    stalled: bool = False


class Kstatus(StrEnum):
    """What Flux, and whoever else has the library kstatus, makes of an object."""

    IN_PROGRESS = "InProgress"
    CURRENT = "Current"
    FAILED = "Failed"
    TERMINATING = "Terminating"


class Health(StrEnum):
    """What Argo CD has to say of an object."""

    PROGRESSING = "Progressing"
    HEALTHY = "Healthy"
    SUSPENDED = "Suspended"
    DEGRADED = "Degraded"


class View(NamedTuple):
    """How a state looks to tools that know Kubernetes and not this operator."""

    kstatus: Kstatus
    argo_cd: Health


class Explanation(NamedTuple):
    """A reason in words."""

    meaning: str
    advice: str
    """What a person can do."""


class Aspect(NamedTuple):
    """A condition type in words."""

    true: str
    """What it means when it is True."""
    otherwise: str
    """What it means when it is not."""


_TRUE, _FALSE, _UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN

STATES: Mapping[Reason, Row] = {
    Reason.STARTING: Row(_FALSE, _FALSE, reconciling=True),
    Reason.RUNNING: Row(_TRUE, _TRUE),
    Reason.UPDATING: Row(_FALSE, _TRUE, reconciling=True),
    Reason.REPLACING: Row(_FALSE, _TRUE, reconciling=True),
    Reason.UPDATE_PENDING: Row(_FALSE, _TRUE),
    Reason.ADOPTED: Row(_TRUE, _TRUE),
    Reason.WAITING_FOR_ROOM: Row(_TRUE, _FALSE),
    Reason.ENDED: Row(_TRUE, _FALSE),
    Reason.MIX_KEEPS_ENDING: Row(_FALSE, _FALSE, reconciling=True),
    Reason.SUSPENDED: Row(_TRUE, None),
    # As seen: an object that runs and is then edited into another's way goes on running.
    Reason.CONFLICT: Row(_FALSE, None, stalled=True),
    Reason.INVALID_SPEC: Row(_FALSE, None, stalled=True),
    Reason.ALREADY_RUNNING: Row(_FALSE, None, stalled=True),
    Reason.MANAGED_ELSEWHERE: Row(_FALSE, None, stalled=True),
    Reason.APP_NOT_FOUND: Row(_FALSE, _UNKNOWN, stalled=True),
    Reason.APP_NOT_ALLOWED: Row(_FALSE, _UNKNOWN, stalled=True),
    Reason.CREDENTIALS_REJECTED: Row(_FALSE, _UNKNOWN, stalled=True),
    Reason.SERVICE_NOT_ENABLED: Row(_FALSE, _UNKNOWN, stalled=True),
    Reason.ZEGO_UNREACHABLE: Row(_FALSE, None, reconciling=True),
    Reason.ZEGO_FAILED: Row(_FALSE, None, reconciling=True),
    Reason.THROTTLED: Row(_FALSE, None, reconciling=True),
    Reason.STOPPING: Row(_FALSE, None, reconciling=True),
}

_IN_PROGRESS = View(Kstatus.IN_PROGRESS, Health.PROGRESSING)
_CURRENT = View(Kstatus.CURRENT, Health.HEALTHY)
_FAILED = View(Kstatus.FAILED, Health.DEGRADED)

VIEWS: Mapping[Reason, View] = {
    Reason.STARTING: _IN_PROGRESS,
    Reason.RUNNING: _CURRENT,
    Reason.UPDATING: _IN_PROGRESS,
    Reason.REPLACING: _IN_PROGRESS,
    # kstatus cannot say that a person is waited for: for it, what is not ready is on its way.
    Reason.UPDATE_PENDING: View(Kstatus.IN_PROGRESS, Health.SUSPENDED),
    Reason.ADOPTED: _CURRENT,
    Reason.WAITING_FOR_ROOM: _CURRENT,
    Reason.ENDED: _CURRENT,
    # Tried again by itself, and yet a person should look.
    Reason.MIX_KEEPS_ENDING: View(Kstatus.IN_PROGRESS, Health.DEGRADED),
    Reason.SUSPENDED: View(Kstatus.CURRENT, Health.SUSPENDED),
    Reason.CONFLICT: _FAILED,
    Reason.INVALID_SPEC: _FAILED,
    Reason.ALREADY_RUNNING: _FAILED,
    Reason.MANAGED_ELSEWHERE: _FAILED,
    Reason.APP_NOT_FOUND: _FAILED,
    Reason.APP_NOT_ALLOWED: _FAILED,
    Reason.CREDENTIALS_REJECTED: _FAILED,
    Reason.SERVICE_NOT_ENABLED: _FAILED,
    Reason.ZEGO_UNREACHABLE: _IN_PROGRESS,
    Reason.ZEGO_FAILED: _IN_PROGRESS,
    Reason.THROTTLED: _IN_PROGRESS,
    Reason.STOPPING: View(Kstatus.TERMINATING, Health.PROGRESSING),
}

CONDITIONS: Mapping[ConditionType, Aspect] = {
    ConditionType.READY: Aspect(
        "The operator has done what the object asks for.",
        "It has not yet, or it cannot: the reason says which.",
    ),
    ConditionType.ACTIVE: Aspect(
        "A mix runs at ZEGO, as far as is known.",
        "`False`: none runs, as far as is known. `Unknown`: the app cannot be used, so that nobody can tell.",
    ),
    ConditionType.RECONCILING: Aspect(
        "The operator is at work, or tries again by itself.",
        "The condition is absent.",
    ),
    ConditionType.STALLED: Aspect(
        "The operator cannot go on: only a change by a person helps.",
        "The condition is absent.",
    ),
}

_WAIT = "Wait. If it stays, see whether the operator runs."
_RETRIED = "Nothing at first: it is tried again by itself, and `status.retry` says when."
_ASK = f"or set the annotation `{RECONCILE_ANNOTATION}`; until then it is not tried again"
_WITH_THE_APP = "Mixes go on by themselves when the app works."

EXPLANATIONS: Mapping[Reason, Explanation] = {
    Reason.STARTING: Explanation(
        "The mix is to be started. Its app is not there yet, which is no fault in the first ten seconds of an object, "
        "or the operator was stopped before it had done so, and goes on when it is back.",
        _WAIT,
    ),
    Reason.RUNNING: Explanation("The mix runs as declared.", "Nothing."),
    Reason.UPDATING: Explanation(
        "A change is to be made on the running mix, without a gap; the operator was stopped before it had done so, and "
        "goes on when it is back.",
        _WAIT,
    ),
    Reason.REPLACING: Explanation(
        "The mix is to be stopped and started again, a short audible gap; the operator was stopped before it had done "
        "so, and goes on when it is back.",
        _WAIT,
    ),
    Reason.UPDATE_PENDING: Explanation(
        "The mix runs, but not as declared: a change that is audible waits, as `updatePolicy` is `Manual`. The message "
        "names the fields.",
        f"Set the annotation `{RESTART_ANNOTATION}` when a gap suits, or undo the change.",
    ),
    Reason.ADOPTED: Explanation(
        "A mix of this task runs that this object did not start. What can change without a gap was sent; outputs, "
        "extra inputs and the other fields are not verified, as ZEGO does not show them.",
        f"Nothing, if it sounds right. The annotation `{RESTART_ANNOTATION}` makes sure, at the cost of a gap.",
    ),
    Reason.WAITING_FOR_ROOM: Explanation(
        "Nobody is in the room, which is no fault: a mix would have nothing to mix. It starts when someone is there.",
        "Nothing. If people are there, compare `roomId` with the room that they have joined.",
    ),
    Reason.MIX_KEEPS_ENDING: Explanation(
        "People are in the room, and yet the mix ended again soon after its start. It is started anew after a wait "
        "that grows each time.",
        "See whether anybody publishes a stream in the room: a mix without streams ends after 90 seconds. "
        f"The annotation `{RECONCILE_ANNOTATION}` ends the wait.",
    ),
    Reason.ENDED: Explanation(
        "The mix ended at ZEGO, and `restartPolicy` is `Never`.",
        f"Set the annotation `{RESTART_ANNOTATION}` to start it again, or delete the object. A change of what is mixed "
        "starts it as well.",
    ),
    Reason.SUSPENDED: Explanation(
        "The mix is left as it is, and nothing is sent to ZEGO, as `suspend` is true. Deletion still works.",
        "Set `suspend` to false to go on.",
    ),
    Reason.CONFLICT: Explanation(
        "Another AutoMix has the room, the task id, the user id or an output at the same app of ZEGO's. This one sends "
        "nothing; a mix that it ran before it was edited into the other's way runs on.",
        "Delete or change one of the two; the message names the other. This one goes on by itself when it can.",
    ),
    Reason.INVALID_SPEC: Explanation(
        "ZEGO refuses what the spec declares, or would, so that nothing was sent.",
        f"Correct what the message names, {_ASK}.",
    ),
    Reason.ALREADY_RUNNING: Explanation(
        "A mix of this task runs that this object did not start, and `adoptionPolicy` is `Refuse`.",
        f"Stop it where it was started, or choose another `adoptionPolicy`. Then change the spec, {_ASK}.",
    ),
    Reason.MANAGED_ELSEWHERE: Explanation(
        "Something else keeps starting the task: it took the mix over twice within an hour, or ZEGO says that the "
        "task, or a stream of it, belongs to another user.",
        f"Stop it where it was started. Then change the spec, {_ASK}.",
    ),
    Reason.APP_NOT_FOUND: Explanation(
        "The app object that `appRef` names does not exist.",
        f"Create it. `appRef` is immutable: to use another app, create the AutoMix anew. {_WITH_THE_APP}",
    ),
    Reason.APP_NOT_ALLOWED: Explanation(
        "The ClusterZegoApp is not for this namespace: its `namespaceSelector` does not select it.",
        "Label the namespace, or change the selector. The mix goes on by itself.",
    ),
    Reason.CREDENTIALS_REJECTED: Explanation(
        "ZEGO does not accept the app's AppId and ServerSecret, or there is no ServerSecret to sign with.",
        f"Compare both with ZEGO's console; the app object's `Ready` condition says more. {_WITH_THE_APP}",
    ),
    Reason.SERVICE_NOT_ENABLED: Explanation(
        "The app lacks at ZEGO what a call needs, such as the mixing service or a production environment.",
        f"Enable it in ZEGO's console, or ask ZEGO's support; the message says what is missing. {_WITH_THE_APP}",
    ),
    Reason.ZEGO_UNREACHABLE: Explanation(
        "A call got no usable answer from ZEGO. A mix that ran runs on.",
        f"{_RETRIED} If it stays, check the network, any proxy, and the app's `region` or `endpoint`.",
    ),
    Reason.ZEGO_FAILED: Explanation(
        "ZEGO refused a call for a cause that can pass, such as a room in which nobody is yet.",
        f"{_RETRIED} If it stays, look `status.retry.code` up among the return codes.",
    ),
    Reason.THROTTLED: Explanation(
        "ZEGO refused a call because there were too many of them.",
        f"{_RETRIED} If it stays, lower the app's `limits`, and see who else makes calls with its AppId.",
    ),
    Reason.STOPPING: Explanation(
        "The object is being deleted, and its mix is not known to have stopped. The message says why.",
        "Wait. If the app or its Secret is gone, put it back. To let the object go and leave the mix running, set "
        "`deletionPolicy` to `Orphan`.",
    ),
}
