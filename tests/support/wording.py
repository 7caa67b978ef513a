"""Specs in ZEGO's words, translated apart from the operator, right or wrong."""

import base64
from typing import Any

from builders import OURS

Json = dict[str, Any]

# ZEGO: StartAutoMix page.
NUMBERS: dict[str, dict[object, int]] = {
    "audioCodec": {"HE-AAC": 0, "AAC-LC": 1, "MP3": 2, "OPUS": 3},
    "soundChannel": {"Mono": 1, "Stereo": 2},
    "modifyType": {"Add": 0, "Remove": 1},
    "alignmentType": {"None": 0, "Chosen": 1, "All": 2},
    "soundLevel": {False: 0, True: 1},
    "byPass": {False: 0, True: 1},
}


def in_zegos_words(spec: Json) -> Json:
    """Return StartAutoMix's body for a spec, right or wrong."""
    body = {"TaskId": "task", "UserId": "user"}
    for field, value in spec.items():
        if field == "userData":
            body["UserData"] = base64.b64encode(value.encode()).decode() if isinstance(value, str) else value
        elif field == "binaryUserData":
            body["UserData"] = value
        elif field not in OURS:
            body[_pascal(field)] = _translated(field, value)
    return body


def _translated(field: str, value: Any) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(value, list):
        return [{_pascal(name): _translated(name, inner) for name, inner in item.items()} for item in value]
    return NUMBERS.get(field, {}).get(value, value)


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]
