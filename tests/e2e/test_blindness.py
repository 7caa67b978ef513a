"""What happens when the operator cannot see: it recovers by itself, or ends with a reason so that it is restarted."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from automix.kube.watches import CONNECT_SECONDS, LONGEST_BACKOFF_SECONDS, WatchTimes
from automix.settings import Settings
from automix_devkit.controlplane import control_plane
from automix_devkit.manifests import MANIFEST
from support.calls import Answer, Call, Delay, Hold, Moment, Verdict
from support.cluster import GROUP, REPOSITORY, ROOT, Cluster
from support.judges import judged
from support.operator import Operator
from support.proxy import Proxy, proxied_api_server
from support.waiting import until
from support.world import World

ARRIVED = Moment.ARRIVED
SILENCE = 3.0
SHORT = {"AUTOMIX_WATCH_SILENCE_SECONDS": f"{SILENCE:g}"}
RECOVERY = SILENCE + LONGEST_BACKOFF_SECONDS + 5
"""Seconds within which it sees again: the silence that is borne, the longest wait for a try, and a slow machine."""
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ACCOUNT = "/api/v1/namespaces/automix-system/serviceaccounts/automix-operator/token"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster to break, with what install.yaml brings."""
    audit = tmp_path_factory.mktemp("audit") / "audit.log"
    with control_plane(audit_log=audit) as plane:
        cluster = Cluster(plane, audit)
        cluster.install(REPOSITORY / MANIFEST)
        cluster.wait_for_crds()
        with judged(cluster):
            yield cluster
        cluster.close()


def test_the_defaults_notice_and_mend_a_silent_watch_within_90_seconds() -> None:
    times = WatchTimes(Settings().watch_silence_seconds)
    assert times.server < times.client
    assert times.client + LONGEST_BACKOFF_SECONDS + CONNECT_SECONDS <= 90
    # The second look at what is overdue comes one interval after the first.
    assert times.dead + 2 * times.check <= 90
    # A token that is refused, or a permission that is gone, is met with when the watch is made anew.
    assert times.server + times.refused + 2 * times.check <= 90
    assert times.deaf <= 90


class TestThroughAProxy:
    @pytest.fixture
    def proxy(self, cluster: Cluster) -> Iterator[Proxy]:
        with proxied_api_server(cluster) as proxy:
            yield proxy

    @pytest.fixture
    def operator(self, proxy: Proxy, world: World, logs: Path, tmp_path: Path) -> Iterator[Operator]:
        kubeconfig = proxy.write_kubeconfig(tmp_path / "kubeconfig")
        log = logs / f"blind-{world.namespace}.log"
        with Operator(kubeconfig, log, "--namespace", world.namespace, **SHORT) as operator:
            world.started("lobby")
            yield operator
            proxy.thaw()
            assert operator.terminate() == 0
            assert "Traceback" not in operator.text()

    def test_a_watch_that_goes_silent_is_made_anew(self, operator: Operator, proxy: Proxy, world: World) -> None:
        del operator
        before = watches(proxy)
        proxy.freeze()
        world.change("lobby", soundChannel="Stereo")
        until(lambda: watches(proxy) > before, within=RECOVERY, of="another watch is asked for")
        proxy.thaw()
        settled(world)

    def test_a_watch_in_which_nothing_happens_is_not_listed_anew(
        self, operator: Operator, proxy: Proxy, world: World
    ) -> None:
        del operator
        before, listed = watches(proxy), lists(proxy)
        until(lambda: watches(proxy) > before + 2, within=3 * RECOVERY, of="watches are made anew")
        assert lists(proxy) == listed
        world.change("lobby", soundChannel="Stereo")
        settled(world)

    def test_an_api_server_that_refuses_connections_is_tried_until_it_answers(
        self, operator: Operator, proxy: Proxy, world: World
    ) -> None:
        proxy.refuse()
        world.change("lobby", soundChannel="Stereo")
        said(operator, "the API server does not answer the watches")
        proxy.thaw()
        settled(world)
        said(operator, "the API server answers the watches again")
        assert operator.text().count("does not answer the watches") == 1

    def test_an_api_server_that_answers_429_is_not_stormed(
        self, operator: Operator, proxy: Proxy, world: World
    ) -> None:
        proxy.too_many(retry_after=1)
        said(operator, "the API server does not answer the watches")
        proxy.calls.clear()
        began = time.monotonic()
        until(lambda: watches(proxy) > 3, within=3 * RECOVERY, of="it is tried again")
        # Two kinds are watched, and each waits at least as long as the API server asked for.
        assert watches(proxy) <= 2 * (time.monotonic() - began + 1)
        world.change("lobby", soundChannel="Stereo")
        proxy.thaw()
        settled(world)

    @pytest.mark.parametrize("status", [500, 503, 504])
    def test_an_api_server_that_answers_with_an_error_is_tried_until_it_is_well(
        self, operator: Operator, proxy: Proxy, world: World, status: int
    ) -> None:
        proxy.hook = lambda _, moment: Answer(status) if moment is ARRIVED else None
        said(operator, "the API server does not answer the watches")
        world.change("lobby", soundChannel="Stereo")
        proxy.hook = None
        settled(world)

    def test_a_slow_api_server_is_waited_for(self, operator: Operator, proxy: Proxy, world: World) -> None:
        del operator
        proxy.hook = lambda _, moment: Delay(SILENCE / 2) if moment is ARRIVED else None
        world.change("lobby", soundChannel="Stereo")
        settled(world)

    def test_410_gone_brings_what_happened_meanwhile(self, operator: Operator, proxy: Proxy, world: World) -> None:
        del operator
        proxy.freeze()
        world.change("lobby", soundChannel="Stereo")
        proxy.gone()
        proxy.thaw()
        settled(world)

    def test_410_gone_brings_what_happened_to_each_of_several(
        self, operator: Operator, proxy: Proxy, world: World
    ) -> None:
        """Of them kopf is shown one, and where to watch from; the operator lists them itself."""
        del operator
        names = [f"room-{number}" for number in range(3)]
        for name in names:
            world.started(name)
        proxy.freeze()
        for name in names:
            world.change(name, soundChannel="Stereo")
        proxy.gone()
        proxy.thaw()
        for name in names:
            world.wait_for(name, "Running", within=2 * RECOVERY)

    def test_an_object_that_vanished_before_410_gone_makes_way_for_another_one(
        self, operator: Operator, proxy: Proxy, world: World
    ) -> None:
        same = world.get("lobby")["spec"]
        world.declare("rival", roomId=same["roomId"], mixOutput=same["mixOutput"])
        world.wait_for("rival", "Conflict")
        proxy.freeze()
        vanish(world, "lobby")
        proxy.gone()
        proxy.thaw()
        said(operator, "AutoMix vanished without notice")
        world.wait_for("rival", "Running", within=2 * RECOVERY)
        assert [entry["TaskId"] for entry in world.zego.state()["Tasks"]].count(same["roomId"]) == 1

    def test_the_last_object_that_vanished_before_410_gone_is_found_missing(
        self, operator: Operator, proxy: Proxy, world: World
    ) -> None:
        proxy.freeze()
        vanish(world, "lobby")
        proxy.gone()
        proxy.thaw()
        said(operator, "AutoMix vanished without notice")
        stopped(world, "lobby")

    def test_an_object_that_is_there_is_never_called_vanished(
        self, operator: Operator, proxy: Proxy, world: World
    ) -> None:
        held: list[str] = []

        def appear_during_the_list(call: Call, moment: Moment) -> Verdict:
            if call.kind == "LIST automixes" and moment is Moment.EFFECT and not held:
                held.append(call.path)
                world.cluster.apply(world.manifest("late"))
            return None

        proxy.hook = appear_during_the_list
        listed = lists(proxy)
        proxy.gone()
        until(lambda: lists(proxy) > listed + 1, within=RECOVERY, of="it is listed by the watch and by the sweep")
        world.change("lobby", soundChannel="Stereo")
        settled(world)
        assert held
        assert "vanished" not in operator.text()

    def test_a_deletion_that_was_never_reported_is_found_at_the_next_sweep(
        self, proxy: Proxy, world: World, logs: Path, tmp_path: Path
    ) -> None:
        kubeconfig, log = proxy.write_kubeconfig(tmp_path / "kubeconfig"), logs / f"sweep-{world.namespace}.log"
        sweeping = {"AUTOMIX_SWEEP_SECONDS": "1"}
        held = Hold()
        with Operator(kubeconfig, log, "--namespace", world.namespace, **SHORT, **sweeping) as operator:
            world.started("lobby")
            proxy.hook = lambda call, moment: held if call.kind == "WATCH automixes" and moment is ARRIVED else None
            assert held.reached.wait(RECOVERY)
            vanish(world, "lobby")
            said(operator, "AutoMix vanished without notice")
            stopped(world, "lobby")
            proxy.hook = None
            held.release()
            assert operator.terminate() == 0

    def test_an_app_whose_deletion_was_never_reported_is_found_missing(
        self, proxy: Proxy, world: World, logs: Path, tmp_path: Path
    ) -> None:
        kubeconfig, log = proxy.write_kubeconfig(tmp_path / "kubeconfig"), logs / f"apps-{world.namespace}.log"
        held = Hold()
        with Operator(kubeconfig, log, "--namespace", world.namespace, **SHORT, AUTOMIX_SWEEP_SECONDS="1") as operator:
            world.started("lobby")
            world.add_app("spare")
            world.started("attic", appRef={"kind": "ZegoApp", "name": "spare"}, suspend=False)
            world.delete("attic")
            world.wait_until_gone("attic")
            proxy.hook = lambda call, moment: held if call.kind == "WATCH zegoapps" and moment is ARRIVED else None
            assert held.reached.wait(RECOVERY)
            spare = f"{world.path('').replace('automixes/', 'zegoapps/')}spare"
            world.cluster.ask("DELETE", spare)
            until(lambda: world.cluster.request("GET", spare).status_code == 404, of="the app is gone")
            said(operator, "app vanished without notice")
            world.declare("attic", appRef={"kind": "ZegoApp", "name": "spare"})
            world.wait_for("attic", "AppNotFound", within=RECOVERY)
            proxy.hook = None
            held.release()
            assert operator.terminate() == 0


def test_a_watch_that_is_refused_in_a_way_that_nobody_foresaw_ends_it(
    cluster: Cluster, world: World, logs: Path, tmp_path: Path
) -> None:
    log = logs / f"unforeseen-{world.namespace}.log"
    with proxied_api_server(cluster) as proxy:
        kubeconfig = proxy.write_kubeconfig(tmp_path / "kubeconfig")
        with Operator(kubeconfig, log, "--namespace", world.namespace, **SHORT) as operator:
            world.started("lobby")
            proxy.hook = lambda call, moment: Answer(400) if call.watches and moment is ARRIVED else None
            assert operator.ends(within=60) == 1
            assert ends_with(operator, r"automix: watch of \w+: the API server refuses /apis/.* \(HTTP 400\)")
            assert "Traceback" not in operator.text()


def test_a_watch_that_fails_while_the_others_are_asked_for_ends_it(
    cluster: Cluster, world: World, logs: Path, tmp_path: Path
) -> None:
    log = logs / f"failing-{world.namespace}.log"
    broken = Answer(200, json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 500, "message": "no"}}))
    held = Hold()

    def fail_one_and_hold_the_other(call: Call, moment: Moment) -> Verdict:
        if not call.watches or moment is not ARRIVED:
            return None
        return held if call.kind == "WATCH zegoapps" else broken if held.reached.is_set() else None

    with proxied_api_server(cluster) as proxy:
        kubeconfig = proxy.write_kubeconfig(tmp_path / "kubeconfig")
        with Operator(kubeconfig, log, "--namespace", world.namespace, **SHORT) as operator:
            world.started("lobby")
            proxy.hook = fail_one_and_hold_the_other
            # kopf 1.45 may take the cancellation of a request for that of the stream, and then waits for ever.
            assert operator.ends(within=30) == 1
            assert ends_with(operator, "automix: watch")
            assert "Traceback" not in operator.text()
            held.release()


def test_an_api_server_that_restarts_is_watched_again(own: Cluster, tmp_path: Path) -> None:
    bound(own, tmp_path / "kubeconfig", "first")
    # It refuses for seconds what it will allow, until it knows the roles: half of the silence is borne of that.
    silence = 4 * SILENCE
    patient = {"AUTOMIX_WATCH_SILENCE_SECONDS": f"{silence:g}"}
    with Operator(tmp_path / "kubeconfig", tmp_path / "log", **patient) as operator:
        own.plane.restart_api_server()
        own.wait_for_crds()
        since = len(watched(own))
        until(lambda: watched(own)[since:], within=silence + RECOVERY, of="a watch after the restart")
        assert operator.terminate() == 0
        assert "Traceback" not in operator.text()


class TestForGood:
    """What no later try mends: the process ends, and says why."""

    @pytest.fixture
    def operator(self, own: Cluster, tmp_path: Path) -> Iterator[Operator]:
        bound(own, tmp_path / "kubeconfig", "first")
        with Operator(tmp_path / "kubeconfig", tmp_path / "log", **SHORT) as operator:
            yield operator
        assert "Traceback" not in operator.text()

    def test_a_token_that_is_no_longer_taken_ends_it(self, own: Cluster, operator: Operator) -> None:
        revoke(own, "first")
        # The API server itself keeps its opinion of a token for ten seconds.
        assert operator.ends(within=30) == 1
        assert ends_with(operator, r"automix: watch of \w+: the API server does not take the operator's credentials")

    def test_a_token_that_is_replaced_in_time_is_taken_up(
        self, own: Cluster, operator: Operator, tmp_path: Path
    ) -> None:
        until(lambda: accounts(own), within=30, of="the first token was used")
        bound(own, tmp_path / "kubeconfig", "second")
        before = accounts(own)
        revoke(own, "first")
        until(lambda: accounts(own) - before, within=30, of="another token is used")
        assert operator.terminate() == 0

    def test_permissions_that_are_taken_away_end_it(self, own: Cluster, operator: Operator) -> None:
        binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/automix-operator"
        kept = own.ask("GET", binding)
        own.ask("DELETE", binding)
        assert operator.ends(within=30) == 1
        assert ends_with(operator, r"automix: watch of \w+: RBAC does not allow it \(HTTP 403\); allow get, list and")
        kept["metadata"] = {"name": kept["metadata"]["name"], "labels": kept["metadata"]["labels"]}
        own.apply(kept)

    @pytest.mark.parametrize("plural", ["automixes", "zegoapps", "clusterzegoapps"])
    def test_a_crd_that_is_deleted_under_way_ends_it(self, own: Cluster, operator: Operator, plural: str) -> None:
        name = f"{plural}.{GROUP}"
        own.ask("DELETE", f"{CRDS}/{name}")
        assert operator.ends(within=30) == 1
        assert ends_with(operator, f"automix: watch of {plural}: the CustomResourceDefinition {name} is gone; install")
        until(lambda: own.request("GET", f"{ROOT}/{plural}").status_code == 404, of="it is served no more")
        own.install(REPOSITORY / "crds" / f"{plural}.yaml")
        until(lambda: own.request("GET", f"{ROOT}/{plural}").is_success, of="it is served")

    def test_a_crd_that_is_missing_at_the_start_is_named(self, own: Cluster, tmp_path: Path) -> None:
        own.ask("DELETE", f"{CRDS}/zegoapps.{GROUP}")
        until(lambda: own.request("GET", f"{ROOT}/zegoapps").status_code == 404, of="it is served no more")
        bound(own, tmp_path / "kubeconfig", "missing")
        operator = Operator(tmp_path / "kubeconfig", tmp_path / "log", **SHORT)
        with pytest.raises(AssertionError):
            operator.start()
        assert operator.ends(within=10) == 1
        assert ends_with(operator, f"automix: CustomResourceDefinition zegoapps.{GROUP}: not found; install the CRDs")
        own.install(REPOSITORY / "crds/zegoapps.yaml")
        until(lambda: own.request("GET", f"{ROOT}/zegoapps").is_success, of="it is served")


def watches(proxy: Proxy) -> int:
    """Return how many watches of AutoMixes were asked for."""
    return sum(call.kind == "WATCH automixes" for call in list(proxy.calls))


def lists(proxy: Proxy) -> int:
    """Return how many lists of AutoMixes were asked for."""
    return sum(call.kind == "LIST automixes" for call in list(proxy.calls))


def settled(world: World) -> None:
    """Wait until the operator has seen the current generation and the mix runs."""
    world.wait_for("lobby", "Running", within=2 * RECOVERY)


def said(operator: Operator, words: str) -> None:
    """Wait until the operator has logged something."""
    until(lambda: words in operator.text(), within=2 * RECOVERY, of=f"it says {words!r}")


def stopped(world: World, name: str) -> None:
    """Wait until ZEGO runs the mix of an object no more."""
    room = f"{world.namespace}-{name}"
    until(lambda: world.zego.task(room) is None, within=RECOVERY, of=f"the mix of {name} is stopped")


def ends_with(operator: Operator, pattern: str) -> bool:
    """Whether the operator's last word begins so."""
    return re.match(pattern, operator.last_word()) is not None


def vanish(world: World, name: str) -> None:
    """Delete an object without the operator's consent."""
    world.cluster.ask("PATCH", world.path(name), {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    world.delete(name)
    world.wait_until_gone(name)


def bound(cluster: Cluster, kubeconfig: Path, name: str) -> None:
    """Write a kubeconfig with a token of the operator's account that lasts as long as a Secret does."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "automix-system"}}
    uid = cluster.apply(secret)["metadata"]["uid"]
    reference = {"apiVersion": "v1", "kind": "Secret", "name": name, "uid": uid}
    token = cluster.ask("POST", ACCOUNT, {"spec": {"boundObjectRef": reference}})["status"]["token"]
    kubeconfig.write_text(cluster.plane.kubeconfig_for_token(token))


def revoke(cluster: Cluster, name: str) -> None:
    """Have a token not taken any more."""
    cluster.ask("DELETE", f"/api/v1/namespaces/automix-system/secrets/{name}")


def watched(cluster: Cluster, since: str = "") -> list[str]:
    """Return the kinds that the operator watched; a watch is in the audit log when it has ended."""
    return [
        entry["objectRef"]["resource"]
        for entry in cluster.audit()
        if entry["verb"] == "watch"
        and entry["userAgent"].startswith("automix-operator")
        and entry["responseStatus"]["code"] == 200
        and entry["requestReceivedTimestamp"] > since
    ]


def accounts(cluster: Cluster) -> set[str]:
    """Return which tokens the operator has watched with."""
    return {
        token
        for entry in cluster.audit()
        if entry["verb"] == "watch" and entry["userAgent"].startswith("automix-operator")
        for token in entry["user"].get("extra", {}).get("authentication.kubernetes.io/credential-id", [])
    }
