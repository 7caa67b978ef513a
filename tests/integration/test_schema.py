"""What the API server makes of our kinds by itself, without an operator."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from support.cluster import GROUP, REPOSITORY, ROOT, Cluster
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


@pytest.mark.parametrize(
    ("crd", "factor", "taken"),
    [
        pytest.param("automixes", 4, True, id="all limits of an AutoMix could be four times as high"),
        pytest.param("automixes", 1000, False, id="the API server does look at the cost"),
        pytest.param("zegoapps", 4, True, id="those of a ZegoApp too"),
        pytest.param("clusterzegoapps", 4, True, id="those of a ClusterZegoApp too"),
    ],
)
def test_the_rules_cost_little_of_what_the_api_server_allows(
    api: Cluster,
    crd: str,
    factor: int,
    taken: bool,  # noqa: FBT001 -- a table
) -> None:
    """Its estimate rises with every maxLength and maxItems, and it refuses a CRD whose rules could cost too much."""
    definition = yaml.safe_load((REPOSITORY / "crds" / f"{crd}.yaml").read_text(encoding="utf-8"))
    name = definition["metadata"]["name"]
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}?fieldManager=tests&force=true&dryRun=All"
    answer = api.request("PATCH", path, grown(definition, factor), "application/apply-patch+yaml")
    assert answer.is_success is taken
    assert taken or "cost" in answer.text


def test_a_mix_with_everything_at_its_longest_is_taken(api: Cluster) -> None:
    url = "rtmp://push.example/live/"
    longest = {
        "taskId": "t" * 256,
        "userId": "u" * 32,
        "mixOutput": [{"streamUrl": url + str(number) * (1023 - len(url))} for number in range(3)],
        "extraMixInput": [
            {"streamUrl": url + "x" * (1022 - len(url)) + str(number), "soundLevelId": number} for number in range(9)
        ],
        "userData": "x" * 3000,
        "soundLevel": True,
        "exPara": [{"key": str(number) * 100, "value": "v" * 4096} for number in range(32)],
    }
    assert create(api, "longest", **longest)["spec"]["exPara"] == longest["exPara"]


def grown(node: Any, factor: int) -> Any:  # noqa: ANN401 -- JSON
    """Return a schema with every length and size limit multiplied."""
    if isinstance(node, list):
        return [grown(item, factor) for item in node]
    if not isinstance(node, dict):
        return node
    limits = {name: node[name] * factor for name in ("maxLength", "maxItems") if isinstance(node.get(name), int)}
    return {name: grown(inner, factor) for name, inner in node.items()} | limits
