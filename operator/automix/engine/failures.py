"""What an error of ZEGO's client means for an object."""

from http import HTTPStatus

from automix import zego
from automix.core.failures import Failure
from automix.core.states import Reason

_REASONS = {
    zego.Failure.SPEC: Reason.INVALID_SPEC,
    zego.Failure.CREDENTIALS: Reason.CREDENTIALS_REJECTED,
    zego.Failure.ACCOUNT: Reason.SERVICE_NOT_ENABLED,
    zego.Failure.BUSY: Reason.THROTTLED,
    zego.Failure.LOCKED: Reason.THROTTLED,
    zego.Failure.NOT_OWNER: Reason.MANAGED_ELSEWHERE,
}

# Waiting helps these least: nobody knows what it is, or this program has to be mended first.
_SLOW = frozenset({zego.Failure.UNKNOWN, zego.Failure.PROGRAM})

# Who is overloaded, or does not know what is the matter, may have done what was asked for all the same.
_DOUBTFUL = frozenset({zego.Failure.BUSY, zego.Failure.LOCKED, zego.Failure.TRANSIENT, zego.Failure.UNKNOWN})

_LONGEST_RETRY_AFTER_SECONDS = 300.0


def failure_of(error: zego.ZegoError) -> Failure:
    """Return what an error of the client means for the object."""
    match error:
        case zego.ZegoRefused():
            reason = _REASONS.get(error.failure, Reason.ZEGO_FAILED)
            said = f"{error.action} was refused with code {error.code} ({error.message}; request id {error.request_id})"
            message = f"{said}: {error.advice}"
            return Failure(
                reason,
                message,
                error.code,
                error.request_id,
                _bounded(error.retry_after),
                in_doubt=error.failure in _DOUBTFUL,
                busy=error.failure is zego.Failure.BUSY,
                slow=error.failure in _SLOW,
            )
        case zego.ZegoBadAnswer():
            too_many = error.http_status == HTTPStatus.TOO_MANY_REQUESTS
            return Failure(
                Reason.THROTTLED if too_many else Reason.ZEGO_UNREACHABLE,
                str(error),
                retry_after=_bounded(error.retry_after),
                in_doubt=True,
                busy=too_many,
            )
        case zego.ZegoUnreachable():
            return Failure(Reason.ZEGO_UNREACHABLE, str(error), in_doubt=error.may_have_had_effect)
        case _:
            return Failure(Reason.ZEGO_UNREACHABLE, str(error), in_doubt=True)


def _bounded(retry_after: float | None) -> float | None:
    """Whoever is between us and ZEGO may ask for years; a stop must not wait for as long."""
    return None if retry_after is None else min(retry_after, _LONGEST_RETRY_AFTER_SECONDS)
