"""Specs around every limit: valid, at the boundary, just beyond it, and beyond ASCII.

An edge is one way to say one thing. A spec is a valid one with an edge put in, and in a second round with a few; which,
chance with a fixed seed decides. Nothing here knows a verdict.
"""

import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Json = Any

URL = "rtmp://push.example/live/"
PUNCTUATION = r"~!@$%^&*()_+=-`;',.<>" + "\\"
VOLUMES = (-1, 0, 1, 100, 200, 201, 10**12)


class Edge(NamedTuple):
    """One value of one field.

    Attributes:
        field: The spec field that it is about, with what it is nested in.
        value: What its top-level field becomes.
        zegos: Whether ZEGO has an opinion: not on policies, references and limits of the operator's own.
        beside: Other top-level fields, where it is about how fields go together.
    """

    field: str
    value: Json
    zegos: bool = True
    beside: Mapping[str, Json] = MappingProxyType({})

    @property
    def fields(self) -> dict[str, Json]:
        """All that it puts into a spec."""
        return {**self.beside, self.field.partition(".")[0].removesuffix("[]"): self.value}


def specs(count: int, fine: Callable[[Json], bool], seed: int = 1) -> Iterator[tuple[Json, list[Edge]]]:
    """Yield so many different specs with their edges.

    First each edge alone; then each time any edge with one to three that are `fine` when they are alone, so that what
    is wrong with one does not hide what another one does.
    """
    edges, seen = list(_edges()), set()
    harmless = [edge for edge in edges if fine(_spec([edge]))]
    chance = random.Random(seed)  # noqa: S311 -- repeatable on purpose
    alone = ([edge] for edge in edges)
    together = ([*chance.sample(harmless, chance.randint(1, 3)), chance.choice(edges)] for _ in itertools.count())
    for chosen in itertools.chain(alone, together):
        spec = _spec(chosen)
        known = json.dumps(spec)
        if known not in seen:
            seen.add(known)
            yield spec, chosen
        if len(seen) == count:
            return


def _spec(edges: list[Edge]) -> Json:
    spec: Json = {"roomId": "lobby", "mixOutput": [{"streamId": "lobby-mix"}]}
    for edge in edges:
        spec |= edge.fields
    return spec


def _edges() -> Iterator[Edge]:
    yield from _texts("roomId", longest=128, odd=PUNCTUATION + "#", beyond='/?"{}[]|: \t\n')
    yield from _texts("taskId", longest=256, odd=PUNCTUATION + "/", beyond='#?"{}[]|: \t\n')
    yield from (Edge("taskId", text) for text in ("http", "my-http-task", "HTTP", "htt-p"))
    yield from _texts("userId", longest=32, odd=PUNCTUATION + "#", beyond='/?"{}[]|: \t\n')
    yield from _outputs()
    yield from _inputs()
    yield from _user_data()
    yield from _together()
    yield from (Edge(field, value) for field in ("soundLevel", "byPass") for value in (True, False, "true"))
    yield from (Edge("soundChannel", word) for word in ("Mono", "Stereo", "mono", "Mönö", ""))
    yield from (Edge("alignmentType", word) for word in ("None", "Chosen", "All", "all", "Alle"))
    yield from (Edge("recvBufferLevel", number) for number in (-1, 0, 1, 4000, 4001, "10", 10.5))
    yield from _extension_parameters()
    yield from _policies()


def _texts(field: str, *, longest: int, odd: str, beyond: str) -> Iterator[Edge]:
    fine = ("a", "Lobby-1_b", *odd, "x" * longest, odd)
    wrong = ("", "x" * (longest + 1), *beyond, *(f"a{character}" for character in beyond), "räum", "房间", "🎤", 7)
    yield from (Edge(field, text) for text in (*fine, *wrong))


def _outputs() -> Iterator[Edge]:
    yield from (Edge("mixOutput[]", [{"streamId": f"mix-{n}"} for n in range(size)]) for size in (0, 1, 2, 3, 4))
    yield Edge("mixOutput[]", [{"streamId": "a", "streamUrl": f"{URL}a"}])
    yield Edge("mixOutput[]", [{"audioCodec": "MP3"}])
    yield Edge("mixOutput[]", [{"streamId": "a"}, {"streamId": "a"}])
    yield Edge("mixOutput[]", [{"streamUrl": f"{URL}a"}, {"streamId": "b"}, {"streamUrl": f"{URL}a"}])
    yield Edge("mixOutput[]", [{"streamUrl": f"{URL}a"}, {"streamUrl": f"{URL}A"}])
    yield from _addresses("mixOutput[]", {})
    for codec in ("HE-AAC", "AAC-LC", "MP3", "OPUS", "FLAC", "opus", "ÖPUS"):
        yield Edge("mixOutput[].audioCodec", [{"streamId": "a", "audioCodec": codec}])
    for bitrate in (-1, 0, 1, 48000, 192000, 192001, "48000"):
        yield Edge("mixOutput[].audioBitrate", [{"streamId": "a", "audioBitrate": bitrate}])
    for channel in ("Mono", "Stereo", "Surround", "stéréo"):
        yield Edge("mixOutput[].soundChannel", [{"streamId": "a", "soundChannel": channel}])


def _inputs() -> Iterator[Edge]:
    listed = "extraMixInput[]"
    yield from (Edge(listed, [{"streamId": f"in-{n}"} for n in range(size)]) for size in (0, 1, 8, 9, 10))
    yield Edge(listed, [{"streamId": "a", "streamUrl": f"{URL}a"}])
    yield Edge(listed, [{"volume": 1}])
    yield Edge(listed, [{"streamId": "a"}, {"streamId": "a"}])
    yield Edge(listed, [{"streamId": "a"}, {"streamId": "a", "modifyType": "Remove"}])
    yield Edge(listed, [{"streamUrl": f"{URL}a"}, {"streamUrl": f"{URL}a"}])
    yield Edge(listed, [{"streamId": "lobby-mix"}])
    yield Edge(listed, [{"streamId": "lobby-mix", "modifyType": "Add"}])
    yield Edge(listed, [{"streamId": "lobby-mix", "modifyType": "Remove"}])
    yield Edge(listed, [{"streamUrl": f"{URL}a", "modifyType": "Remove"}])
    yield from _addresses(listed, {})
    yield from _addresses(listed, {"modifyType": "Add"})
    yield from (Edge(f"{listed}.streamUrl", [{"streamUrl": f"{scheme}://h/a.flv"}]) for scheme in ("http", "https"))
    for word in ("Add", "Remove", "add", "Réduire"):
        yield Edge(f"{listed}.modifyType", [{"streamId": "a", "modifyType": word}])
    for number in (-1, 0, 1, 2**32 - 1, 2**32, "1"):
        yield Edge(f"{listed}.soundLevelId", [{"streamId": "a", "soundLevelId": number}])
    yield from (Edge(f"{listed}.volume", [{"streamId": "a", "volume": volume}]) for volume in (*VOLUMES, "100"))


def _addresses(listed: str, beside: Json) -> Iterator[Edge]:
    names: tuple[Json, ...] = ("a", "A-z_0", "x" * 256, "", "x" * 257, "a b", "a.b", "a/b", "a#", "ström", "流", 7)
    for text in names:
        yield Edge(f"{listed}.streamId", [beside | {"streamId": text}])
    room = 1023 - len(URL)
    fine = (f"{URL}a", f"{URL}a?key=1&b=%20", "rtmp://user:word@h:1935/a", f"{URL}{'x' * room}")
    wrong = (
        f"{URL}{'x' * (room + 1)}",
        f"{URL}{'é' * (room // 2)}",
        f"{URL}a b",
        f"{URL}a\t",
        f"{URL}ü",
        "rtmp://h",
        "rtmp://h/",
        "rtmp:///a",
        "rtmps://h/a",
        "RTMP://h/a",
        "ftp://h/a",
        "h/a",
        "",
    )
    yield from (Edge(f"{listed}.streamUrl", [beside | {"streamUrl": url}]) for url in (*fine, *wrong))
    # Addresses by their scheme and their end; that a host is none, ZEGO does not say.
    hosts = ("h?k=1", "h#k", "@", ":1935", "u:w@", "h:99999", "h:0", '"', "h:", "-h", "[::1", "a@b@c")
    yield from (
        Edge(f"{listed}.streamUrl", [beside | {"streamUrl": f"rtmp://{host}/a"}], zegos=False) for host in hosts
    )


def _together() -> Iterator[Edge]:
    """Yield what is right or wrong only beside something else."""
    named, unnamed = {"streamId": "a", "soundLevelId": 0}, {"streamId": "b"}
    removed = unnamed | {"modifyType": "Remove"}
    for on in (True, False):
        for inputs in ([named], [unnamed], [named, unnamed], [named, removed], []):
            yield Edge("soundLevel", on, beside={"extraMixInput": inputs})
    for text, binary in (("a", "YQ=="), ("", ""), ("a", "")):
        yield Edge("userData", text, zegos=False, beside={"binaryUserData": binary})
    for name in ("a", "b", "c"):
        yield Edge(
            "extraMixInput[]", [{"streamId": "a"}], beside={"mixOutput": [{"streamId": "b"}, {"streamId": name}]}
        )
    for url in (f"{URL}a", f"{URL}b"):
        outputs = [{"streamId": "a"}, {"streamUrl": f"{URL}a"}]
        yield Edge("extraMixInput[]", [{"streamUrl": url}], beside={"mixOutput": outputs})


def _user_data() -> Iterator[Edge]:
    for text in ("", "hello", "çà et là", "x" * 3000, "é" * 1500, "房" * 1000, "🎤" * 750, "\n\t\x00"):
        yield Edge("userData", text)
    for beyond in ("x" * 3001, "é" * 1500 + "x", "é" * 3000, "房" * 1000 + "x", "🎤" * 750 + "x", 7):
        yield Edge("userData", beyond)
    for text in ("", "YQ==", "YWI=", "YWJj", "+/+/", "A" * 4000):
        yield Edge("binaryUserData", text)
    wrong = (
        "Y",
        "YQ",
        "YQ=",
        "YQ===",
        "=",
        "====",
        "YQ==YQ==",
        "Y Q=",
        "YQ==\n",
        "-_-_",
        "é===",
        "A" * 4001,
        "A" * 4004,
    )
    yield from (Edge("binaryUserData", text) for text in wrong)


def _extension_parameters() -> Iterator[Edge]:
    for key in ("k", "schlüssel", "", None):
        parameter = {"value": "v"} if key is None else {"key": key, "value": "v"}
        yield Edge("exPara[].key", [parameter])
    yield from (Edge("exPara[].value", [{"key": "k", "value": value}]) for value in ("", "wört", '["456"]', 1))
    yield from (Edge("exPara[]", [{"key": f"k{n}", "value": "v"} for n in range(size)]) for size in (0, 1, 32))
    yield Edge("exPara[]", [{"key": f"k{n}", "value": "v"} for n in range(33)], zegos=False)
    yield from (Edge("exPara[].key", [{"key": "k" * size, "value": ""}], zegos=size <= 256) for size in (256, 257))
    yield from (
        Edge("exPara[].value", [{"key": "k", "value": "v" * size}], zegos=size <= 4096) for size in (4096, 4097)
    )
    yield Edge("exPara[].value", [{"key": "k"}], zegos=False)


def _policies() -> Iterator[Edge]:
    words = {
        "deletionPolicy": ("Delete", "Orphan", "Keep"),
        "updatePolicy": ("InPlaceOrRecreate", "Manual", "manual"),
        "restartPolicy": ("Always", "Never", "OnFailure"),
        "adoptionPolicy": ("Keep", "Replace", "Refuse", ""),
        "driftCheckInterval": ("30s", "1h30m", "0s", "1d", "1.5h", "s", "", "\uff110m", "9" * 9 + "h", "9" * 10 + "h"),
        "suspend": (True, False, "yes", 1),
    }
    yield from (Edge(field, value, zegos=False) for field, values in words.items() for value in values)
    for kind in ("ClusterZegoApp", "ZegoApp", "App"):
        yield Edge("appRef.kind", {"kind": kind}, zegos=False)
    for name in ("zego", "a.b-c", "x" * 253, "x" * 254, "", "Zego", "-zego", "zégo"):
        yield Edge("appRef.name", {"name": name}, zegos=False)
