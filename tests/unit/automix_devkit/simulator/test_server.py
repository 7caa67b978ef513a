"""The aiohttp shell over a real socket."""

import asyncio
from collections.abc import AsyncIterator

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
    assert state["Rooms"] == [{"RoomId": ROOM, "Users": ["alice"], "Streams": ["mic"]}]
    assert state["Sequences"] == {"12345": {"user-task": 4}}
    assert state["Counters"] == {
        "Calls": {"StartAutoMix": 1},
        "Breaches": {"unknown field": 1},
        "Tasks": {"Started": 1},
        "BilledSeconds": 0,
    }


async def test_calls_and_breaches_are_shown_without_what_signs_them(http: aiohttp.ClientSession) -> None:
    await start(http, Unknown=1)
    calls = await get(http, "/admin/calls")
    assert calls == [
        {
            "Time": NOW,
            "Action": "StartAutoMix",
            "AppId": 12345,
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


async def test_a_task_whose_id_has_a_slash_can_be_killed(zego: Caller, http: aiohttp.ClientSession) -> None:
    zego.start("a/b", UserId="user", MixOutput=[{"StreamId": "mix"}])
    path = "/admin/tasks/a%2Fb/kill"
    assert [(await post(http, path))[0], (await post(http, path))[0]] == [204, 404]
    assert zego.running() == []


async def test_a_reset_forgets_the_calls(http: aiohttp.ClientSession) -> None:
    await start(http)
    assert (await post(http, "/admin/reset"))[0] == 204
    assert await get(http, "/admin/calls") == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        pytest.param("/admin/rooms", {"Users": []}, "RoomId", id="a room without id"),
        pytest.param("/admin/rooms", {"RoomId": "r", "Users": []}, "Users", id="a room without users"),
        pytest.param("/admin/rooms", {"RoomId": "r", "Users": 1}, "Users", id="a number of users"),
        pytest.param("/admin/apps", {"AppId": "1", "ServerSecret": SECRET}, "AppId", id="an AppId as a string"),
        pytest.param("/admin/apps", {"AppId": 1, "ServerSecret": [SECRET]}, "ServerSecret", id="a secret as a list"),
        pytest.param("/admin/faults", {"Action": "StartAutoMix"}, "one of Lost", id="a fault without fault"),
        pytest.param("/admin/faults", SECRET, "Input should be an object", id="no object"),
    ],
)
async def test_a_bad_admin_request_is_refused_by_name(
    http: aiohttp.ClientSession, path: str, body: object, field: str
) -> None:
    status, text = await post(http, path, body)
    assert status == 400
    assert text.startswith(field)
    assert SECRET not in text


@pytest.mark.parametrize(("when", "running"), [("before", []), ("after", ["task"])])
async def test_a_lost_answer_drops_the_connection(
    zego: Caller, http: aiohttp.ClientSession, when: str, running: list[str]
) -> None:
    assert (await post(http, "/admin/faults", {"Action": "StartAutoMix", "Lost": when}))[0] == 204
    with pytest.raises(aiohttp.ClientConnectionError):
        await start(http)
    assert zego.running() == running
    assert await start(http) == 0


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
