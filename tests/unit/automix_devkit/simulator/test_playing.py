"""Where outputs are played."""

import pytest

from automix_devkit.simulator import SimulatorSettings
from automix_devkit.simulator.parameters import MixOutput
from automix_devkit.simulator.playing import Addresses, addresses, play_info

RTC = MixOutput(stream_id="show")
CDN = MixOutput(stream_url="rtmp://push.example/app/show?sign=x/y")


def test_an_output_to_rtc_has_a_name_and_no_address() -> None:
    assert addresses(RTC, "play.example") == Addresses("show", "", "", "")


@pytest.mark.parametrize(
    ("url", "name", "path"),
    [
        pytest.param("rtmp://push.example/app/show", "show", "app/show", id="an application and a stream"),
        pytest.param("rtmp://push.example/show", "show", "show", id="a stream alone"),
        pytest.param("rtmp://u:p@push.example:1935/a/b/show?sign=x/y", "show", "a/b/show", id="a signed address"),
    ],
)
def test_an_output_to_a_cdn_is_played_under_its_path(url: str, name: str, path: str) -> None:
    assert addresses(MixOutput(stream_url=url), "play.example") == Addresses(
        stream_id=name,
        rtmp=f"rtmp://play.example/{path}",
        hls=f"http://play.example/{path}/playlist.m3u8",
        flv=f"http://play.example/{path}.flv",
    )


def test_play_info_names_the_addresses_by_protocol() -> None:
    assert play_info(CDN, SimulatorSettings(play_domain="d")) == {
        "StreamId": "show",
        "RTMP": "rtmp://d/app/show",
        "HLS": "http://d/app/show/playlist.m3u8",
        "FLV": "http://d/app/show.flv",
        "Status": 0,
        "UserName": "",
    }


def test_addresses_that_are_empty_can_be_left_out_and_others_are_not() -> None:
    settings = SimulatorSettings(rtc_play_urls=False)
    assert play_info(RTC, settings) == {"StreamId": "show", "Status": 0, "UserName": ""}
    assert play_info(CDN, settings)["RTMP"] == "rtmp://play.example/app/show"


@pytest.mark.parametrize(
    ("status", "shown"),
    [(0, {"Status": 0, "UserName": ""}), (7, {"Status": 7, "UserName": ""}), (None, {})],
)
def test_the_status_is_as_switched(status: int | None, shown: dict[str, object]) -> None:
    settings = SimulatorSettings(play_status=status, rtc_play_urls=False)
    assert play_info(RTC, settings) == {"StreamId": "show", **shown}
