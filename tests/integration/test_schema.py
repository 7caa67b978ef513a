"""What the API server makes of our kinds by itself, without an operator."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.cluster import GROUP, ROOT, Cluster
from support.world import MERGE

Json = dict[str, Any]

NAMESPACE = "schema"
MIXES = f"{ROOT}/namespaces/{NAMESPACE}/automixes"
SPEC: Json = {"roomId": "lobby", "mixOutput": [{"streamId": "lobby-mix"}]}


@pytest.fixture(scope="module")
def api(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster, with a namespace for this module that nobody serves."""
    cluster.namespace(NAMESPACE)
    yield cluster
    cluster.ask("DELETE", MIXES)


def create(api: Cluster, name: str, **spec: object) -> Json:
    """Create an AutoMix that must be accepted."""
    return api.ask("POST", MIXES, manifest(name, **spec))


def manifest(name: str, **spec: object) -> Json:
    """Return an AutoMix."""
    return {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "AutoMix",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {**SPEC, **spec},
    }


def test_an_object_that_nobody_has_seen_says_so(api: Cluster) -> None:
    assert create(api, "unseen")["status"] == {"observedGeneration": -1}


def test_policies_are_stored_with_their_defaults_and_zegos_fields_are_not(api: Cluster) -> None:
    assert create(api, "defaults")["spec"] == {
        **SPEC,
        "appRef": {"kind": "ClusterZegoApp", "name": "default"},
        "suspend": False,
        "deletionPolicy": "Delete",
        "updatePolicy": "InPlaceOrRecreate",
        "restartPolicy": "Always",
        "adoptionPolicy": "Keep",
        "driftCheckInterval": "10m",
    }


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        pytest.param({"roomId": ""}, "spec.roomId", id="an empty room"),
        pytest.param({"mixOutput": []}, "spec.mixOutput", id="no output"),
        pytest.param(
            {"mixOutput": [{"streamId": str(n)} for n in range(4)]}, "must have at most 3 items", id="four outputs"
        ),
        pytest.param(
            {"mixOutput": [{"streamId": "a", "streamUrl": "rtmp://push.example/a"}]},
            "spec.mixOutput[0]: Invalid value: exactly one of streamId and streamUrl must be set",
            id="an output with two targets",
        ),
        pytest.param(
            {"mixOutput": [{"audioCodec": "HE-AAC"}]}, "exactly one of streamId and streamUrl", id="and with none"
        ),
        pytest.param(
            {"mixOutput": [{"streamUrl": "https://push.example/a"}]}, "rtmp://", id="an output that is not RTMP"
        ),
        pytest.param(
            {"mixOutput": [{"streamId": "a", "audioCodec": "FLAC"}]}, '"HE-AAC", "AAC-LC", "MP3", "OPUS"', id="a codec"
        ),
        pytest.param({"extraMixInput": [{"streamId": "a", "volume": 201}]}, "less than or equal to 200", id="too loud"),
        pytest.param({"recvBufferLevel": 4001}, "less than or equal to 4000", id="a long buffer"),
        pytest.param({"driftCheckInterval": "soon"}, "spec.driftCheckInterval", id="an interval that is no duration"),
        pytest.param(
            {"userData": "a", "binaryUserData": "YQ=="},
            "at most one of userData and binaryUserData",
            id="two user data",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(api: Cluster, spec: Json, told: str) -> None:
    answer = api.request("POST", MIXES, manifest("refused", **spec))
    assert answer.status_code == 422
    assert told in answer.json()["message"]


@pytest.mark.parametrize(
    ("field", "first", "second"),
    [
        ("roomId", "one", "other"),
        ("appRef", {"kind": "ZegoApp", "name": "one"}, {"kind": "ZegoApp", "name": "other"}),
        ("taskId", "one", "other"),
        ("taskId", "one", None),
        ("taskId", None, "other"),
        ("userId", "one", "other"),
    ],
    ids=str,
)
def test_what_identifies_the_task_is_immutable(api: Cluster, field: str, first: object, second: object) -> None:
    given = {field: first} if first is not None else {}
    name = create(api, f"fixed-{len(api.ask('GET', MIXES)['items'])}", **given)["metadata"]["name"]
    answer = api.request("PATCH", f"{MIXES}/{name}", {"spec": {field: second}}, MERGE)
    assert answer.status_code == 422
    assert f"{field} is immutable" in answer.json()["message"]


def test_rooms_and_apps_can_be_selected_by(api: Cluster) -> None:
    create(api, "selected", roomId="selected-room", appRef={"kind": "ZegoApp", "name": "selected-app"})
    for selector in ("spec.roomId=selected-room", "spec.appRef.name=selected-app"):
        found = api.ask("GET", f"{MIXES}?fieldSelector={selector}")["items"]
        assert [mix["metadata"]["name"] for mix in found] == ["selected"]


def test_the_table_has_the_columns_that_people_look_for(api: Cluster) -> None:
    table = api.http.get(MIXES, headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}).json()
    columns = {column["name"]: column["priority"] for column in table["columnDefinitions"]}
    assert columns == {
        "Name": 0, "Room": 0, "Ready": 0, "Active": 0, "Reason": 0, "Sequence": 0, "Task": 1, "Play": 1, "Age": 0
    }  # fmt: skip


@pytest.mark.parametrize("field", ["appId", "isTest"])
def test_what_an_app_is_at_zego_is_immutable(api: Cluster, field: str) -> None:
    spec = {"appId": 1, "isTest": False, "serverSecretRef": {"name": "zego", "key": "serverSecret"}}
    app = {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "ZegoApp",
        "metadata": {"name": field.lower(), "namespace": NAMESPACE},
    }
    api.apply({**app, "spec": spec})
    changed = {"spec": {field: {"appId": 2, "isTest": True}[field]}}
    answer = api.request("PATCH", f"{ROOT}/namespaces/{NAMESPACE}/zegoapps/{field.lower()}", changed, MERGE)
    assert answer.status_code == 422
    assert f"{field} is immutable" in answer.json()["message"]
