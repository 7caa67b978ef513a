"""The AutoMixes of the model, and what ZEGO must run for each of their fields: written by hand, apart from the code."""

from typing import Any, NamedTuple

Json = dict[str, Any]


class Casting(NamedTuple):
    """What is immutable about an object."""

    room: str
    task: str
    spec: Json


# Two that want one room by different tasks, and one that has a room for itself.
CAST = {
    "alpha": Casting("lobby", "lobby", {"roomId": "lobby"}),
    "beta": Casting("lobby", "lobby-too", {"roomId": "lobby", "taskId": "lobby-too"}),
    "gamma": Casting("stage", "stage", {"roomId": "stage"}),
}
ROOMS = ("lobby", "stage")

# A field with its values; of each what ZEGO runs then.
AUDIBLE: dict[str, dict[str, tuple[Json, Json]]] = {
    "recvBufferLevel": {
        "no delay": ({"recvBufferLevel": None}, {"RecvBufferLevel": 0}),
        "200 ms of delay": ({"recvBufferLevel": 200}, {"RecvBufferLevel": 200}),
    },
    "soundChannel": {
        "one channel": ({"soundChannel": None}, {"SoundChannel": 1}),
        "two channels": ({"soundChannel": "Stereo"}, {"SoundChannel": 2}),
    },
}
IN_PLACE: dict[str, dict[str, tuple[Json, Json]]] = {
    "userData": {
        "no text": ({"userData": None}, {"UserData": ""}),
        "the text 'on air'": ({"userData": "on air"}, {"UserData": "b24gYWly"}),
        "the text 'over'": ({"userData": "over"}, {"UserData": "b3Zlcg=="}),
    },
    "soundLevel": {
        "no levels": ({"soundLevel": None}, {"SoundLevel": 0}),
        "levels": ({"soundLevel": True}, {"SoundLevel": 1}),
    },
}
POLICIES: dict[str, tuple[Any, ...]] = {
    "suspend": (False, True),
    "deletionPolicy": ("Delete", "Orphan"),
    "updatePolicy": ("InPlaceOrRecreate", "Manual"),
    "restartPolicy": ("Always", "Never"),
    "adoptionPolicy": ("Keep", "Replace", "Refuse"),
    "driftCheckInterval": ("30s", "10m"),
}
# What two edits would hardly ever come to by chance.
_AT_ONCE: dict[str, Json] = {
    f"{wording}, which a person is to approve": {"updatePolicy": "Manual"} | declared
    for wording, (declared, _) in AUDIBLE["soundChannel"].items()
}

EDITS: dict[str, Json] = (
    {
        wording: declared
        for fields in (AUDIBLE, IN_PLACE)
        for values in fields.values()
        for wording, (declared, _) in values.items()
    }
    | {f"{policy} {value}": {policy: value} for policy, values in POLICIES.items() for value in values}
    | _AT_ONCE
)
"""What an edit may change, by its wording in the story."""


def manifest(namespace: str, name: str, *edits: str) -> Json:
    """Return an object with some edits made to it."""
    spec = {
        **CAST[name].spec,
        "appRef": {"kind": "ZegoApp", "name": "zego"},
        "mixOutput": [{"streamId": f"{name}-mix"}],
        "driftCheckInterval": "30s",
    }
    for edit in edits:
        spec |= {field: value for field, value in EDITS[edit].items() if value is not None}
    return {
        "apiVersion": "automix.zego.im/v1alpha1",
        "kind": "AutoMix",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def differences(spec: Json, parameters: Json, *, audible: bool) -> list[str]:
    """Return ZEGO's fields in which what runs is not what a spec declares; without `audible`, of those set in place."""
    fields = AUDIBLE | IN_PLACE if audible else IN_PLACE
    wanted: Json = {"RoomId": spec["roomId"]}
    for field, values in fields.items():
        wanted |= next(runs for declared, runs in values.values() if declared[field] == spec.get(field))
    return [
        f"{name} is {parameters[name]!r} and not {value!r}"
        for name, value in wanted.items()
        if parameters[name] != value
    ]
