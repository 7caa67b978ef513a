"""The aiohttp shell over a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest

from automix_devkit.simulator import Fault, serve
from unit.automix_devkit.simulator.caller import NONCE, NOW, ROOM, SECRET, Caller, signed_path, start_body


@pytest.fixture
def zego() -> Caller:
    return Caller()


@pytest.fixture
async def http(zego: Caller) -> AsyncIterator[aiohttp.ClientSession]:
    async with serve(zego.simulator) as url, aiohttp.ClientSession(url) as session:
        yield session


async def start(http: aiohttp.ClientSession, **changes: object) -> int:
    async with http.post(signed_path("StartAutoMix", NOW), json=start_body(**changes)) as response:
        assert response.status == 200
        return int((await response.json())["Code"])


async def get(http: aiohttp.ClientSession, path: str) -> object:
    async with http.get(path) as response:
        assert response.status == 200
        return await response.json()


async def post(http: aiohttp.ClientSession, path: str, body: object = None) -> tuple[int, str]:
    async with http.post(path, json=body) as response:
        return response.status, await response.text()


async def test_zegos_api_answers_on_the_root(zego: Caller, http: aiohttp.ClientSession) -> None:
    async with http.post(signed_path("StartAutoMix", NOW), json=start_body()) as response:
        assert response.headers.getall("Date") == ["Mon, 08 Mar 2021 07:02:23 GMT"]
        assert response.content_type == "application/json"
        assert (await response.json())["Code"] == 0
    async with http.get(signed_path("DescribeUserNum", NOW, ("RoomId[]", ROOM), ("RoomId[]", "b+ &"))) as response:
        counts = (await response.json())["Data"]["UserCountList"]
    assert [(count["RoomId"], count["UserCount"]) for count in counts] == [(ROOM, 1), ("b+ &", 0)]
    assert zego.running() == ["task"]
    assert zego.breaches() == []


async def test_another_path_is_not_found_and_has_the_simulators_date(http: aiohttp.ClientSession) -> None:
    async with http.get("/v2/mix") as response:
        assert response.status == 404
        assert response.headers["Date"] == "Mon, 08 Mar 2021 07:02:23 GMT"


async def test_it_says_that_it_is_there(http: aiohttp.ClientSession) -> None:
    assert await get(http, "/admin/healthz") == {"Status": "ok"}


async def test_the_state_is_shown_in_json(http: aiohttp.ClientSession) -> None:
    await start(http, Sequence=4, Unknown=1)
    state = await get(http, "/admin/state")
    assert isinstance(state, dict)
    assert [task["Parameters"]["RoomId"] for task in state["Tasks"]] == [ROOM]
    assert state["Rooms"] == [{"RoomId": ROOM, "Users": ["alice"], "Admins": [], "Streams": ["mic"]}]
    assert state["Sequences"] == {"12345": {"user-task": 4}}
    assert state["Counters"] == {
        "Calls": {"StartAutoMix": 1},
        "Breaches": {"unknown field": 1},
        "Tasks": {"Started": 1},
        "Callbacks": {},
        "BilledSeconds": 0,
        "BilledIdleSeconds": 0,
    }


async def test_calls_and_breaches_are_shown_without_what_signs_them(http: aiohttp.ClientSession) -> None:
    await start(http, Unknown=1)
    calls = await get(http, "/admin/calls")
    assert calls == [
        {
            "Time": NOW,
            "Action": "StartAutoMix",
            "AppId": 12345,
            "IsTest": False,
            "Method": "POST",
            "Parameters": start_body(),
            "Code": 0,
        }
    ]
    assert await get(http, "/admin/breaches") == [
        {"Time": NOW, "Kind": "unknown field", "Detail": "StartAutoMix: Unknown"}
    ]
    assert NONCE not in str(calls)


async def test_an_app_can_be_added_and_its_secret_is_shown_nowhere(zego: Caller, http: aiohttp.ClientSession) -> None:
    secret = "canary-server-secret"
    assert await post(http, "/admin/apps", {"AppId": 12345, "ServerSecret": secret}) == (204, "")
    assert await start(http) == 100000005
    shown = [await get(http, f"/admin/{page}") for page in ("state", "calls", "breaches")]
    assert secret not in f"{shown}{vars(zego.simulator)}"


async def test_rooms_are_created_replaced_and_ended(zego: Caller, http: aiohttp.ClientSession) -> None:
    assert (await post(http, "/admin/rooms", {"RoomId": "a#b", "Users": ["u"], "Streams": ["s"]}))[0] == 204
    assert (await post(http, "/admin/rooms", {"RoomId": "a#b", "Users": ["u", "v"]}))[0] == 204
    assert [(room.room_id, room.users, room.streams) for room in zego.simulator.state().rooms][1:] == [
        ("a#b", ("u", "v"), ())
    ]
    for status in (204, 404):
        async with http.delete("/admin/rooms/a%23b") as response:
            assert response.status == status
    assert [room.room_id for room in zego.simulator.state().rooms] == [ROOM]


async def delete(http: aiohttp.ClientSession, path: str) -> int:
    async with http.delete(path) as response:
        return response.status


async def test_people_come_and_go_one_at_a_time(zego: Caller, http: aiohttp.ClientSession) -> None:
    users = "/admin/rooms/a%2Fb/users"
    assert await post(http, users, {"UserId": "bob"}) == (204, "")
    assert await post(http, users, {"UserId": "bob"}) == (409, "UserId: the user is in the room\n")
    assert (await post(http, users, {"UserId": "re/corder", "Role": 4}))[0] == 204
    room = zego.simulator.state().rooms[1]
    assert (room.room_id, room.users, room.admins) == ("a/b", ("bob", "re/corder"), ("re/corder",))
    assert [await delete(http, f"{users}/re%2Fcorder") for _ in range(2)] == [204, 404]
    assert await delete(http, f"{users}/bob?Reason=5") == 400
    assert await delete(http, f"{users}/bob?Reason=4") == 204
    assert [room.room_id for room in zego.simulator.state().rooms] == [ROOM]
    assert await delete(http, f"{users}/bob") == 404


async def test_streams_come_and_go_one_at_a_time(zego: Caller, http: aiohttp.ClientSession) -> None:
    streams = f"/admin/rooms/{ROOM}/streams"
    assert (await post(http, f"/admin/rooms/{ROOM}/users", {"UserId": "bob"}))[0] == 204
    assert await post(http, streams, {"StreamId": "voice", "UserId": "bob"}) == (204, "")
    assert (await post(http, streams, {"StreamId": "own"}))[0] == 204
    assert await post(http, streams, {"StreamId": "own"}) == (409, "StreamId: the stream is published already\n")
    assert await post(http, streams, {"StreamId": "s", "UserId": "carol"}) == (404, "there is no such room or user\n")
    assert (await post(http, "/admin/rooms/nowhere/streams", {"StreamId": "s"}))[0] == 404
    assert zego.simulator.state().rooms[0].streams == ("mic", "voice", "own")
    assert [await delete(http, f"{streams}/voice") for _ in range(2)] == [204, 404]
    assert zego.simulator.state().rooms[0].streams == ("mic", "own")


async def test_a_room_can_have_administrators(zego: Caller, http: aiohttp.ClientSession) -> None:
    assert (await post(http, "/admin/rooms", {"RoomId": "r", "Users": ["u"], "Admins": ["a"]}))[0] == 204
    assert zego.users("r") == [{"RoomId": "r", "UserCount": 2, "AdminUserCount": 1}]


async def test_an_app_can_have_a_test_environment_alone(http: aiohttp.ClientSession) -> None:
    app = {"AppId": 12345, "ServerSecret": SECRET, "Environments": "test"}
    assert await post(http, "/admin/apps", app) == (204, "")
    assert await start(http) == 100000016


async def test_callbacks_are_set_shown_and_removed(zego: Caller, http: aiohttp.ClientSession) -> None:
    path, receiver = "/admin/apps/12345/callbacks", {"Url": "http://127.0.0.1:1/", "CallbackSecret": "canary-secret"}
    async with http.put(path, json=receiver) as response:
        assert response.status == 204
    async with http.put("/admin/apps/7/callbacks", json=receiver) as response:
        assert response.status == 404
    fault = {"Event": "mix_start", "AppId": 12345, "Lost": True}
    assert await post(http, "/admin/callback-faults", fault) == (204, "")
    assert await start(http, Sequence=3) == 0
    shown = await get(http, "/admin/callbacks")
    assert isinstance(shown, list)
    assert [{**callback, "Fields": {}} for callback in shown] == [
        {"Time": NOW, "AppId": 12345, "Event": "mix_start", "Attempts": 0, "Outcome": "NeverSent", "Fields": {}}
    ]
    assert (shown[0]["Fields"]["task_id"], shown[0]["Fields"]["seq"]) == ("12345:task", "3")
    assert "canary-secret" not in f"{shown}{vars(zego.simulator)}"
    assert [await delete(http, path) for _ in range(2)] == [204, 404]


async def test_a_task_whose_id_has_a_slash_can_be_killed(zego: Caller, http: aiohttp.ClientSession) -> None:
    zego.start("a/b", UserId="user", MixOutput=[{"StreamId": "mix"}])
    path = "/admin/tasks/a%2Fb/kill"
    assert [(await post(http, path))[0], (await post(http, path))[0]] == [204, 404]
    assert zego.running() == []


async def test_a_task_can_be_made_older(zego: Caller, http: aiohttp.ClientSession) -> None:
    zego.start("a", UserId="user", MixOutput=[{"StreamId": "mix"}])
    older = {"Seconds": 7}
    assert [(await post(http, f"/admin/tasks/{task}/age", older))[0] for task in ("a", "b")] == [204, 404]
    assert [task.mix_duration for task in zego.simulator.state().tasks] == [7]


async def test_a_reset_forgets_the_calls(http: aiohttp.ClientSession) -> None:
    await start(http)
    assert (await post(http, "/admin/reset"))[0] == 204
    assert await get(http, "/admin/calls") == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        pytest.param("/admin/rooms", {"Users": []}, "RoomId", id="a room without id"),
        pytest.param("/admin/tasks/any/age", {"Seconds": 0}, "Seconds", id="an age that adds nothing"),
        pytest.param("/admin/rooms", {"RoomId": "r", "Users": []}, "Users", id="a room without users"),
        pytest.param("/admin/rooms", {"RoomId": "r", "Users": 1}, "Users", id="a number of users"),
        pytest.param("/admin/apps", {"AppId": "1", "ServerSecret": SECRET}, "AppId", id="an AppId as a string"),
        pytest.param("/admin/apps", {"AppId": 1, "ServerSecret": [SECRET]}, "ServerSecret", id="a secret as a list"),
        pytest.param("/admin/faults", {"Action": "StartAutoMix"}, "one of Lost", id="a fault without fault"),
        pytest.param("/admin/faults", SECRET, "Input should be an object", id="no object"),
        pytest.param("/admin/callback-faults", {"Event": "mix_start"}, "one of Lost", id="a callback without fault"),
        pytest.param("/admin/rooms/r/users", {"Role": 1}, "UserId", id="a user without id"),
        pytest.param("/admin/rooms/r/users", {"UserId": "u", "Role": 3}, "Role", id="an unknown role"),
        pytest.param("/admin/rooms/r/streams", {"StreamId": ""}, "StreamId", id="a stream without id"),
        pytest.param(
            "/admin/apps",
            {"AppId": 1, "ServerSecret": SECRET, "Environments": "x"},
            "Environments",
            id="no environment",
        ),
    ],
)
async def test_a_bad_admin_request_is_refused_by_name(
    http: aiohttp.ClientSession, path: str, body: object, field: str
) -> None:
    status, text = await post(http, path, body)
    assert status == 400
    assert text.startswith(field)
    assert SECRET not in text


async def test_a_receiver_that_is_no_address_is_refused_by_name(http: aiohttp.ClientSession) -> None:
    receiver = {"Url": "ftp://h", "CallbackSecret": SECRET}
    async with http.put("/admin/apps/12345/callbacks", json=receiver) as response:
        assert response.status == 400
        assert (await response.text()).startswith("Url")


@pytest.mark.parametrize(("when", "running"), [("before", []), ("after", ["task"]), ("midway", ["task"])])
async def test_a_lost_answer_drops_the_connection(
    zego: Caller, http: aiohttp.ClientSession, when: str, running: list[str]
) -> None:
    assert (await post(http, "/admin/faults", {"Action": "StartAutoMix", "Lost": when}))[0] == 204
    with pytest.raises(aiohttp.ClientPayloadError if when == "midway" else aiohttp.ClientConnectionError):
        await start(http)
    assert zego.running() == running
    assert await start(http) == 0


async def test_scripted_faults_can_be_forgotten(http: aiohttp.ClientSession) -> None:
    assert (await post(http, "/admin/faults", {"Action": "StartAutoMix", "Code": 110200001, "Times": 9}))[0] == 204
    async with http.delete("/admin/faults") as response:
        assert response.status == 204
    assert await start(http) == 0


async def test_an_answer_that_is_cut_short_arrives_as_if_it_were_whole(http: aiohttp.ClientSession) -> None:
    assert (await post(http, "/admin/faults", {"Cut": 10}))[0] == 204
    async with http.post(signed_path("StartAutoMix", NOW), json=start_body()) as response:
        assert (response.status, await response.read()) == (200, b'{"Code": 0')


async def test_a_server_error_has_its_headers(http: aiohttp.ClientSession) -> None:
    assert (await post(http, "/admin/faults", {"Status": 429, "RetryAfter": 3, "Body": "empty"}))[0] == 204
    async with http.post(signed_path("StartAutoMix", NOW), json=start_body()) as response:
        assert (response.status, response.headers["Retry-After"], await response.read()) == (429, "3", b"")


async def test_two_calls_for_a_user_at_once_meet_under_a_delay(zego: Caller, http: aiohttp.ClientSession) -> None:
    zego.simulator.add_fault(Fault(action="StartAutoMix", delay_before=0.1))
    codes = await asyncio.gather(start(http), start(http))
    assert sorted(codes) == [0, 110200005]
    assert [kind for kind, _ in zego.breaches()] == ["calls at once for one user id"]


async def test_a_call_has_its_effect_though_its_caller_gave_up(zego: Caller, http: aiohttp.ClientSession) -> None:
    zego.simulator.add_fault(Fault(action="StartAutoMix", delay_before=0.1))
    impatient = aiohttp.ClientTimeout(total=0.02)
    with pytest.raises(TimeoutError):
        await http.post(signed_path("StartAutoMix", NOW), json=start_body(), timeout=impatient)
    async with asyncio.timeout(5):
        while zego.running() != ["task"]:
            await get(http, "/admin/healthz")


async def test_each_server_takes_a_free_port(zego: Caller) -> None:
    async with serve(zego.simulator) as one, serve(zego.simulator) as other:
        assert one != other


@pytest.mark.parametrize("turns", range(6))
async def test_a_connection_that_is_just_being_made_at_the_end_is_closed(zego: Caller, turns: int) -> None:
    async with serve(zego.simulator) as url:
        _, _, port = url.rpartition(":")
        client = socket.create_connection(("127.0.0.1", int(port)))
        for _ in range(turns):
            await asyncio.sleep(0)
    with client:
        client.settimeout(5)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
