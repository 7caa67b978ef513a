"""What goes back: the envelope of an answer in the reading that was chosen, or the page of a proxy."""

import json
from email.utils import formatdate
from http import HTTPStatus
from typing import Literal

from pydantic import JsonValue

from automix_devkit.simulator.codes import http_status
from automix_devkit.simulator.model import Answer, Response
from automix_devkit.simulator.settings import DataParts, FailureStatus, NoData, SimulatorSettings
from automix_devkit.simulator.wire import JsonObject

# What a client can do without; which fields may be missing is inferred, no page marks any of a response as required.
_DISPENSABLE = frozenset({"Sequence", "PlayInfo", "MixDuration", "AdminUserCount"})
_EXTRA: JsonObject = {"TraceId": "7d1c", "Extra": {"Version": 3, "Notes": [None, True]}}


def envelope(answer: Answer, settings: SimulatorSettings, *, request_id: str, now: float) -> Response:
    """Wrap an answer. HTTP 200 whatever the Code is inferred: the status of a failure is not documented."""
    body: JsonObject = {"Code": int(answer.code), "Message": answer.message, "RequestId": request_id}
    if answer.data is not None:
        data = _as_strings(answer.data) if settings.numbers_as_strings else answer.data
        body["Data"] = _with_extras(data) if settings.extra_fields else data
    elif settings.no_data is not NoData.LEFT_OUT:
        body["Data"] = None if settings.no_data is NoData.NULL else {}
    if settings.extra_fields:
        body |= _EXTRA
    status = http_status(answer.code) if settings.failure_status is FailureStatus.BY_CODE else HTTPStatus.OK
    return Response(status, _headers("application/json", now), json.dumps(body).encode())


def error_page(
    status: int, *, now: float, body: Literal["html", "empty"] = "html", retry_after: int | None = None
) -> Response:
    """Make what a proxy in front of the service answers instead of the envelope: HTML, or nothing at all."""
    headers = _headers("text/html", now)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(status, headers, f"<html><body><h1>{status}</h1></body></html>".encode() if body == "html" else b"")


def parts_of(data: JsonObject | None, parts: DataParts) -> JsonObject | None:
    """Return as much of an answer's Data as a client may count on."""
    if data is None or parts is DataParts.ABSENT:
        return None
    return _without_dispensable(data) if parts is DataParts.SPARSE else data


def _headers(content_type: str, now: float) -> dict[str, str]:
    return {"Content-Type": content_type, "Date": formatdate(now, usegmt=True)}


def _without_dispensable(data: JsonObject) -> JsonObject:
    return {
        name: _without_dispensable(value) if isinstance(value, dict) else value
        for name, value in data.items()
        if name not in _DISPENSABLE
    }


def _as_strings(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _as_strings(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_strings(inner) for inner in value]
    return str(value) if isinstance(value, int | float) else value


def _with_extras(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _with_extras(inner) for name, inner in value.items()} | _EXTRA
    if isinstance(value, list):
        return [_with_extras(inner) for inner in value]
    return value
