"""API server, pydantic and ZEGO's simulator judge the same specs alike, around every limit of every field.

A spec goes to the simulator in a translation of this module's own, so that the operator's is judged as well: what it
would send of a spec that was stored before there was a rule.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from automix.api.automix import AutoMixSpec
from automix.api.crdgen import KINDS, crd
from automix.engine.account import Account
from automix.engine.sequences import Owner
from automix.engine.wire import InvalidSpec, start_request
from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.model import Request
from automix_devkit.simulator.settings import SimulatorSettings
from support.cluster import GROUP, ROOT, Cluster
from support.specs import specs
from support.wording import in_zegos_words

Json = dict[str, Any]

COUNT = 2400
APP_ID, SECRET, NONCE, NOW = 12345, "0123456789abcdef0123456789abcdef", "0123456789abcdef", 1_760_000_000


def test_api_server_pydantic_and_zego_judge_alike(cluster: Cluster) -> None:
    cluster.namespace("agreement")
    disagreements, verdicts, asked = [], Counter[bool](), 0
    for spec, edges in specs(COUNT, taken_by_pydantic):
        api_server, model = taken_by_the_api_server(cluster, spec), taken_by_pydantic(spec)
        # ZEGO has no opinion on some, and one field for two of ours; what is taken, the operator must be able to say.
        zegos = all(edge.zegos for edge in edges) and not {"userData", "binaryUserData"} <= spec.keys()
        zego = taken_by_zego(spec) if zegos else api_server
        operator = said_by_the_operator(spec) if zegos or api_server else api_server
        verdicts[api_server] += 1
        asked += zegos
        if not api_server == model == zego == operator:
            judged = f"API server {api_server}, pydantic {model}, ZEGO {zego}, operator {operator}"
            disagreements.append(f"{[edge.field for edge in edges]}: {judged}: {spec!r:.300}")
    assert disagreements == [], "\n".join(disagreements)
    assert asked > 1500, "ZEGO is asked too"
    assert min(verdicts[True], verdicts[False]) > COUNT / 5, "both verdicts are common"


@pytest.mark.parametrize("field", ["mixOutput", "extraMixInput"])
@pytest.mark.parametrize(
    ("prefix", "taken"), [("", False), (f"zegotest-{APP_ID}-", True), ("zegotest-1-", False), ("zegotest-", False)]
)
def test_the_operator_and_zego_judge_stream_ids_of_the_test_environment_alike(
    field: str,
    prefix: str,
    taken: bool,  # noqa: FBT001 -- a table
) -> None:
    spec: Json = {"roomId": "lobby", "mixOutput": [{"streamId": f"zegotest-{APP_ID}-mix"}]}
    spec |= {field: [{"streamId": f"{prefix}a"}]}
    assert said_by_the_operator(spec, is_test=True) is taken
    assert taken_by_zego(spec, IsTest="true") is taken


def test_every_field_has_edges_of_both_verdicts() -> None:
    judged: dict[str, set[bool]] = {}
    for spec, edges in specs(COUNT, taken_by_pydantic):
        if len(edges) == 1:
            judged.setdefault(edges[0].field, set()).add(taken_by_pydantic(spec))
    fields = {field for field in spec_fields() if field != "appRef"}
    assert {field for field, verdicts in judged.items() if verdicts == {True, False}} == fields


def test_every_rule_decides_alone() -> None:
    decided = set()
    for spec, _ in specs(COUNT, taken_by_pydantic):
        try:
            AutoMixSpec.model_validate(spec)
        except ValidationError as error:
            # pydantic also counts an item that is wrong as one that is missing.
            wrong = [fault["msg"] for fault in error.errors() if fault["type"] != "too_short"]
            decided |= set(wrong if len(wrong) == 1 else ())
    assert decided >= set(messages(spec_schema()))


def messages(node: Any) -> Iterator[str]:  # noqa: ANN401 -- JSON
    """Yield the message of every rule that one object alone can break."""
    if isinstance(node, list):
        for item in node:
            yield from messages(item)
    elif isinstance(node, dict):
        yield from (
            rule["message"] for rule in node.get("x-kubernetes-validations", ()) if "oldSelf" not in rule["rule"]
        )
        for inner in node.values():
            yield from messages(inner)


def spec_schema() -> Json:
    """Return the schema of an AutoMix's spec in the CRD."""
    (automix,) = (kind for kind in KINDS if kind.kind == "AutoMix")
    root: Json = crd(automix)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return root


def spec_fields() -> set[str]:
    """Return the paths of all fields of the CRD's spec, as edges name them."""

    def paths(node: Json, prefix: str) -> set[str]:
        found = set()
        for name, child in node.get("properties", {}).items():
            path = f"{prefix}{name}" + ("[]" if "items" in child else "")
            found |= {path} | paths(child.get("items", child), f"{path}.")
        return found

    return paths(spec_schema(), "")


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


def said_by_the_operator(spec: Json, *, is_test: bool = False) -> bool:
    """Whether the operator would send a start for this spec, had it been stored."""
    try:
        start_request(AutoMixSpec.from_stored(spec), 1, Owner(Account(APP_ID, is_test), "user"))
    except (ValidationError, InvalidSpec):
        return False
    return True


def taken_by_zego(spec: Json, **common: str) -> bool:
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
        **common,
    }
    body = json.dumps(in_zegos_words(spec)).encode()
    request = Request("POST", "/", list(query.items()), {"content-type": "application/json"}, body)
    code: int = json.loads(simulator.handle(request).body)["Code"]
    return code == 0 and simulator.breaches == []
