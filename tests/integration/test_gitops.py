"""What Argo CD and Flux are given: the real scripts over objects of every state, and the examples.

`pytest --write-golden` writes the test data for Argo CD, which are the same objects.
"""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from automix.api.meta import RECONCILE_ANNOTATION, RESTART_ANNOTATION
from automix.core.states import STATES, VIEWS, Health, Reason, Row
from automix_devkit.manifests import ARGOCD_CM, CHART, CUSTOMIZATIONS, ROOMS
from support.argocd import DATA, script_of_health
from support.cluster import GROUP, REPOSITORY, Cluster
from support.kstatus import EXPRESSIONS, expected_of, kstatus_of, reason_of
from support.kubectl import Kubectl
from support.lua import run_lua
from support.operator import Operator
from support.stored import Case, a_mix, apps, deleted, mixes
from support.waiting import until
from support.world import World

Json = dict[str, Any]

KINDS = {"AutoMix": mixes(), "ZegoApp": apps("ZegoApp"), "ClusterZegoApp": apps("ClusterZegoApp")}
CASES = [(kind, name, case) for kind, cases in KINDS.items() for name, case in cases.items()]
GOING = "Terminating"
ACTIONS = ("reconcile", "restart", "resume", "suspend")
SOME_TIME = "0001-01-01T00:00:00Z"
"""In place of the time at which an action was run."""
GITOPS = REPOSITORY / "gitops"
PAGE = REPOSITORY / "docs/gitops.md"


def scripts_of_actions() -> tuple[str, dict[str, str]]:
    """Return the script that says which actions there are, and those of the actions, as the ConfigMap has them."""
    actions = yaml.safe_load(DATA[f"resource.customizations.actions.{GROUP}_AutoMix"])
    return actions["discovery.lua"], {one["name"]: one["action.lua"] for one in actions["definitions"]}


DISCOVERY, SCRIPTS = scripts_of_actions()


class TestHealth:
    @pytest.mark.parametrize(("kind", "name", "case"), CASES, ids=[f"{kind}-{name}" for kind, name, _ in CASES])
    def test_it_is_what_the_tables_of_states_say(self, kind: str, name: str, case: Case) -> None:
        del name
        expected = {"status": case.health, "message": case.message}
        assert run_lua(script_of_health(kind), case.stored) == expected

    def test_each_state_was_asked_about(self) -> None:
        asked = {case.message.split(":")[0]: case.health for case in mixes().values() if ":" in case.message}
        assert asked == {reason: view.argo_cd for reason, view in VIEWS.items()}

    @pytest.mark.parametrize("kind", KINDS)
    def test_without_any_status_it_is_progressing(self, kind: str) -> None:
        bare = {"metadata": {"name": "bare", "generation": 1}, "spec": {}}
        assert run_lua(script_of_health(kind), bare)["status"] == Health.PROGRESSING

    def test_both_kinds_of_app_have_the_same_script(self) -> None:
        assert script_of_health("ZegoApp") == script_of_health("ClusterZegoApp")

    def test_what_nobody_looks_after_is_progressing_at_the_api_server(self, world: World) -> None:
        world.cluster.apply(world.manifest("lobby"))
        assert run_lua(script_of_health("AutoMix"), world.get("lobby"))["status"] == Health.PROGRESSING


class TestExpressionsOfFlux:
    @pytest.mark.parametrize("case", mixes().values(), ids=mixes())
    def test_they_say_of_a_mix_what_the_page_says(self, case: Case) -> None:
        assert kstatus_of([case.stored], EXPRESSIONS) == [expected_of(case.stored, expressed=True)]

    def test_they_differ_from_kstatus_where_the_page_says_so(self) -> None:
        stored = [case.stored for case in mixes().values()]
        answers = zip(stored, kstatus_of(stored), kstatus_of(stored, EXPRESSIONS), strict=True)
        differing = {reason_of(mix): expressed for mix, usual, expressed in answers if usual not in (expressed, GOING)}
        assert differing == {"UpdatePending": "Current", "MixKeepsEnding": "Failed"}
        assert all(f"`{reason}` is {answer}" in told() for reason, answer in differing.items())

    def test_an_expression_that_is_none_is_found(self) -> None:
        with pytest.raises(AssertionError, match="failed to parse the expression Failed"):
            kstatus_of([a_mix(Reason.RUNNING)], {**EXPRESSIONS, "failed": "status.conditions.exists(c, c.type =="})


def told() -> str:
    """Return the page as one line."""
    return " ".join(PAGE.read_text(encoding="utf-8").split())


class TestActions:
    @pytest.mark.parametrize(
        ("stored", "enabled"),
        [
            (a_mix(Reason.RUNNING), {"reconcile", "restart", "suspend"}),
            (a_mix(Reason.SUSPENDED), {"resume"}),
            (a_mix(Reason.STOPPING), set()),
            (deleted(a_mix(Reason.SUSPENDED)), set()),
        ],
        ids=["running", "suspended", "stopping", "deleted"],
    )
    def test_those_that_mean_something_are_offered(self, stored: Json, enabled: set[str]) -> None:
        offered = run_lua(DISCOVERY, stored)
        assert offered.keys() == SCRIPTS.keys() == set(ACTIONS)
        assert {name for name, action in offered.items() if not action["disabled"]} == enabled

    @pytest.mark.parametrize(
        ("action", "annotation"), [("reconcile", RECONCILE_ANNOTATION), ("restart", RESTART_ANNOTATION)]
    )
    def test_a_request_is_an_annotation_with_the_time_and_nothing_else(self, action: str, annotation: str) -> None:
        stored = a_mix(Reason.RUNNING)
        made = run_lua(SCRIPTS[action], stored)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["metadata"]["annotations"].pop(annotation))
        assert made == stored

    @pytest.mark.parametrize("action", ["reconcile", "restart"])
    def test_a_request_needs_no_annotations_that_are_there(self, action: str) -> None:
        made = run_lua(SCRIPTS[action], {"metadata": {"name": "bare"}, "spec": {"roomId": "bare"}})
        assert made["metadata"]["annotations"].keys() == {f"{GROUP}/{action}-requested-at"}

    @pytest.mark.parametrize("action", ["suspend", "resume"])
    def test_a_switch_is_a_field_of_the_spec_and_nothing_else(self, action: str) -> None:
        suspends = action == "suspend"
        stored = a_mix(Reason.RUNNING if suspends else Reason.SUSPENDED)
        assert stored["spec"]["suspend"] is not suspends
        made = run_lua(SCRIPTS[action], stored)
        assert made == {**stored, "spec": {**stored["spec"], "suspend": suspends}}

    def test_the_operator_does_as_they_ask(self, world: World, operator: Operator) -> None:
        del operator
        world.started("lobby")
        sequence = world.status("lobby")["sequence"]
        self.run(world, "restart")
        until(lambda: world.status("lobby")["sequence"] > sequence, of="the mix was started again")
        self.run(world, "reconcile")
        until(lambda: world.status("lobby").get("lastHandledReconcileAt"), of="the request was seen")
        self.run(world, "suspend")
        world.wait_for("lobby", "Suspended")
        assert run_lua(script_of_health("AutoMix"), world.get("lobby"))["status"] == Health.SUSPENDED
        self.run(world, "resume")
        world.wait_for("lobby", "Running")
        assert run_lua(script_of_health("AutoMix"), world.get("lobby"))["status"] == Health.HEALTHY

    @staticmethod
    def run(world: World, action: str) -> None:
        """Run an action as Argo CD does: it changes the object as it is, and patches what differs."""
        stored = world.get("lobby")
        made = run_lua(SCRIPTS[action], stored)
        patch: Json = {"metadata": {"annotations": made["metadata"]["annotations"]}, "spec": made["spec"]}
        assert {**made, **patch, "metadata": {**made["metadata"], **patch["metadata"]}} == made
        world.cluster.ask("PATCH", world.path("lobby"), patch, "application/merge-patch+json")


def test_the_test_data_for_argo_cd_is_of_the_same_objects(request: pytest.FixtureRequest) -> None:
    folder = REPOSITORY / CUSTOMIZATIONS / GROUP
    wanted = {folder / path: text for kind in KINDS for path, text in files_of(kind).items()}
    present = set(folder.rglob("*.yaml"))
    if request.config.getoption("--write-golden"):
        for path in present - wanted.keys():
            path.unlink()
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    assert {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")} == wanted


def files_of(kind: str) -> dict[Path, str]:
    """Return the files that Argo CD's own tests of a kind's scripts read, by path."""
    cases = KINDS[kind]
    files: dict[Path, Json] = {Path(kind, "testdata", f"{name}.yaml"): case.stored for name, case in cases.items()}
    health = [
        {"healthStatus": {"status": str(case.health), "message": case.message}, "inputPath": f"testdata/{name}.yaml"}
        for name, case in cases.items()
    ]
    files[Path(kind, "health_test.yaml")] = {"tests": health}
    if kind == "AutoMix":
        files |= files_of_actions()
    return {path: yaml.safe_dump(content, sort_keys=False, width=120) for path, content in files.items()}


def files_of_actions() -> dict[Path, Json]:
    """Return the files that Argo CD's own tests of the actions read."""
    inputs = {"running": a_mix(Reason.RUNNING), "suspended": a_mix(Reason.SUSPENDED), "deleted": a_mix(Reason.STOPPING)}
    offered = {name: run_lua(DISCOVERY, stored) for name, stored in inputs.items()}
    files: dict[Path, Json] = {Path("testdata", f"{name}.yaml"): stored for name, stored in inputs.items()}
    tests = []
    for action in ACTIONS:
        name = "suspended" if action == "resume" else "running"
        made = run_lua(SCRIPTS[action], inputs[name])
        for annotation in {RECONCILE_ANNOTATION, RESTART_ANNOTATION} & made["metadata"]["annotations"].keys():
            made["metadata"]["annotations"][annotation] = SOME_TIME
        files[Path("testdata", f"{name}-{action}.yaml")] = ordered_like(made, inputs[name])
        paths = {"inputPath": f"testdata/{name}.yaml", "expectedOutputPath": f"testdata/{name}-{action}.yaml"}
        tests.append({"action": action, **paths})
    discovery = [
        {
            "inputPath": f"testdata/{name}.yaml",
            "result": [{"name": action, "disabled": actions[action]["disabled"]} for action in ACTIONS],
        }
        for name, actions in offered.items()
    ]
    files[Path("action_test.yaml")] = {"discoveryTests": discovery, "actionTests": tests}
    return {Path("AutoMix", "actions") / path: content for path, content in files.items()}


def ordered_like(made: Json, example: Json) -> Json:
    """Return an object with its keys in the order of another one's, as Lua keeps none."""
    keys = [*(key for key in example if key in made), *sorted(made.keys() - example.keys())]
    return {
        key: ordered_like(made[key], example[key])
        if isinstance(made[key], dict) and isinstance(example.get(key), dict)
        else example[key]
        if made[key] == example.get(key)
        else made[key]
        for key in keys
    }


class TestConfigMap:
    @pytest.mark.parametrize("how", ["", "--server-side"], ids=["as clients do", "on the server"])
    def test_what_else_argo_cd_is_set_to_stays_whichever_way_it_was_applied(
        self, how: str, cluster: Cluster, tmp_path: Path
    ) -> None:
        cluster.plane.write_kubeconfig(tmp_path / "kubeconfig")
        kubectl, file = Kubectl(tmp_path), tmp_path / "theirs.yaml"
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
        meta = {"name": "argocd-cm", "namespace": "argocd"}
        theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"url": "https://argocd.example"}}
        file.write_text(yaml.safe_dump(theirs))
        apply = ["apply", *filter(None, [how]), f"--filename={file}"]
        kubectl(*apply)
        (patch,) = re.findall(r"^kubectl (patch .+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        kubectl(*shlex.split(patch.replace(str(ARGOCD_CM), str(REPOSITORY / ARGOCD_CM))))
        kubectl(*apply)
        stored = cluster.ask("GET", "/api/v1/namespaces/argocd/configmaps/argocd-cm")
        cluster.delete(theirs)
        assert stored["data"] == {**DATA, "url": "https://argocd.example"}


class TestPage:
    def test_its_table_is_the_one_of_states(self) -> None:
        header = ["| Reason | Ready | Active | Stalled | Argo CD | Flux |", "| --- | --- | --- | --- | --- | --- |"]
        lines = PAGE.read_text(encoding="utf-8").splitlines()
        table = lines[lines.index(header[0]) :]
        assert table[: table.index("")] == [*header, *(row(reason, STATES[reason]) for reason in Reason)]

    def test_every_file_that_it_names_is_there(self) -> None:
        named = set(re.findall(r"`((?:gitops|helm|docs|crds)/[^` ]+)`", PAGE.read_text(encoding="utf-8")))
        assert named
        assert not [path for path in named if not (REPOSITORY / path).exists()]


def row(reason: Reason, told: Row) -> str:
    """Return the page's row of a state."""
    kubectl = {"True": "ends", "False": "waits", "Unknown": "waits", None: "as last seen"}
    link = f"[`{reason}`](reference/automix.md#{reason.lower()})"
    stalled = "ends" if told.stalled else "waits"
    view = VIEWS[reason]
    return f"| {link} | {kubectl[told.ready]} | {kubectl[told.active]} | {stalled} | {view.argo_cd} | {view.kstatus} |"


EXAMPLES = [
    (path, document)
    for path in sorted([*GITOPS.glob("argocd/application.yaml"), *GITOPS.glob("flux/*.yaml")])
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
ASSEMBLED = {f"{document['kind']}/{document['metadata']['name']}": document for _, document in EXAMPLES}


class TestExamples:
    def test_they_are_these(self) -> None:
        assert list(ASSEMBLED) == [
            "Application/automix-operator",
            "Application/rooms-production",
            "Kustomization/mixes",
            "GitRepository/automix",
            "HelmRelease/automix-operator",
            "HelmRelease/rooms-production",
        ]

    def test_their_charts_and_values_are_there(self) -> None:
        for name, chart in (("automix-operator", CHART), ("rooms-production", ROOMS)):
            source = ASSEMBLED[f"Application/{name}"]["spec"]["source"]
            release = ASSEMBLED[f"HelmRelease/{name}"]["spec"]["chart"]["spec"]
            assert source["path"] == release["chart"] == str(chart)
            assert all((REPOSITORY / chart / path).is_file() for path in source["helm"].get("valueFiles", []))
            assert all((REPOSITORY / path).is_file() for path in release.get("valuesFiles", []))

    def test_argo_cd_applies_the_operator_before_the_rooms_and_the_app_before_the_mixes(self) -> None:
        waves = [
            int(ASSEMBLED[f"Application/{name}"]["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
            for name in ("automix-operator", "rooms-production")
        ]
        assert waves == [0, 1]
        values = yaml.safe_load((REPOSITORY / ROOMS / "examples/production.yaml").read_text(encoding="utf-8"))
        assert int(values["zegoApp"]["annotations"]["argocd.argoproj.io/sync-wave"]) < 0

    def test_argo_cd_applies_on_the_server_and_ignores_no_difference(self) -> None:
        for name in ("automix-operator", "rooms-production"):
            spec = ASSEMBLED[f"Application/{name}"]["spec"]
            assert "ServerSideApply=true" in spec["syncPolicy"]["syncOptions"]
            assert "ignoreDifferences" not in spec

    def test_flux_tries_again_what_fails_as_a_mix_may_come_before_its_app(self) -> None:
        release, folder = ASSEMBLED["HelmRelease/rooms-production"]["spec"], ASSEMBLED["Kustomization/mixes"]["spec"]
        strategy = {"name": "RetryOnFailure", "retryInterval": "1m"}
        assert (release["install"]["strategy"], release["upgrade"]["strategy"]) == (strategy, strategy)
        assert folder["retryInterval"] == "1m"

    def test_what_flux_waits_for_is_what_it_applies(self) -> None:
        spec = ASSEMBLED["Kustomization/mixes"]["spec"]
        applied = {
            (one["apiVersion"], one["kind"], one["metadata"]["name"])
            for path in (REPOSITORY / spec["path"]).glob("*.yaml")
            for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        }
        assert {(one["apiVersion"], one["kind"], one["name"]) for one in spec["healthChecks"]} <= applied
