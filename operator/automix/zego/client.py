"""ZEGO's server API as a class: one method per operation, one private way to make a call.

It signs, sends and reads. It never retries and never limits its rate: its callers know why they call.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

import httpx

from automix.zego.answers import Answer, ResultT, interpret
from automix.zego.clock import Clock
from automix.zego.codes import Failure
from automix.zego.errors import HTTPX_ERRORS, ZegoBadAnswer, ZegoError, ZegoRefused, ZegoUnreachable, unreachable
from automix.zego.headers import parse_date, parse_retry_after
from automix.zego.models import (
    StartAutoMix,
    StartResult,
    StopAutoMix,
    StopResult,
    TaskInfo,
    TaskInfoResult,
    UserNumResult,
    WireRequest,
)
from automix.zego.redaction import clean
from automix.zego.regions import ENDPOINTS, Region, parse_endpoint
from automix.zego.signing import Credentials, signed_query
from automix.zego.transport import pooled_transport

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
MAX_ANSWER_BYTES = 1_000_000
MAX_ROOMS = 10  # ZEGO: DescribeUserNum page
_TIMEOUT = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS).as_dict()
_HEADERS = httpx.Headers({"Accept": "application/json", "User-Agent": "automix-operator"})
_HEADERS_WITH_BODY = httpx.Headers({**_HEADERS, "Content-Type": "application/json"})


class Outcome(StrEnum):
    """Say how a call ended."""

    OK = "ok"
    REFUSED = "refused"
    BAD_ANSWER = "bad_answer"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Describe one finished call for metrics; `code` is None where ZEGO gave none. A cancelled call has no record."""

    action: str
    code: int | None
    seconds: float
    outcome: Outcome


def random_nonce() -> str:
    """Return 16 hex characters of 8 random bytes (ZEGO: Calling APIs page, SignatureNonce)."""
    return secrets.token_hex(8)


class ZegoClient:
    """Call ZEGO's server API for one app over one pool of connections; close it with `aclose`.

    `endpoint` is a URL as `parse_endpoint` takes it, `clock` returns Unix seconds, `on_call` is told of each call.
    `transport` has to know httpx's extension "target", in which the signed query goes.
    Every call raises ZegoUnreachable, ZegoBadAnswer or ZegoRefused, and takes at most TOTAL_SECONDS.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        clock: Callable[[], float],
        endpoint: str = ENDPOINTS[Region.UNIFIED],
        transport: httpx.AsyncBaseTransport | None = None,
        nonce: Callable[[], str] = random_nonce,
        on_call: Callable[[CallRecord], None] | None = None,
    ) -> None:
        self._credentials = credentials
        self._endpoint = parse_endpoint(endpoint)
        self._clock = clock
        self._nonce = nonce
        self._on_call = on_call
        self._zegos_clock = Clock(clock)
        self._transport = transport or pooled_transport(self._endpoint)

    @property
    def heard(self) -> bool:
        """Whether ZEGO has ever answered anything; until then its clock is not known."""
        return self._zegos_clock.heard

    def now(self) -> float:
        """Return ZEGO's time in Unix seconds, or ours until an answer has arrived."""
        return self._zegos_clock.now()

    async def start_auto_mix(self, request: StartAutoMix) -> StartResult:
        """Start a mix, or update the one of the same task id."""
        return await self._call("StartAutoMix", StartResult, body=request)

    async def stop_auto_mix(self, request: StopAutoMix) -> StopResult:
        """Stop a mix; one that does not exist is ZegoRefused with Failure.GONE."""
        return await self._call("StopAutoMix", StopResult, body=request)

    async def get_mix_task_info(self, task_id: str) -> TaskInfo | None:
        """Return what ZEGO tells of a running task, or None if it does not exist."""
        try:
            result = await self._call("GetMixTaskInfo", TaskInfoResult, query=[("TaskId", task_id)])
        except ZegoRefused as error:
            if error.failure is Failure.GONE:
                return None
            raise
        return result.task_info

    async def describe_user_num(self, room_ids: Sequence[str]) -> dict[str, int]:
        """Return how many users, administrators included, are in each of 1 to 10 rooms; an unknown room has 0.

        A room ZEGO's answer leaves out is left out. Raises ValueError for any other number of rooms.
        """
        if not 1 <= len(room_ids) <= MAX_ROOMS:
            raise ValueError(f"room_ids: must name 1 to {MAX_ROOMS} rooms a call, not {len(room_ids)}")
        result = await self._call("DescribeUserNum", UserNumResult, query=[("RoomId[]", room) for room in room_ids])
        return {row.room_id: row.user_count for row in result.user_count_list if row.user_count is not None}

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _call(
        self,
        action: str,
        expected: type[ResultT],
        *,
        query: Sequence[tuple[str, str]] = (),
        body: WireRequest | None = None,
    ) -> ResultT:
        begun = asyncio.get_running_loop().time()
        result = await self._attempt(action, expected, query, body)
        if self._on_call:
            self._on_call(_record(action, result, asyncio.get_running_loop().time() - begun))
        # Raised outside of any except block: an httpx error as context would keep the request reachable.
        if isinstance(result, ZegoError):
            raise result
        return result

    async def _attempt(
        self, action: str, expected: type[ResultT], query: Sequence[tuple[str, str]], body: WireRequest | None
    ) -> ResultT | ZegoError:
        signed = signed_query(self._credentials, action, nonce=self._nonce(), timestamp=int(self.now()))
        confidential = (
            self._credentials.server_secret.get_secret_value(),
            signed["Signature"],
            signed["SignatureNonce"],
        )
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                answer = await self._exchange(query, body, signed)
        except HTTPX_ERRORS as error:
            return unreachable(action, error, clean(str(error), confidential))
        except TimeoutError:
            reason = f"nothing within {TOTAL_SECONDS:g} seconds"
            return ZegoUnreachable(action, reason, may_have_had_effect=True)
        return interpret(action, answer, expected, secrets=confidential)

    async def _exchange(
        self, query: Sequence[tuple[str, str]], body: WireRequest | None, signed: dict[str, str]
    ) -> Answer:
        sent = self._clock()
        # What every call carries is letters, digits and a dot.
        parameters = [*map("=".join, signed.items()), *([urlencode(query)] if query else [])]
        target = self._endpoint.raw_path + f"?{'&'.join(parameters)}".encode()
        request = httpx.Request(
            "GET" if body is None else "POST",
            # The query beside it: httpx takes each character of an URL in its hand, and shows it in errors.
            self._endpoint,
            content=None if body is None else body.body(),
            headers=_HEADERS if body is None else _HEADERS_WITH_BODY,
            extensions={"timeout": _TIMEOUT, "target": target},
        )
        # Not through httpx.AsyncClient, which logs whole URLs: this one has the signature.
        response = await self._transport.handle_async_request(request)
        try:
            self._zegos_clock.learn(parse_date(response.headers.get("Date")), sent)
            retry_after = parse_retry_after(response.headers.get("Retry-After"), self.now())
            return Answer(response.status_code, await _read(response), retry_after)
        finally:
            await response.aclose()


async def _read(response: httpx.Response) -> bytes:
    """Read no more than is needed to know that an answer is too long: cut off, it is no JSON object."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            break
    return bytes(body[:MAX_ANSWER_BYTES])


def _record(action: str, result: object, seconds: float) -> CallRecord:
    match result:
        case ZegoRefused(code=code):
            return CallRecord(action, code, seconds, Outcome.REFUSED)
        case ZegoBadAnswer():
            return CallRecord(action, None, seconds, Outcome.BAD_ANSWER)
        case ZegoError():
            return CallRecord(action, None, seconds, Outcome.UNREACHABLE)
        case _:
            return CallRecord(action, 0, seconds, Outcome.OK)
