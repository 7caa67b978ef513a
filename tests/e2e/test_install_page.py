"""The page on installing, done as it says: every command, word for word, each way beginning with an empty cluster."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from automix_devkit.controlplane import control_plane
from automix_devkit.manifests import NAME, NAMESPACE
from support.cluster import REPOSITORY, ROOT, Cluster
from support.detour import Detour
from support.gitops import ArgoCD, Flux, Nobody, Tool
from support.judges import judged
from support.nodes import nodes
from support.operator import free_port
from support.page import anchors, blocks, links
from support.terminal import Terminal
from support.waiting import until
from support.zego import simulated_zego

Json = dict[str, Any]

PAGE = REPOSITORY / "docs/install.md"
APP_ID, SECRET = 1234567890, "put-your-server-secret-here"
"""The account, as the page and the files have it, so that nothing of them is to be changed."""


class Way(NamedTuple):
    """One way through the page.

    Attributes:
        sections: What is read of it, in this order.
        tasks: What runs at ZEGO in the end.
        tool: What else the cluster has.
        has_account: Whether ZEGO is outside the cluster.
    """

    sections: tuple[str, ...]
    tasks: set[str]
    tool: Callable[[Cluster, Terminal], Tool] = Nobody
    has_account: bool = True


STAGING = {"staging-lobby", "staging-stage"}
PRODUCTION = {"lobby", "main-stage", "karaoke-friday"}
SAMPLES = {"broadcast", "concert", "duel-red", "karaoke", "lobby", "stage", "voices"}
WAYS = {
    "kubectl": Way(("With kubectl", "The first mix"), {"lobby"}),
    "Helm": Way(("With Helm", "The first mix", "The rooms of an environment"), {"lobby", *STAGING}),
    "Helm without an account": Way(("Without an account", "The first mix"), {"lobby"}, has_account=False),
    "Argo CD": Way(("With Argo CD",), PRODUCTION, ArgoCD),
    "Flux with a HelmRelease": Way(("With Flux", "Rooms as a HelmRelease"), PRODUCTION, Flux),
    "Flux with a Kustomization": Way(("With Flux", "Mixes as a Kustomization"), SAMPLES, Flux),
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster with nothing in it, whose administrator's kubeconfig is in the test's folder."""
    with control_plane() as plane:
        cluster = Cluster(plane, tmp_path / "audit.log")
        plane.write_kubeconfig(tmp_path / "kubeconfig")
        with judged(cluster):
            yield cluster
        cluster.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """The terminal of who reads the page."""
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture
def zego(way: Way) -> Iterator[str]:
    """Where ZEGO is, with the account and people in the rooms; or where the simulator of the chart will be."""
    if not way.has_account:
        yield f"http://127.0.0.1:{free_port()}"
        return
    with simulated_zego() as zego:
        zego.app(APP_ID, SECRET)
        for room in way.tasks:
            zego.room(room)
        yield zego.url


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_who_does_what_the_page_says_has_mixes_and_knows_where_to_play_them_by(
    way: Way, empty: Cluster, zego: str, terminal: Terminal
) -> None:
    tool, said = way.tool(empty, terminal), [""]
    with nodes(empty, terminal.folder, Detour(empty, zego)) as running:
        for block in (one for section in way.sections for one in blocks(PAGE) if one.section == section):
            if block.language == "sh":
                said.append(terminal.run(block.text, running.turn, tool.turn))
            else:
                assert shape(said[-1]) == shape(block.text)
        # The page waits for one mix; others, such as those that came before their app, may be a moment behind.
        mixes = until(lambda: mixes_that_play(empty, len(way.tasks)), of="all mixes can be played")
        tasks = asked(zego, "state")["Tasks"]
        assert {task["TaskId"] for task in tasks} == way.tasks
        assert {task["TaskId"]: outputs(task) for task in tasks} == {
            mix["status"]["taskId"]: played(mix) for mix in mixes
        }
        assert any(written(mix["status"]["playInfo"]) in "".join(said) for mix in mixes)
        assert asked(zego, "breaches") == []
        assert image(empty).startswith("registry.example/")


def test_each_block_of_the_page_is_on_one_of_these_ways() -> None:
    assert {block.section for block in blocks(PAGE)} == {section for way in WAYS.values() for section in way.sections}
    assert {block.language for block in blocks(PAGE)} == {"sh", "text"}
    assert 2 * len(blocks(PAGE)) == PAGE.read_text(encoding="utf-8").count("```"), "none is written in another way"


def test_each_link_of_the_page_leads_somewhere() -> None:
    assert [link for link in links(PAGE) if not leads_somewhere(link)] == []


def leads_somewhere(link: str) -> bool:
    """Whether there is such a file, and in it such a heading."""
    path, _, heading = link.partition("#")
    there = PAGE.parent / path if path else PAGE
    return there.is_file() and (not heading or heading in anchors(there))


def mixes_that_play(cluster: Cluster, number: int) -> list[Json]:
    """Return all mixes once so many can be played, nothing before."""
    mixes: list[Json] = cluster.ask("GET", f"{ROOT}/automixes")["items"]
    return mixes if sum("playInfo" in mix["status"] for mix in mixes) == number else []


def shape(text: str) -> list[str]:
    """Return the words of what is said, whatever the numbers in them."""
    return re.sub(r"\d+", "0", text).split()


def asked(zego: str, what: str) -> Any:  # noqa: ANN401 -- JSON
    """Ask the simulator's admin API."""
    return httpx.get(f"{zego}/admin/{what}").raise_for_status().json()


def outputs(task: Json) -> list[str]:
    """Return where a mix that runs can be played: as a stream, or where the CDN has what is pushed to it."""
    of = task["Parameters"]["MixOutput"]
    return [one.get("StreamId") or re.sub(r"^rtmp://[^/]+", "rtmp://play.example", one["StreamUrl"]) for one in of]


def played(mix: Json) -> list[str]:
    """Return where a status says that a mix can be played."""
    return [one.get("rtmp") or one["streamId"] for one in mix["status"]["playInfo"]]


def written(play_info: list[Json]) -> str:
    """Return it as kubectl writes it."""
    return json.dumps(play_info, separators=(",", ":"), sort_keys=True)


def image(cluster: Cluster) -> str:
    """Return the image of the operator."""
    deployment = cluster.ask("GET", f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{NAME}")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return str(container["image"])
