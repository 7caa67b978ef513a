"""Every field of the spec and every word of its enumerations, from the manifest to what ZEGO runs.

ZEGO's names and numbers here are those of its StartAutoMix page. What is compared is the body as it came in, and what
the simulator made of it.
"""

from typing import Any

import pytest

from automix.api.crdgen import KINDS, crd
from builders import OURS
from support.operator import Operator
from support.world import World

Json = Any

OUTPUT = {"streamId": "field-out"}
URL = "rtmp://push.example/live/field"
GUEST = "https://pull.example/live/guest.flv"

# The path of a field, its value in the manifest, and where ZEGO has it with what.
CASES: list[tuple[str, Json, str, Json]] = [
    ("roomId", "room#(1)", "RoomId", "room#(1)"),
    ("taskId", "task/1;a", "TaskId", "task/1;a"),
    ("userId", "user@1", "UserId", "user@1"),
    ("mixOutput[].streamId", "field-out-1", "MixOutput[].StreamId", "field-out-1"),
    ("mixOutput[].streamUrl", URL, "MixOutput[].StreamUrl", URL),
    *(
        ("mixOutput[].audioCodec", word, "MixOutput[].AudioCodec", number)
        for word, number in (("HE-AAC", 0), ("AAC-LC", 1), ("MP3", 2), ("OPUS", 3))
    ),
    ("mixOutput[].audioBitrate", 192000, "MixOutput[].AudioBitrate", 192000),
    ("mixOutput[].soundChannel", "Mono", "MixOutput[].SoundChannel", 1),
    ("mixOutput[].soundChannel", "Stereo", "MixOutput[].SoundChannel", 2),
    ("extraMixInput[].streamId", "field-guest", "ExtraMixInput[].StreamId", "field-guest"),
    ("extraMixInput[].streamUrl", GUEST, "ExtraMixInput[].StreamUrl", GUEST),
    ("extraMixInput[].modifyType", "Add", "ExtraMixInput[].ModifyType", 0),
    ("extraMixInput[].modifyType", "Remove", "ExtraMixInput[].ModifyType", 1),
    ("extraMixInput[].soundLevelId", 4294967295, "ExtraMixInput[].SoundLevelId", 4294967295),
    ("extraMixInput[].volume", 0, "ExtraMixInput[].Volume", 0),
    ("extraMixInput[].volume", 200, "ExtraMixInput[].Volume", 200),
    ("userData", "On air: é 🎤", "UserData", "T24gYWlyOiDDqSDwn46k"),
    ("binaryUserData", "AAH/", "UserData", "AAH/"),
    ("soundLevel", True, "SoundLevel", 1),
    ("soundLevel", False, "SoundLevel", 0),
    ("byPass", True, "ByPass", 1),
    ("byPass", False, "ByPass", 0),
    ("soundChannel", "Mono", "SoundChannel", 1),
    ("soundChannel", "Stereo", "SoundChannel", 2),
    *(("alignmentType", word, "AlignmentType", number) for word, number in (("None", 0), ("Chosen", 1), ("All", 2))),
    ("recvBufferLevel", 4000, "RecvBufferLevel", 4000),
    ("exPara[].key", "sei_mode", "ExPara[].Key", "sei_mode"),
    ("exPara[].value", '["456"]', "ExPara[].Value", '["456"]'),
]
# What goes beside a field so that the whole is right.
BESIDE: dict[str, Json] = {
    "mixOutput[].audioCodec": OUTPUT,
    "mixOutput[].audioBitrate": OUTPUT,
    "mixOutput[].soundChannel": OUTPUT,
    "extraMixInput[].modifyType": {"streamId": "field-guest"},
    "extraMixInput[].soundLevelId": {"streamId": "field-guest"},
    "extraMixInput[].volume": {"streamId": "field-guest"},
    "exPara[].key": {"value": "1"},
    "exPara[].value": {"key": "k"},
}


@pytest.mark.parametrize(
    ("field", "value", "name", "number"),
    [pytest.param(*case, id=f"{case[0]} {case[1]} is {case[3]}") for case in CASES],
)
def test_a_field_reaches_what_zego_runs(
    operator: Operator, world: World, field: str, value: Json, name: str, number: Json
) -> None:
    del operator
    top, _, within = field.partition("[].")
    spec = {top: [BESIDE.get(field, {}) | {within: value}]} if within else {top: value}
    world.zego.room("elsewhere", "field-guest")
    task = world.started("field", **({"taskId": f"{world.namespace}-field"} | spec))
    (body,) = world.zego.bodies(task)
    running = world.zego.task(task)
    assert running is not None
    for told in (body, running):
        said = told[name.partition("[]")[0]]
        said = said[0][name.partition("[].")[2]] if within else said
        assert (said, type(said)) == (number, type(number))


def test_every_field_and_every_word_has_a_case() -> None:
    (automix,) = (kind for kind in KINDS if kind.kind == "AutoMix")
    spec = crd(automix)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    tried = {(field, value if isinstance(value, str) else None) for field, value, _, _ in CASES}
    for field, words in _leaves(spec, ""):
        for word in words:
            assert any(field == known and word in (None, value) for known, value in tried), f"{field}: {word}"


def _leaves(node: Json, prefix: str) -> list[tuple[str, list[str | None]]]:
    """Return ZEGO's fields and their words; one None for a field without an enumeration."""
    found: list[tuple[str, list[str | None]]] = []
    for name, child in node["properties"].items():
        if name in OURS and not prefix:
            continue
        inner = child.get("items", child)
        path = f"{prefix}{name}"
        found += _leaves(inner, f"{path}[].") if "properties" in inner else [(path, child.get("enum", [None]))]
    return found
