"""API server, pydantic and ZEGO's simulator judge the same specs alike, around every limit of every field.

A spec goes to the simulator in a translation of this module's own, so that the operator's is judged as well: what it
would send of a spec that was stored before there was a rule.
"""

import base64
import hashlib
import json
from collections import Counter
from typing import Any

from pydantic import ValidationError

from automix.api.automix import AutoMixSpec
from automix.api.crdgen import KINDS, crd
from automix.engine.sequences import Owner
from automix.engine.wire import InvalidSpec, start_request
from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.model import Request
from automix_devkit.simulator.settings import SimulatorSettings
from builders import OURS
from support.cluster import GROUP, ROOT, Cluster
from support.specs import specs

Json = dict[str, Any]

COUNT = 2000
NUMBERS: dict[str, dict[object, int]] = {
    "audioCodec": {"HE-AAC": 0, "AAC-LC": 1, "MP3": 2, "OPUS": 3},
    "soundChannel": {"Mono": 1, "Stereo": 2},
    "modifyType": {"Add": 0, "Remove": 1},
    "alignmentType": {"None": 0, "Chosen": 1, "All": 2},
    "soundLevel": {False: 0, True: 1},
    "byPass": {False: 0, True: 1},
}
APP_ID, SECRET, NONCE, NOW = 12345, "0123456789abcdef0123456789abcdef", "0123456789abcdef", 1_760_000_000


def test_api_server_pydantic_and_zego_judge_alike(cluster: Cluster) -> None:
    cluster.namespace("agreement")
    disagreements, verdicts = [], Counter[bool]()
    for spec, edges in specs(COUNT):
        api_server, model = taken_by_the_api_server(cluster, spec), taken_by_pydantic(spec)
        # What the operator cannot say to ZEGO, or ZEGO has no opinion on, is between the other two.
        said = not {"userData", "binaryUserData"} <= spec.keys() and all(edge.zegos for edge in edges)
        zego, operator = (taken_by_zego(spec), said_by_the_operator(spec)) if said else (api_server, api_server)
        verdicts[api_server] += 1
        if not api_server == model == zego == operator:
            judged = f"API server {api_server}, pydantic {model}, ZEGO {zego}, operator {operator}"
            disagreements.append(f"{[edge.field for edge in edges]}: {judged}: {spec!r:.300}")
    assert disagreements == []
    assert min(verdicts[True], verdicts[False]) > COUNT / 5, "both verdicts are common"


def test_every_field_has_edges_of_both_verdicts() -> None:
    judged: dict[str, set[bool]] = {}
    for spec, edges in specs(COUNT):
        if len(edges) == 1:
            judged.setdefault(edges[0].field, set()).add(taken_by_pydantic(spec))
    fields = {field for field in spec_fields() if field != "appRef"}
    assert {field for field, verdicts in judged.items() if verdicts == {True, False}} == fields


def spec_fields() -> set[str]:
    """Return the paths of all fields of the CRD's spec, as edges name them."""
    (automix,) = (kind for kind in KINDS if kind.kind == "AutoMix")
    root = crd(automix)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]

    def paths(node: Json, prefix: str) -> set[str]:
        found = set()
        for name, child in node.get("properties", {}).items():
            path = f"{prefix}{name}" + ("[]" if "items" in child else "")
            found |= {path} | paths(child.get("items", child), f"{path}.")
        return found

    return paths(root, "")


def taken_by_the_api_server(cluster: Cluster, spec: Json) -> bool:
    """Whether it would store an AutoMix of this spec."""
    mix = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "AutoMix", "metadata": {"name": "a"}, "spec": spec}
    answer = cluster.request("POST", f"{ROOT}/namespaces/agreement/automixes?dryRun=All", mix)
    assert answer.status_code in {201, 422}, answer.text
    return answer.status_code == 201


def taken_by_pydantic(spec: Json) -> bool:
    """Whether the operator's own model takes it."""
    try:
        AutoMixSpec.model_validate(spec)
    except ValidationError:
        return False
    return True


def said_by_the_operator(spec: Json) -> bool:
    """Whether the operator would send a start for this spec, had it been stored."""
    try:
        start_request(AutoMixSpec.from_stored(spec), 1, Owner(APP_ID, is_test=False, user_id="user"))
    except (ValidationError, InvalidSpec):
        return False
    return True


def taken_by_zego(spec: Json) -> bool:
    """Whether the simulator starts a mix of this spec, in a room with one person, and has nothing to say against it."""
    simulator = Simulator(SimulatorSettings(), lambda: NOW)
    simulator.add_app(APP_ID, SECRET)
    if isinstance(spec["roomId"], str) and spec["roomId"]:
        simulator.create_room(spec["roomId"])
    signature = hashlib.md5(f"{APP_ID}{NONCE}{SECRET}{NOW}".encode()).hexdigest()  # noqa: S324 -- ZEGO's choice
    query = {
        "Action": "StartAutoMix",
        "AppId": str(APP_ID),
        "SignatureNonce": NONCE,
        "Timestamp": str(NOW),
        "Signature": signature,
        "SignatureVersion": "2.0",
    }
    body = json.dumps(in_zegos_words(spec)).encode()
    request = Request("POST", "/", list(query.items()), {"content-type": "application/json"}, body)
    code: int = json.loads(simulator.handle(request).body)["Code"]
    return code == 0 and simulator.breaches == []


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
