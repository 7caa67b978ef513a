"""Secrets that are lost or wrong while all is well: told by the app within an hour, before any mix feels it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.canaries import canary
from support.cluster import ROOT
from support.operator import Operator
from support.waiting import until
from support.world import World

pytestmark = pytest.mark.usefixtures("operator")


@pytest.fixture(scope="module")
def operator(kubeconfig: Path, logs: Path) -> Iterator[Operator]:
    """An operator that sweeps each second in place of each hour."""
    with Operator(kubeconfig, logs / "operator-test_secrets.log", AUTOMIX_SWEEP_SECONDS="1") as operator:
        yield operator
        assert operator.terminate() == 0
        assert "Traceback" not in operator.text()


def ready(world: World) -> tuple[str, str]:
    """Return status and reason of the app's Ready."""
    app = world.cluster.ask("GET", f"{ROOT}/namespaces/{world.namespace}/zegoapps/zego")
    found = (each for each in app["status"].get("conditions", []) if each["type"] == "Ready")
    return next(((each["status"], each["reason"]) for each in found), ("", ""))


def text_of(world: World, task: str) -> str:
    """Return the user data of what runs."""
    return str((world.zego.task(task) or {}).get("UserData", ""))


def test_a_secret_that_is_deleted_is_missed_by_the_app_and_not_by_its_mixes(world: World) -> None:
    task = world.started("lobby")
    secret = f"/api/v1/namespaces/{world.namespace}/secrets/zego"
    world.cluster.ask("DELETE", secret)
    until(lambda: ready(world) == ("False", "SecretNotFound"), of="the app says so")
    world.change("lobby", userData="ours")
    until(lambda: text_of(world, task) == "b3Vycw==", of="a change still reaches ZEGO")
    world.wait_for("lobby", "Running")
    world.store_secret(world.secret)
    until(lambda: ready(world)[0] == "True", within=40, of="the app is well again")


def test_a_secret_that_is_mistyped_is_told_by_the_app_and_the_one_that_works_is_used_on(world: World) -> None:
    task = world.started("lobby")
    world.store_secret(canary("mistyped"))
    until(lambda: ready(world) == ("False", "CredentialsRejected"), of="the app says so")
    world.change("lobby", userData="ours")
    until(lambda: text_of(world, task) == "b3Vycw==", of="a change still reaches ZEGO")
    world.wait_for("lobby", "Running")
