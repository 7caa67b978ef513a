"""Turn an HTTP answer into a result or an error. Pure: no I/O, no clock; errors are returned, not raised."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from automix.zego.codes import classify
from automix.zego.errors import ZegoBadAnswer, ZegoRefused
from automix.zego.models import Envelope, Result
from automix.zego.redaction import clean

ResultT = TypeVar("ResultT", bound=Result)


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what arrived; `retry_after` is in seconds."""

    http_status: int
    body: bytes
    retry_after: float | None = None


def interpret(
    action: str, answer: Answer, expected: type[ResultT], *, secrets: tuple[str, ...] = ()
) -> ResultT | ZegoBadAnswer | ZegoRefused:
    """Return what the answer means; the envelope's Code decides, whatever the HTTP status (which ZEGO leaves open).

    `secrets` are masked in what ZEGO's text repeats.
    """
    try:
        # By ZEGO's names alone: the `code` of a gateway's own JSON is none of ZEGO's.
        envelope = Envelope.model_validate_json(answer.body, by_alias=True, by_name=False)
    except ValidationError:
        return _bad(action, answer, "no JSON object with a Code")
    request_id = clean(envelope.request_id, secrets)
    if envelope.code != 0:
        return ZegoRefused(
            action,
            classify(envelope.code),
            message=clean(envelope.message, secrets),
            request_id=request_id,
            retry_after=answer.retry_after,
        )
    data = envelope.data or {}
    if isinstance(data, Mapping):
        try:
            return expected.model_validate({**data, "RequestId": request_id})
        except ValidationError:
            pass
    return _bad(action, answer, "its Data is not as documented")


def _bad(action: str, answer: Answer, reason: str) -> ZegoBadAnswer:
    return ZegoBadAnswer(action, reason, http_status=answer.http_status, retry_after=answer.retry_after)
