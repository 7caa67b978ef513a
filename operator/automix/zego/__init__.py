"""ZEGO's server API for automatic mixing, as a library: it knows ZEGO, httpx and pydantic, and nothing else of ours."""

from automix.zego.client import CallRecord, Outcome, ZegoClient
from automix.zego.codes import CODES, Failure, ReturnCode, classify
from automix.zego.errors import ZegoBadAnswer, ZegoError, ZegoRefused, ZegoUnreachable
from automix.zego.models import (
    AlignmentType,
    AudioCodec,
    ExPara,
    ExtraMixInput,
    MixOutput,
    ModifyType,
    PlayInfo,
    SoundChannel,
    StartAutoMix,
    StartResult,
    StopAutoMix,
    StopResult,
    Switch,
    TaskInfo,
    UserCount,
)
from automix.zego.regions import ENDPOINTS, Region
from automix.zego.signing import Credentials

__all__ = [
    "CODES",
    "ENDPOINTS",
    "AlignmentType",
    "AudioCodec",
    "CallRecord",
    "Credentials",
    "ExPara",
    "ExtraMixInput",
    "Failure",
    "MixOutput",
    "ModifyType",
    "Outcome",
    "PlayInfo",
    "Region",
    "ReturnCode",
    "SoundChannel",
    "StartAutoMix",
    "StartResult",
    "StopAutoMix",
    "StopResult",
    "Switch",
    "TaskInfo",
    "UserCount",
    "ZegoBadAnswer",
    "ZegoClient",
    "ZegoError",
    "ZegoRefused",
    "ZegoUnreachable",
    "classify",
]
