"""ZEGO's access protocol: who may call, and how parameters travel.

Source of every rule: the pages Calling APIs (with its signing snippet) and Global return codes. Knows no task.
"""

import hashlib
import hmac
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, SecretStr

from automix_devkit.simulator.codes import Code
from automix_devkit.simulator.model import Environment, RefusedError, Request
from automix_devkit.simulator.settings import Environments
from automix_devkit.simulator.wire import JsonObject

COMMON = frozenset({"Action", "AppId", "SignatureNonce", "Timestamp", "Signature", "SignatureVersion", "IsTest"})

_VERSION = "2.0"
_MAX_CLOCK_ERROR_SECONDS = 600
_MAX_APP_ID = 2**32 - 1
AppId = Annotated[int, Field(ge=1, le=_MAX_APP_ID)]

_HOST = re.compile(r"rtc-api(-(sha|hkg|fra|lax|bom|sgp))?\.zego\.im")
_NONCE = re.compile(r"[0-9a-fA-F]{16}")
_DECIMAL = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True)
class App:
    """Hold a project: its id, its ServerSecret, whether the mixing service is enabled, and its environments."""

    app_id: int
    server_secret: SecretStr
    mixing_enabled: bool = True
    environments: Environments = Environments.BOTH


def signature(app_id: int, nonce: str, server_secret: SecretStr, timestamp: int) -> str:
    """Compute the Signature, version 2.0. ZEGO: signing snippet of the Calling APIs page."""
    text = f"{app_id}{nonce}{server_secret.get_secret_value()}{timestamp}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def app_id_of(request: Request) -> int | None:
    """Return the AppId, None when it is not a decimal uint32 above 0."""
    text = request.first("AppId")
    return int(text) if _DECIMAL.fullmatch(text) and 0 < int(text) <= _MAX_APP_ID else None


def check_host(request: Request) -> None:
    """Refuse a Host header that is not one of ZEGO's documented hosts."""
    if not _HOST.fullmatch(request.headers.get("host", "").partition(":")[0]):
        raise RefusedError(Code.BAD_HOST, "the Host header is none of the documented hosts")


def authenticate(request: Request, apps: Mapping[int, App], now: float) -> App:
    """Return the app that signed a request; raise RefusedError for the first check that fails.

    The order of checks is inferred, the checks are documented.
    """
    app_id = app_id_of(request)
    if app_id is None:
        raise RefusedError(Code.BAD_APP_ID, "AppId must be a decimal uint32")
    timestamp = _timestamp(request)
    for name, code in (
        ("SignatureNonce", Code.NONCE_EMPTY),
        ("Signature", Code.SIGNATURE_EMPTY),
        ("SignatureVersion", Code.VERSION_EMPTY),
    ):
        if not request.first(name):
            raise RefusedError(code, f"{name} is empty")
    if request.first("SignatureVersion") != _VERSION:
        raise RefusedError(Code.VERSION_UNSUPPORTED, f"SignatureVersion must be {_VERSION}")
    if abs(now - timestamp) > _MAX_CLOCK_ERROR_SECONDS:
        raise RefusedError(Code.SIGNATURE_EXPIRED, f"Timestamp is more than {_MAX_CLOCK_ERROR_SECONDS} s off")
    app = apps.get(app_id)
    if app is None:
        raise RefusedError(Code.SECRET_NOT_FOUND, "no ServerSecret for this AppId")
    expected = signature(app_id, request.first("SignatureNonce"), app.server_secret, timestamp)
    if not hmac.compare_digest(expected.encode(), request.first("Signature").encode()):
        raise RefusedError(Code.SIGNATURE_WRONG, "the signature is wrong")
    return app


def wants_test(request: Request) -> bool:
    """Tell whether a request is meant for the test environment."""
    return request.first("IsTest").lower() == "true"


def environment_of(app: App, request: Request) -> Environment:
    """Return the environment a request goes to: a project without test environment ignores IsTest (inferred).

    Raises RefusedError for a production call of a project that has only a test environment.
    """
    is_test = wants_test(request) and app.environments is not Environments.PRODUCTION
    if not is_test and app.environments is Environments.TEST:
        raise RefusedError(Code.NOT_FOR_PRODUCTION, "the project is not configured for production, see IsTest")
    return Environment(app.app_id, is_test)


def _timestamp(request: Request) -> int:
    text = request.first("Timestamp")
    if not text:
        raise RefusedError(Code.TIMESTAMP_EMPTY, "Timestamp is empty")
    if not _DECIMAL.fullmatch(text):
        raise RefusedError(Code.TIMESTAMP_MALFORMED, "Timestamp must be Unix seconds in decimal")
    return int(text)


def business_parameters(request: Request) -> JsonObject:
    """Read what a request says beyond the common parameters: the JSON body of a POST, the query of anything else.

    Raises RefusedError for a body that is not JSON (110200002) or not an object (110200004).
    """
    if request.method != "POST":
        return _query_parameters(request)
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise RefusedError(Code.BAD_PARAMETER, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise RefusedError(Code.UNPARSABLE, "the body is not a JSON object")
    return body


def _query_parameters(request: Request) -> JsonObject:
    values: dict[str, list[str]] = {}
    for name, value in request.query:
        if name not in COMMON:
            values.setdefault(name, []).append(value)
    # A plain name given twice stays a list, which no parameter accepts.
    return {
        name: given[0] if len(given) == 1 and not name.endswith("[]") else [*given] for name, given in values.items()
    }


def oddities(request: Request) -> Iterator[str]:
    """Yield what no page asks for but the service is not known to refuse."""
    times = Counter(name for name, _ in request.query)
    yield from (f"{name} is given {count} times" for name, count in times.items() if name in COMMON and count > 1)
    if not _NONCE.fullmatch(request.first("SignatureNonce")):
        yield "SignatureNonce is not 16 hex digits"
    if request.first("IsTest").lower() not in {"", "true", "false"}:
        yield "IsTest is neither true nor false"
    if request.method == "POST":
        yield from (f"{name} in the query of a POST" for name in times if name not in COMMON)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            yield "Content-Type is not application/json"
    elif request.body:
        yield f"a {request.method} with a body"
