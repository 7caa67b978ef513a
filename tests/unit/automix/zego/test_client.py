"""Calls as they go out and what becomes of their answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import FrozenInstanceError

import httpx
import pytest
from pydantic import SecretStr

from automix.zego import (
    CallRecord,
    Credentials,
    Failure,
    MixOutput,
    Outcome,
    StartAutoMix,
    StopAutoMix,
    TaskInfo,
    ZegoBadAnswer,
    ZegoClient,
    ZegoRefused,
    ZegoUnreachable,
)
from support.sent import query_of

NOW = 1615186943.9
SUCCESS = {"Code": 0, "Message": "success", "RequestId": "1"}
START = StartAutoMix(task_id="t", user_id="u", room_id="r", mix_output=(MixOutput(stream_id="s"),))
STOP = StopAutoMix(task_id="t", room_id="r")


Handler = Callable[[httpx.Request], httpx.Response]
AsyncHandler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


@contextlib.asynccontextmanager
async def _client(
    handler: Handler | AsyncHandler,
    *,
    clock: Callable[[], float] = lambda: NOW,
    on_call: Callable[[CallRecord], None] | None = None,
) -> AsyncIterator[ZegoClient]:
    client = ZegoClient(
        Credentials(12345, SecretStr("9193cc662a4c0ec135ec71fb57194b38")),
        clock=clock,
        transport=httpx.MockTransport(handler),
        nonce=lambda: "4fd24687296dd9f3",
        on_call=on_call,
    )
    async with contextlib.aclosing(client):
        yield client


def _raising(error: Exception) -> Handler:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    return handler


async def test_a_mixing_call_posts_json_under_a_signed_query() -> None:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=SUCCESS)

    async with _client(handler) as client:
        await client.start_auto_mix(START)

    (request,) = requests
    assert (request.method, request.url.scheme, request.url.host) == ("POST", "https", "rtc-api.zego.im")
    assert dict(query_of(request)) == {
        "Action": "StartAutoMix",
        "AppId": "12345",
        "SignatureNonce": "4fd24687296dd9f3",
        "Timestamp": "1615186943",
        "Signature": "43e5cfcca828314675f91b001390566a",
        "SignatureVersion": "2.0",
    }
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Host"] == "rtc-api.zego.im"
    assert request.content == START.body()


async def test_a_call_waits_five_seconds_for_a_connection_and_ten_for_each_byte() -> None:
    timeouts: list[object] = []

    def handler(request: httpx.Request) -> httpx.Response:
        timeouts.append(request.extensions["timeout"])
        return httpx.Response(200, json=SUCCESS)

    async with _client(handler) as client:
        await client.stop_auto_mix(STOP)

    assert timeouts == [{"connect": 5.0, "pool": 5.0, "read": 10.0, "write": 10.0}]


async def test_the_default_nonce_is_fresh_16_hex_characters() -> None:
    nonces: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        nonces.append(query_of(request)["SignatureNonce"])
        return httpx.Response(200, json=SUCCESS)

    client = ZegoClient(Credentials(1, SecretStr("s")), clock=lambda: NOW, transport=httpx.MockTransport(handler))
    async with contextlib.aclosing(client):
        await client.stop_auto_mix(STOP)
        await client.stop_auto_mix(STOP)

    assert [len(bytes.fromhex(nonce)) for nonce in nonces] == [8, 8]
    assert nonces[0] != nonces[1]


async def test_a_running_task_is_described() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert (request.method, query_of(request)["Action"]) == ("GET", "GetMixTaskInfo")
        assert "Content-Type" not in request.headers
        task = {"TaskId": query_of(request)["TaskId"], "MixDuration": "30"}
        return httpx.Response(200, json=SUCCESS | {"Data": {"TaskInfo": task}})

    async with _client(handler) as client:
        assert await client.get_mix_task_info("t#1") == TaskInfo(task_id="t#1", mix_duration=30)


async def test_a_task_that_does_not_exist_is_none() -> None:
    async with _client(lambda _: httpx.Response(200, json={"Code": 110209001})) as client:
        assert await client.get_mix_task_info("t") is None


async def test_a_question_zego_refuses_is_an_error() -> None:
    async with _client(lambda _: httpx.Response(200, json={"Code": 110200194})) as client:
        with pytest.raises(ZegoRefused) as refusal:
            await client.get_mix_task_info("t")

    assert refusal.value.failure is Failure.BUSY


async def test_stopping_a_task_that_does_not_exist_is_left_to_the_caller() -> None:
    async with _client(lambda _: httpx.Response(200, json={"Code": 110209001})) as client:
        with pytest.raises(ZegoRefused) as refusal:
            await client.stop_auto_mix(STOP)

    assert refusal.value.failure is Failure.GONE


async def test_users_are_counted_by_room() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert (request.method, query_of(request)["Action"]) == ("GET", "DescribeUserNum")
        rooms = query_of(request).get_list("RoomId[]")
        counts = [{"RoomId": room, "UserCount": n, "AdminUserCount": 0} for n, room in enumerate(rooms)]
        return httpx.Response(200, json=SUCCESS | {"Data": {"UserCountList": [*counts, {"RoomId": "unread"}]}})

    async with _client(handler) as client:
        assert await client.describe_user_num(["a", "b&c"]) == {"a": 0, "b&c": 1}


@pytest.mark.parametrize("rooms", [1, 10])
async def test_users_are_counted_in_one_to_ten_rooms(rooms: int) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        counts = [{"RoomId": room, "UserCount": 1} for room in query_of(request).get_list("RoomId[]")]
        return httpx.Response(200, json=SUCCESS | {"Data": {"UserCountList": counts}})

    async with _client(handler) as client:
        assert len(await client.describe_user_num([f"room-{n}" for n in range(rooms)])) == rooms


@pytest.mark.parametrize("rooms", [0, 11])
async def test_users_are_not_counted_in_any_other_number_of_rooms(rooms: int) -> None:
    async with _client(lambda _: httpx.Response(200, json=SUCCESS)) as client:
        with pytest.raises(ValueError, match=rf"^room_ids: must name 1 to 10 rooms a call, not {rooms}$"):
            await client.describe_user_num(["r"] * rooms)


@pytest.mark.parametrize(
    ("error", "may_have_had_effect"),
    [
        pytest.param(httpx.ConnectError("refused"), False, id="a connection that was refused"),
        pytest.param(httpx.ReadError("reset"), True, id="a connection that broke while reading"),
    ],
)
async def test_a_broken_connection_says_whether_the_call_may_have_had_its_effect(
    error: Exception, *, may_have_had_effect: bool
) -> None:
    async with _client(_raising(error)) as client:
        with pytest.raises(ZegoUnreachable) as failure:
            await client.start_auto_mix(START)

    assert failure.value.may_have_had_effect is may_have_had_effect


@pytest.mark.looptime
async def test_a_call_takes_ten_seconds_in_all_however_slowly_bytes_drip() -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(9):
            await asyncio.sleep(4)
            yield b" "

    begun = asyncio.get_running_loop().time()
    async with _client(lambda _: httpx.Response(200, content=drip())) as client:
        with pytest.raises(ZegoUnreachable, match="nothing within 10 seconds") as failure:
            await client.start_auto_mix(START)

    assert failure.value.may_have_had_effect
    assert asyncio.get_running_loop().time() - begun == 10


@pytest.mark.looptime
async def test_cancelling_the_caller_is_no_time_out() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(200, json=SUCCESS)

    async with _client(never) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.start_auto_mix(START), timeout=1)


async def test_a_proxys_page_is_a_bad_answer_with_its_status_and_delay() -> None:
    page = httpx.Response(502, html="<h1>Bad Gateway</h1>", headers={"Retry-After": "3"})
    async with _client(lambda _: page) as client:
        with pytest.raises(ZegoBadAnswer) as failure:
            await client.start_auto_mix(START)

    assert (failure.value.http_status, failure.value.retry_after) == (502, 3.0)


async def test_a_refusal_carries_the_delay_zego_asks_for_by_zegos_own_clock() -> None:
    headers = {"Date": "Wed, 01 Jan 2025 00:00:00 GMT", "Retry-After": "Wed, 01 Jan 2025 00:00:20 GMT"}
    async with _client(lambda _: httpx.Response(429, json={"Code": 110200190}, headers=headers)) as client:
        with pytest.raises(ZegoRefused) as refusal:
            await client.start_auto_mix(START)

    assert refusal.value.retry_after == 19.5


async def test_an_answer_of_a_megabyte_is_read_and_one_of_a_byte_more_is_not() -> None:
    answers = [httpx.Response(200, content=(b" " * size + b'{"Code":0}')[-size:]) for size in (1_000_000, 1_000_001)]
    async with _client(lambda _: answers.pop(0)) as client:
        await client.stop_auto_mix(STOP)
        with pytest.raises(ZegoBadAnswer):
            await client.stop_auto_mix(STOP)


async def test_an_answer_without_end_is_given_up_when_it_is_too_long() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10:
            sent += 1
            yield b" " * 400_000

    async with _client(lambda _: httpx.Response(200, content=endless())) as client:
        with pytest.raises(ZegoBadAnswer):
            await client.start_auto_mix(START)

    assert sent == 3


async def test_closing_the_client_closes_its_connections() -> None:
    class Connections(httpx.MockTransport):
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    connections = Connections(lambda _: httpx.Response(200, json=SUCCESS))
    client = ZegoClient(Credentials(1, SecretStr("s")), clock=lambda: NOW, transport=connections)
    await client.stop_auto_mix(STOP)
    assert not connections.closed

    await client.aclose()

    assert connections.closed


async def test_zegos_clock_is_learnt_and_signs_the_next_call() -> None:
    timestamps: list[str] = []
    times = iter([1000.0, 1000.0, 1004.0, 1004.0])

    def handler(request: httpx.Request) -> httpx.Response:
        timestamps.append(query_of(request)["Timestamp"])
        return httpx.Response(200, json=SUCCESS, headers={"Date": "Wed, 01 Jan 2025 00:00:00 GMT"})

    async with _client(handler, clock=lambda: next(times, 1010.0)) as client:
        assert not client.heard
        await client.stop_auto_mix(STOP)
        # Sent at 1000, answered at 1004: Date was written at 1002 and means half a second past the full one.
        assert (client.heard, client.now()) == (True, 1735689608.5)
        await client.stop_auto_mix(STOP)

    assert timestamps == ["1000", "1735689608"]


@pytest.mark.parametrize("headers", [{}, {"Date": "today"}], ids=["none", "one that is unreadable"])
async def test_without_a_date_our_clock_is_as_good_as_any(headers: dict[str, str]) -> None:
    async with _client(lambda _: httpx.Response(200, json=SUCCESS, headers=headers)) as client:
        await client.stop_auto_mix(STOP)

        assert (client.heard, client.now()) == (True, NOW)


async def test_an_unreadable_date_leaves_a_known_clock_alone() -> None:
    dates = iter(["Wed, 01 Jan 2025 00:00:00 GMT"])
    async with _client(lambda _: httpx.Response(200, json=SUCCESS, headers={"Date": next(dates, "today")})) as client:
        await client.stop_auto_mix(STOP)
        await client.stop_auto_mix(STOP)

        assert client.now() == 1735689600.5


async def test_who_does_not_answer_is_not_heard() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with _client(handler) as client:
        with pytest.raises(ZegoUnreachable):
            await client.stop_auto_mix(STOP)

        assert not client.heard


def test_outcomes_have_the_names_that_metrics_show() -> None:
    assert [outcome.value for outcome in Outcome] == ["ok", "refused", "bad_answer", "unreachable"]


def test_the_record_of_a_call_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(CallRecord("StopAutoMix", 0, 1.0, Outcome.OK), "code", 1)  # noqa: B010 -- what mypy would not let pass


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("answer", "code", "outcome"),
    [
        pytest.param(httpx.Response(200, json=SUCCESS), 0, Outcome.OK, id="a success"),
        pytest.param(httpx.Response(200, json={"Code": 110200001}), 110200001, Outcome.REFUSED, id="a refusal"),
        pytest.param(httpx.Response(502, html=""), None, Outcome.BAD_ANSWER, id="a proxy's page"),
        pytest.param(httpx.ReadTimeout("slow"), None, Outcome.UNREACHABLE, id="no answer"),
    ],
)
async def test_every_call_is_reported_with_its_duration(
    answer: httpx.Response | Exception, code: int | None, outcome: Outcome
) -> None:
    records: list[CallRecord] = []

    async def handler(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(2)
        if isinstance(answer, Exception):
            raise answer
        return answer

    await asyncio.sleep(1)  # the loop's time is not 0 when a call begins
    async with _client(handler, on_call=records.append) as client:
        with contextlib.suppress(ZegoRefused, ZegoBadAnswer, ZegoUnreachable):
            await client.start_auto_mix(START)

    assert records == [CallRecord("StartAutoMix", code, 2.0, outcome)]
