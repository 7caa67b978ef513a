"""What helm installs does the work: the Deployment's process, with its ServiceAccount, arguments and variables."""

import base64
import subprocess
import sys

import yaml

from automix_devkit.manifests import NAME, NAMESPACE
from support.account import refused, unused
from support.calls import Call, Hold, Moment, Verdict
from support.chart import OPTIONS
from support.cluster import ROOT, Cluster
from support.proxy import Proxy, proxied_api_server
from support.release import APP, LIGHT, SOON, Pod, Release, app_values
from support.waiting import until
from support.world import MERGE, Json, World

DEFAULT = f"{ROOT}/clusterzegoapps/default"
RBAC = "rbac.authorization.k8s.io"


def work(world: World, name: str, **spec: object) -> None:
    """Let a mix start, change in place, change with a gap, and stop."""
    task = world.started(name, **spec)
    world.change(name, userData="more")
    until(lambda: runs(world, task, UserData=base64.b64encode(b"more").decode()), of="the change is made")
    world.wait_for(name, "Running")
    assert world.zego.calls(task, "StopAutoMix") == [], "without a gap"
    world.change(name, soundChannel="Stereo")
    world.wait_for(name, "Running")
    assert runs(world, task, SoundChannel=2)
    world.delete(name)
    world.wait_until_gone(name)
    assert world.zego.task(task) is None


def runs(world: World, task: str, **parameters: object) -> bool:
    """Whether a mix runs with these parameters."""
    running = world.zego.task(task)
    return running is not None and parameters.items() <= running.items()


def test_one_pod_does_the_main_job_where_policies_say_what_may_be_declared(
    world: World, release: Release, own: Cluster
) -> None:
    only_here = rf"admission.namespaceSelector.matchLabels.kubernetes\.io/metadata\.name={world.namespace}"
    release.install(LIGHT, app_values(world), *OPTIONS["admission"], f"--set={only_here}")
    with release.pods() as pods:
        assert len(pods) == 1
        pushed = {"streamUrl": f"rtmp://push.example.com/live/{world.namespace}"}
        work(world, "lobby", appRef=APP, mixOutput=[pushed])
    assert refused(own) == []


def test_what_helm_test_runs_succeeds_while_a_pod_is_ready_and_fails_when_none_is(release: Release) -> None:
    release.install(LIGHT)
    with release.pods() as (pod,):
        assert helm_test(release, pod) == (0, "ok\n")
    assert helm_test(release, pod)[0] != 0


def helm_test(release: Release, pod: Pod) -> tuple[int, str]:
    """Run what the pod of `helm test` runs; return how it ends, and what it says."""
    hooks = yaml.safe_load_all(release.helm("get", "hooks", NAME))
    (container,) = next(hook["spec"]["containers"] for hook in hooks if hook["kind"] == "Pod")
    command: list[str] = [*container["command"], *container["args"]]
    assert command[0] == "python3"
    # The Service's name is nobody's here: the pod is in the place of a proxy, which is asked for every name.
    way = {"http_proxy": pod.address}
    done = subprocess.run([sys.executable, *command[1:]], env=way, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    return done.returncode, done.stdout


def test_with_two_pods_every_permission_is_needed_and_none_is_missing(
    world: World, release: Release, own: Cluster
) -> None:
    release.install(SOON, app_values(world))
    mine = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}}}
    own.ask("PATCH", DEFAULT, {"spec": mine}, MERGE)
    with proxied_api_server(own) as proxy, release.pods(proxy) as pods:
        assert len(pods) == 2
        collide(proxy, world, "tenants", f"{ROOT}/namespaces/{world.namespace}/zegoapps/zego")
        collide(proxy, world, "ours", DEFAULT, appRef=APP)
        work(world, "lobby", appRef=APP)
        for app in (f"{ROOT}/namespaces/{world.namespace}/zegoapps/zego", DEFAULT):
            # In use by one of those mixes: is its kind being deleted as well?
            own.ask("DELETE", app)
            until(lambda app=app: "InUse" in str(own.ask("GET", app)["status"]), of=f"{app} is in use")  # type: ignore[misc]
    assert_the_roles_are_just_right(release, own)


def test_named_namespaces_need_no_clusterrole_and_every_permission_that_there_is(
    world: World, release: Release, own: Cluster
) -> None:
    other = World(own, world.zego)
    release.install(SOON, f"--set=namespaces={{{world.namespace},{other.namespace}}}")
    assert release.roles("ClusterRole") == []
    with proxied_api_server(own) as proxy, release.pods(proxy):
        for each in (world, other):
            collide(proxy, each, "tenants", f"{ROOT}/namespaces/{each.namespace}/zegoapps/zego")
            each.delete("tenants")
        work(world, "lobby")
        world.declare("elsewhere", appRef={"kind": "ClusterZegoApp", "name": "shared"})
        status = world.wait_for("elsewhere", "AppNotFound")
        assert "serves named namespaces and the ZegoApps in them" in status["conditions"][0]["message"]
        other.wait_until_gone("tenants")
    assert_the_roles_are_just_right(release, own)


def collide(proxy: Proxy, world: World, name: str, app: str, **spec: object) -> None:
    """Declare a mix, and change its app just when the operator puts its finalizer on: it has to be read afresh."""
    held, plural = Hold(), app.split("/")[-2]

    def hold(call: Call, moment: Moment) -> Verdict:
        return held if (call.kind, call.path, moment) == (f"PATCH {plural}", app, Moment.ARRIVED) else None

    proxy.hook = hold
    world.declare(name, **spec)
    assert held.reached.wait(20)
    proxy.hook = None
    world.cluster.ask("PATCH", app, {"metadata": {"labels": {"changed": "meanwhile"}}}, MERGE)
    held.release()
    world.wait_for(name, "Running")
    until(lambda: (f"GET {plural}", app) in [(call.kind, call.path) for call in list(proxy.calls)], of="it is read")


def assert_the_roles_are_just_right(release: Release, cluster: Cluster) -> None:
    """Assert that all that the roles of the release allow was asked for, and nothing else."""
    roles = release.roles()
    assert roles
    until(lambda: not unused(cluster, roles), within=5, of=lambda: f"all is needed, not {unused(cluster, roles)}")
    assert refused(cluster) == []


def test_only_named_secrets_are_read_and_those_that_tenants_grant(world: World, release: Release, own: Cluster) -> None:
    release.install(LIGHT, app_values(world), "--set=rbac.tenantSecrets=false,rbac.secretNames={second}")
    store_second_app(world)
    secret = f"/api/v1/namespaces/{world.namespace}/secrets/zego"
    with release.pods():
        until(lambda: f"get {secret}" in refused(own), of="the tenant's Secret is not read")
        world.declare("tenants")
        world.wait_for("tenants", "CredentialsRejected")
        grant(world)
        world.wait_for("tenants", "Running")
        work(world, "ours", appRef=APP)
        world.started("seconds", appRef={**APP, "name": "second"})
    assert set(refused(own)) == {f"get {secret}"}


def store_second_app(world: World) -> None:
    """Make another ClusterZegoApp, with a Secret of its own name."""
    app_id, secret = world.zego.new_app()
    meta = {"name": "second", "namespace": NAMESPACE}
    world.cluster.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"serverSecret": secret}}
    )
    spec = {"appId": app_id, "endpoint": world.zego.url, "serverSecretRef": {"name": "second", "key": "serverSecret"}}
    kind = {"apiVersion": "automix.zego.im/v1alpha1", "kind": "ClusterZegoApp"}
    world.cluster.apply({**kind, "metadata": {"name": "second"}, "spec": spec})


def grant(world: World) -> None:
    """Let the operator read the one Secret of a tenant, as the chart's README says."""
    meta = {"name": "operator-reads-secret", "namespace": world.namespace}
    rule: Json = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["zego"], "verbs": ["get"]}
    role = {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": meta, "rules": [rule]}
    reference = {"apiGroup": RBAC, "kind": "Role", "name": meta["name"]}
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
    binding = {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": meta}
    world.cluster.apply(role)
    world.cluster.apply({**binding, "roleRef": reference, "subjects": [subject]})
