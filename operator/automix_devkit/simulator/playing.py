"""Where an output is played: an address of a CDN has play addresses, a stream of RTC has none."""

from typing import NamedTuple

from automix_devkit.simulator.parameters import MixOutput
from automix_devkit.simulator.settings import SimulatorSettings
from automix_devkit.simulator.wire import JsonObject


class Addresses(NamedTuple):
    """Hold the name of an output's stream and its play addresses, empty where there are none."""

    stream_id: str
    rtmp: str = ""
    hls: str = ""
    flv: str = ""


def addresses(output: MixOutput, play_domain: str) -> Addresses:
    """Return where an output is played."""
    if not output.stream_url:
        return Addresses(output.stream_id)
    return addresses_of(output.stream_url.removeprefix("rtmp://").partition("?")[0].partition("/")[2], play_domain)


def addresses_of(path: str, play_domain: str) -> Addresses:
    """Return where a CDN plays a path. ZEGO: StartAutoMix page, response example."""
    return Addresses(
        stream_id=path.rpartition("/")[2],
        rtmp=f"rtmp://{play_domain}/{path}",
        hls=f"http://{play_domain}/{path}/playlist.m3u8",
        flv=f"http://{play_domain}/{path}.flv",
    )


def play_info(output: MixOutput, settings: SimulatorSettings) -> JsonObject:
    """Return an entry of PlayInfo. Empty addresses of an output to RTC are inferred, as is the Status."""
    played = addresses(output, settings.play_domain)
    info: JsonObject = {"StreamId": played.stream_id}
    if output.stream_url or settings.rtc_play_urls:
        info |= {"RTMP": played.rtmp, "HLS": played.hls, "FLV": played.flv}
    if settings.play_status is not None:
        info |= {"Status": settings.play_status, "UserName": ""}
    return info
