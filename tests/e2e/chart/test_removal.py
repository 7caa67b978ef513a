"""Uninstalled and installed again, drained, its kinds upgraded: no mix is lost, and none is left by mistake."""

import shlex
import shutil
from operator import gt
from pathlib import Path

import pytest

from automix_devkit.manifests import CHART, CHART_CRDS
from support.cluster import GROUP, KINDS, REPOSITORY, ROOT, Cluster
from support.kubectl import Kubectl
from support.page import blocks
from support.release import APP, LIGHT, Release, app_values
from support.terminal import Terminal
from support.waiting import until
from support.world import World
from support.zego import SimulatedZego

PAGE = REPOSITORY / "docs/draining.md"
TENANTS = {"kind": "ZegoApp", "name": "zego"}
CRDS = [f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{kind}.{GROUP}" for kind in KINDS]
COLUMNS = "    additionalPrinterColumns:\n"
CHANGES = {"StartAutoMix", "StopAutoMix"}


def changes(world: World) -> int:
    """Return how many calls to change a mix ZEGO got."""
    return sum(call["Action"] in CHANGES for call in world.zego.all_calls())


def start_two(world: World) -> dict[str, str]:
    """Start a mix of a tenant's app and one of the release's, looked at often; returns their tasks by name."""
    often = {"driftCheckInterval": "2s"}
    return {"tenants": world.started("tenants", **often), "ours": world.started("ours", appRef=APP, **often)}


def test_an_uninstall_leaves_mixes_and_objects_and_the_next_install_takes_them_up_without_a_call(
    world: World, release: Release
) -> None:
    values = LIGHT, app_values(world)
    assert "all mixes run on" in release.install(*values)
    with release.pods():
        mixes = start_two(world)
        said = release.uninstall()
    assert all(f"{kind}.{GROUP}" in said for kind in KINDS)
    assert not release.deployed
    made = changes(world)
    assert_they_run(world, mixes)
    release.install(*values)
    with release.pods():
        before = looks(world, mixes)
        until(lambda: all(map(gt, looks(world, mixes), before)), of="both are looked at")
        assert_they_run(world, mixes)
        assert changes(world) == made
        world.started("another", appRef=APP)


def looks(world: World, mixes: dict[str, str]) -> list[int]:
    """Return how often each mix was looked at."""
    return [world.zego.arrived(task, "GetMixTaskInfo") for task in mixes.values()]


def assert_they_run(world: World, mixes: dict[str, str]) -> None:
    """Assert that mixes run, and that nothing of theirs is on its way out."""
    for name, task in mixes.items():
        assert world.zego.task(task)
        assert world.reason(name) == "Running"
        assert "deletionTimestamp" not in world.get(name)["metadata"]
    for app in (f"namespaces/{world.namespace}/zegoapps/zego", "clusterzegoapps/default"):
        assert "deletionTimestamp" not in world.cluster.ask("GET", f"{ROOT}/{app}")["metadata"]


def test_what_the_page_on_draining_says_leaves_nothing_behind(
    world: World, release: Release, own: Cluster, zego: SimulatedZego
) -> None:
    *drain, uninstall, forget = blocks(PAGE)[0].text.splitlines()
    kubectl = Kubectl(release.folder)
    release.install(LIGHT, app_values(world))
    with release.pods():
        start_two(world)
        for command in drain:
            kubectl(*shlex.split(command)[1:])
        assert zego.state()["Tasks"] == []
        assert own.ask("GET", f"{ROOT}/automixes")["items"] == []
        until(lambda: not finalizers(own), of="no app is in use")
        release.helm(*shlex.split(uninstall)[1:])
    kubectl(*shlex.split(forget)[1:])
    until(lambda: {own.request("GET", crd).status_code for crd in CRDS} == {404}, of="the kinds are gone")
    release.install()
    own.wait_for_crds()


@pytest.mark.parametrize("keep", [True, False], ids=["deleted after an uninstall", "uninstalled with crds.keep=false"])
def test_kinds_without_an_operator_wait_until_what_the_page_says_is_done_and_the_mixes_run_on(
    world: World, release: Release, own: Cluster, *, keep: bool
) -> None:
    values = LIGHT, app_values(world), f"--set=crds.keep={str(keep).lower()}"
    release.install(*values)
    with release.pods():
        mixes = start_two(world)
        until(lambda: len(finalizers(own)) == 2 * len(mixes), of="mixes and apps are held")
        release.uninstall()
    if keep:
        for crd in CRDS:
            own.ask("DELETE", crd)
    until(lambda: len(leaving(own)) == 2 * len(mixes), of="all objects are being deleted")
    assert {own.request("GET", crd).status_code for crd in CRDS} == {200}
    (block,) = (one for one in blocks(PAGE) if one.section == "When the CRDs are deleted and no operator is there")
    terminal = Terminal(release.folder)
    said = terminal.run(block.text)
    terminal.close()
    assert all(f"{world.namespace}-{name}" in said for name in mixes), "the list names their tasks"
    until(lambda: {own.request("GET", crd).status_code for crd in CRDS} == {404}, of="the kinds are gone")
    assert all(map(world.zego.task, mixes.values()))
    release.install(*values)
    own.wait_for_crds()
    with release.pods():
        world.add_app("zego")
        for name, app in {"tenants": TENANTS, "ours": APP}.items():
            world.declare(name, appRef=app)
            until(lambda name=name: world.reason(name) in {"Running", "Adopted"}, of=f"{name} is taken up")  # type: ignore[misc]
    assert [call["Action"] for call in world.zego.all_calls() if call["Action"] == "StopAutoMix"] == []


def leaving(cluster: Cluster) -> list[str]:
    """Return the objects of our kinds that are being deleted."""
    stored = [one["metadata"] for kind in KINDS for one in cluster.ask("GET", f"{ROOT}/{kind}")["items"]]
    return [meta["name"] for meta in stored if "deletionTimestamp" in meta]


def finalizers(cluster: Cluster) -> list[str]:
    """Return what holds objects of our kinds."""
    stored = [one for kind in KINDS for one in cluster.ask("GET", f"{ROOT}/{kind}")["items"]]
    return [finalizer for one in stored for finalizer in one["metadata"].get("finalizers", [])]


def test_kinds_that_an_upgrade_changes_or_leaves_out_keep_their_objects(
    world: World, release: Release, own: Cluster, tmp_path: Path
) -> None:
    values = LIGHT, app_values(world)
    release.install(*values)
    with release.pods():
        mixes = start_two(world)
        kinds, objects, made = definitions(own), uids(own), changes(world)
        release.install(*values, chart=with_a_column_more(tmp_path / "chart"))
        assert definitions(own) == {uid: generation + 1 for uid, generation in kinds.items()}
        release.install(*values, "--set=crds.enabled=false")
        assert definitions(own).keys() == kinds.keys()
        assert (uids(own), changes(world)) == (objects, made)
        assert_they_run(world, mixes)
        world.change("ours", userData="more")
        until(lambda: changes(world) > made, of="the operator sees what changes")
        world.wait_for("ours", "Running")


def definitions(cluster: Cluster) -> dict[str, int]:
    """Return the generations of our CustomResourceDefinitions by their UIDs."""
    found = [cluster.ask("GET", crd)["metadata"] for crd in CRDS]
    return {meta["uid"]: meta["generation"] for meta in found}


def with_a_column_more(chart: Path) -> Path:
    """Make a chart whose kinds are not the same any more."""
    shutil.copytree(REPOSITORY / CHART, chart)
    for crd in (chart / CHART_CRDS.relative_to(CHART)).iterdir():
        text = crd.read_text(encoding="utf-8")
        crd.write_text(text.replace(COLUMNS, COLUMNS + "    - {name: Colour, type: string, jsonPath: .spec.colour}\n"))
    return chart


def uids(cluster: Cluster) -> set[str]:
    """Return what tells objects of our kinds from others of their names."""
    return {one["metadata"]["uid"] for kind in KINDS for one in cluster.ask("GET", f"{ROOT}/{kind}")["items"]}
