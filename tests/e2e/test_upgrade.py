"""The release before, this one, and the one before again look after the same mixes: nobody hears of it."""

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from automix_devkit.manifests import NAME
from support.cluster import REPOSITORY, ROOT, Cluster
from support.operator import Operator
from support.waiting import until
from support.world import World

Json = dict[str, Any]

BEFORE = "f92b001"
"""What is upgraded from. The first release has none before it: in its place is the last commit of the time when there
was one pod that always acted, and no Lease. From the second release on it is the tag of the one before."""

MIXES = [f"room-{number}" for number in range(200)]
CHANGING, LOOKING = {"StartAutoMix", "StopAutoMix"}, "GetMixTaskInfo"
INTERVAL = "5s"
"""How often each is looked at: forty calls a second for all of them."""


GIT = shutil.which("git")


def is_here(commit: str) -> bool:
    """Whether this is a clone that has a commit."""
    asking = [str(GIT), "cat-file", "-e", f"{commit}^{{commit}}"]
    return GIT is not None and not subprocess.run(asking, cwd=REPOSITORY, check=False, capture_output=True).returncode  # noqa: S603 -- git


pytestmark = pytest.mark.skipif(not is_here(BEFORE), reason=f"there is no commit {BEFORE}: no clone with its history")


class Releases(NamedTuple):
    """The operator of both releases, and where the definitions of each are."""

    before: Operator
    now: Operator
    crds_before: Path


@pytest.fixture(scope="module")
def source_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The operator and the CRDs of the release before."""
    archiving = [str(GIT), "archive", BEFORE, "operator", "crds"]
    archive = subprocess.run(archiving, cwd=REPOSITORY, check=True, capture_output=True).stdout  # noqa: S603 -- git
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


@pytest.fixture
def releases(world: World, kubeconfig: Path, logs: Path, source_before: Path) -> Iterator[Releases]:
    """Both operators as their charts run them; the CRDs are those of the release before."""
    path = str(source_before / "operator")
    of_before, of_now = (logs / f"{world.namespace}-{release}.log" for release in ("before", "now"))
    arguments = ("--namespace", world.namespace)
    before = Operator(kubeconfig, of_before, *arguments, PYTHONPATH=path)
    now = Operator(kubeconfig, of_now, *arguments, AUTOMIX_LEASE_NAME=NAME)
    assert imported_from(path).is_relative_to(source_before)
    install(world.cluster, source_before / "crds")
    yield Releases(before, now, source_before / "crds")
    before.kill()
    now.kill()
    install(world.cluster, REPOSITORY / "crds")
    assert "Traceback" not in before.text() + now.text()


@pytest.mark.timeout(240)
def test_an_upgrade_and_a_rollback_with_two_hundred_mixes_change_nothing(world: World, releases: Releases) -> None:
    # The release before has no Lease, so that for a moment two look, and each would use the whole budget.
    world.add_app("zego", limits={"query": 45})
    releases.before.start()
    for name in MIXES:
        world.declare(name, driftCheckInterval=INTERVAL)
    for name in MIXES:
        world.wait_for(name, "Running", within=60)
    world.wait_until_drift_is_verified()
    wait_until_looked_at(world, MIXES)
    assert releases.before.terminate() == 0
    stored, running, calls = objects(world), started(world), changing(world)
    writes = world.all_writes()
    assert (len(running), len(calls)) == (len(MIXES), len(MIXES))

    # The upgraded Deployment is one whose new pods are ready before the old one goes.
    releases.before.start()
    install(world.cluster, REPOSITORY / "crds")
    releases.now.start()
    assert releases.before.terminate() == 0
    wait_until_looked_at(world, MIXES)
    assert started(world) == running
    # The Deployment before is one whose pods are gone before a new one comes.
    assert releases.now.terminate() == 0
    install(world.cluster, releases.crds_before)
    releases.before.start()
    wait_until_looked_at(world, MIXES)
    assert releases.before.terminate() == 0

    assert changing(world) == calls
    assert started(world) == running
    assert objects(world) == stored
    assert world.all_writes() == writes


def test_a_release_goes_on_with_what_a_newer_one_has_written(world: World, releases: Releases) -> None:
    mixes = MIXES[:5]
    install(world.cluster, REPOSITORY / "crds")
    releases.now.start()
    for name in mixes:
        world.started(name, driftCheckInterval="1s")
    world.change(mixes[0], userData="changed")
    until(lambda: len(changing(world)) == len(mixes) + 1, of="the change is sent")
    world.wait_until_drift_is_verified()
    wait_until_looked_at(world, mixes)
    assert releases.now.terminate() == 0
    stored, running, calls = objects(world), started(world), changing(world)

    install(world.cluster, releases.crds_before)
    releases.before.start()
    wait_until_looked_at(world, mixes)
    assert (objects(world), started(world), changing(world)) == (stored, running, calls)
    world.change(mixes[1], userData="changed")
    until(lambda: len(changing(world)) > len(calls), of="the change is sent")
    world.wait_for(mixes[1], "Running")
    assert releases.before.terminate() == 0
    # In place: a mix that was stopped and started again would have a new beginning.
    assert started(world) == running


def imported_from(path: str) -> Path:
    """Return where Python finds the operator with a folder before all others."""
    command = [sys.executable, "-c", "import automix; print(automix.__file__)"]
    found = subprocess.run(command, env={"PYTHONPATH": path}, check=True, capture_output=True, text=True)  # noqa: S603 -- ours
    return Path(found.stdout.strip())


def install(cluster: Cluster, crds: Path) -> None:
    """Apply the CRDs of a release."""
    for crd in sorted(crds.glob("*.yaml")):
        cluster.install(crd)
    cluster.wait_for_crds()


def objects(world: World) -> dict[str, str]:
    """Return the version of every object of ours in the namespace, and of every Event."""
    namespace = f"namespaces/{world.namespace}"
    collections = [f"{ROOT}/{namespace}/{kind}" for kind in ("automixes", "zegoapps")]
    collections.append(f"/apis/events.k8s.io/v1/{namespace}/events")
    return {
        f"{path}/{one['metadata']['name']}": one["metadata"]["resourceVersion"]
        for path in collections
        for one in world.cluster.ask("GET", path)["items"]
    }


def started(world: World) -> dict[str, float]:
    """Return when each mix that runs has begun, by its task."""
    return {task["TaskId"]: task["Started"] for task in world.zego.state()["Tasks"] if is_of(world, task["TaskId"])}


def changing(world: World) -> list[Json]:
    """Return all calls that change something at ZEGO."""
    calls = [call for call in world.zego.all_calls() if call["Action"] in CHANGING]
    return [call for call in calls if is_of(world, call["Parameters"]["TaskId"])]


def wait_until_looked_at(world: World, names: list[str]) -> None:
    """Wait until each mix has had a look more: whoever looks has made up its mind about the mix."""
    tasks = [str(world.manifest(name)["spec"]["roomId"]) for name in names]
    before = {task: world.zego.arrived(task, LOOKING) for task in tasks}
    until(
        lambda: all(world.zego.arrived(task, LOOKING) > looks for task, looks in before.items()),
        within=60,
        of="each was looked at again",
    )


def is_of(world: World, task_id: str) -> bool:
    """Whether a task is that of a mix of the namespace."""
    return task_id.startswith(f"{world.namespace}-")
