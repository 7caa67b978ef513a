"""The real httpx against the simulator, without a socket."""

import httpx
import pytest

from automix_devkit.simulator import Fault, mock_transport
from unit.automix_devkit.simulator.caller import NOW, ROOM, Caller, signed, start_body

URL = "https://rtc-api.zego.im"


async def start(zego: Caller, timeout_seconds: float = 5) -> httpx.Response:
    async with httpx.AsyncClient(transport=mock_transport(zego.simulator), timeout=timeout_seconds) as client:
        return await client.post(URL, params=signed("StartAutoMix", NOW), json=start_body())


async def test_an_httpx_client_reaches_the_simulator() -> None:
    zego = Caller()
    response = await start(zego)
    assert response.json()["Code"] == 0
    assert response.headers["date"] == "Mon, 08 Mar 2021 07:02:23 GMT"
    assert zego.running() == ["task"]
    assert zego.breaches() == []


def test_repeated_parameters_arrive_in_a_blocking_client_too() -> None:
    zego = Caller()
    with httpx.Client(transport=mock_transport(zego.simulator)) as client:
        params = {**signed("DescribeUserNum", NOW), "RoomId[]": [ROOM, "a&b=ü"]}
        counts = client.get(URL, params=params).json()["Data"]["UserCountList"]
    assert [count["RoomId"] for count in counts] == [ROOM, "a&b=ü"]


@pytest.mark.parametrize(
    ("fault", "error", "running"),
    [
        pytest.param(Fault(action="StartAutoMix", lost="before"), httpx.ConnectError, [], id="before the effect"),
        pytest.param(Fault(action="StartAutoMix", lost="after"), httpx.ReadError, ["task"], id="after the effect"),
        pytest.param(
            Fault(action="StartAutoMix", lost="midway"), httpx.RemoteProtocolError, ["task"], id="midway through"
        ),
        pytest.param(Fault(action="StartAutoMix", delay_before=6), httpx.ReadTimeout, ["task"], id="too slow to act"),
        pytest.param(Fault(action="StartAutoMix", delay_after=6), httpx.ReadTimeout, ["task"], id="too slow to answer"),
    ],
)
async def test_a_lost_answer_is_the_error_httpx_raises(
    fault: Fault, error: type[httpx.TransportError], running: list[str]
) -> None:
    zego = Caller()
    zego.simulator.add_fault(fault)
    with pytest.raises(error):
        await start(zego)
    assert zego.running() == running


async def test_a_patient_client_gets_the_delayed_answer() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", delay_before=6, delay_after=3))
    assert (await start(zego, timeout_seconds=10)).json()["Code"] == 0


async def test_a_server_error_passes_through() -> None:
    zego = Caller()
    zego.simulator.add_fault(Fault(action="StartAutoMix", status=502))
    response = await start(zego)
    assert (response.status_code, response.headers["content-type"]) == (502, "text/html")
