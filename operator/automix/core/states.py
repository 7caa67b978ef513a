"""The table of states: every status that the operator writes is one of these rows, told apart by its reason."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from automix.api.meta import ConditionStatus


class Reason(StrEnum):
    """The reason of the conditions; a row of the table each."""

    STARTING = "Starting"
    RUNNING = "Running"
    UPDATING = "Updating"
    REPLACING = "Replacing"
    UPDATE_PENDING = "UpdatePending"
    ENDED = "Ended"
    SUSPENDED = "Suspended"
    CONFLICT = "Conflict"
    INVALID_SPEC = "InvalidSpec"
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


_TRUE, _FALSE, _UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN

STATES: Mapping[Reason, Row] = {
    Reason.STARTING: Row(_FALSE, _FALSE, reconciling=True),
    Reason.RUNNING: Row(_TRUE, _TRUE),
    Reason.UPDATING: Row(_FALSE, _TRUE, reconciling=True),
    Reason.REPLACING: Row(_FALSE, _TRUE, reconciling=True),
    Reason.UPDATE_PENDING: Row(_FALSE, _TRUE),
    Reason.ENDED: Row(_TRUE, _FALSE),
    Reason.SUSPENDED: Row(_TRUE, None),
    Reason.CONFLICT: Row(_FALSE, _FALSE, stalled=True),
    Reason.INVALID_SPEC: Row(_FALSE, None, stalled=True),
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
