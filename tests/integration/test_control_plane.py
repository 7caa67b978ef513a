"""The control plane with real processes: what it serves, and that it leaves nothing behind."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
import yaml
from kubernetes import client
from kubernetes.config import new_client_from_config_dict
from kubernetes.watch import Watch

from automix_devkit.controlplane import ControlPlane, control_plane

# The first test to run may have to build the executables.
pytestmark = pytest.mark.timeout(1500)

AUTOMIX_DEV = Path(sys.executable).with_name("automix-dev")


@pytest.fixture(scope="module")
def audit_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit") / "audit.log"


@pytest.fixture(scope="module")
def plane(audit_log: Path) -> Iterator[ControlPlane]:
    with control_plane(audit_log=audit_log) as running:
        yield running


@pytest.fixture
def core(plane: ControlPlane) -> Iterator[client.CoreV1Api]:
    with connection(plane.kubeconfig) as api:
        yield client.CoreV1Api(api)


def test_the_administrator_may_do_everything(plane: ControlPlane) -> None:
    everything = client.V1SelfSubjectAccessReview(
        spec=client.V1SelfSubjectAccessReviewSpec(
            resource_attributes=client.V1ResourceAttributes(group="*", resource="*", verb="*")
        )
    )
    with connection(plane.kubeconfig) as api:
        review = client.AuthorizationV1Api(api).create_self_subject_access_review(everything)
    assert review.status
    assert review.status.allowed


def test_a_service_accounts_token_is_accepted_and_subject_to_rbac(plane: ControlPlane, core: client.CoreV1Api) -> None:
    core.create_namespaced_service_account("default", client.V1ServiceAccount(metadata=named("reader")))
    token = token_for("reader", core)
    rule = client.V1PolicyRule(api_groups=[""], resources=["configmaps"], verbs=["list"])
    binding = client.V1RoleBinding(
        metadata=named("reader"),
        role_ref=client.V1RoleRef(api_group="rbac.authorization.k8s.io", kind="Role", name="reader"),
        subjects=[client.RbacV1Subject(kind="ServiceAccount", name="reader", namespace="default")],
    )
    with connection(plane.kubeconfig) as api:
        rbac = client.RbacAuthorizationV1Api(api)
        rbac.create_namespaced_role("default", client.V1Role(metadata=named("reader"), rules=[rule]))
        rbac.create_namespaced_role_binding("default", binding)
    with connection(plane.kubeconfig_for_token(token)) as api:
        reader = client.CoreV1Api(api)
        assert reader.list_namespaced_config_map("default").items is not None
        with pytest.raises(client.ApiException) as caught:
            reader.list_namespaced_secret("default")
    assert caught.value.status == 403
    assert "system:serviceaccount:default:reader" in str(caught.value.body)


def test_a_made_up_token_is_refused(plane: ControlPlane) -> None:
    with connection(plane.kubeconfig_for_token("made-up")) as api, pytest.raises(client.ApiException) as caught:
        client.CoreV1Api(api).list_namespace()
    assert caught.value.status == 401


def test_the_audit_log_has_a_patch_as_soon_as_it_is_answered(core: client.CoreV1Api, audit_log: Path) -> None:
    core.create_namespaced_config_map("default", config_map("patched"))
    core.patch_namespaced_config_map("patched", "default", {"data": {"key": "canary"}})
    events = [json.loads(line) for line in audit_log.read_text().splitlines()]
    patches = [event for event in events if event["verb"] == "patch" and event["objectRef"]["name"] == "patched"]
    assert [(patch["stage"], patch["responseStatus"]["code"]) for patch in patches] == [("ResponseComplete", 200)]
    assert "canary" not in audit_log.read_text()


def test_the_api_server_keeps_address_and_data_over_a_restart(plane: ControlPlane, core: client.CoreV1Api) -> None:
    core.create_namespaced_config_map("default", config_map("kept", key="value"))
    before = plane.api_server.pid
    plane.restart_api_server()
    assert plane.api_server.pid != before
    with connection(plane.kubeconfig) as api:
        assert client.CoreV1Api(api).read_namespaced_config_map("kept", "default").data == {"key": "value"}


def test_logs_are_kept_where_they_are_wanted_and_everything_else_goes(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary, logs = tmp_path_factory.mktemp("t"), tmp_path_factory.mktemp("logs") / "wanted"
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with control_plane(log_directory=logs):
        assert list(temporary.iterdir())
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in logs.iterdir()) == ["etcd.log", "kube-apiserver.log"]


def test_the_controller_manager_collects_garbage_and_empties_deleted_namespaces() -> None:
    with control_plane(controller_manager=True) as plane, connection(plane.kubeconfig) as api:
        core = client.CoreV1Api(api)
        core.create_namespace(client.V1Namespace(metadata=named("doomed")))
        core.create_namespaced_config_map("doomed", config_map("inhabitant"))
        owner = core.create_namespaced_config_map("default", config_map("owner")).metadata
        assert owner
        assert owner.uid
        reference = client.V1OwnerReference(api_version="v1", kind="ConfigMap", name="owner", uid=owner.uid)
        metadata = client.V1ObjectMeta(name="owned", owner_references=[reference])
        core.create_namespaced_config_map("default", client.V1ConfigMap(metadata=metadata))
        core.delete_namespaced_config_map("owner", "default")
        core.delete_namespace("doomed")
        owned_ones = partial(core.list_namespaced_config_map, "default", field_selector="metadata.name=owned")
        doomed_ones = partial(core.list_namespace, field_selector="metadata.name=doomed")
        for listing in (owned_ones, doomed_ones):
            events = Watch().stream(listing, resource_version=owner.resource_version, timeout_seconds=60)
            assert any(event["type"] == "DELETED" for event in events)


def test_planes_that_start_at_the_same_time_are_strangers_to_each_other(folder: Path) -> None:
    configs = [folder / "one", folder / "other"]
    with ExitStack() as stack:
        commands = [stack.enter_context(started(config, folder)) for config in configs]
        for command in commands:
            assert ready_line(command)
        contents = [config.read_text() for config in configs]
        for content in contents:
            with connection(content) as api:
                client.CoreV1Api(api).create_namespace(client.V1Namespace(metadata=named("same-name")))
        one, other = (yaml.safe_load(content) for content in contents)
        assert one["clusters"] != other["clusters"]
        # The address and authority of one with the credentials of the other.
        with new_client_from_config_dict({**one, "users": other["users"]}) as api:
            with pytest.raises(client.ApiException) as caught:
                client.CoreV1Api(api).list_namespace()
            assert caught.value.status == 401


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: f"after {number.name}")
def test_the_command_leaves_nothing_behind(folder: Path, number: signal.Signals) -> None:
    config = folder / "config"
    with started(config, folder, "--controller-manager") as command:
        assert str(config) in ready_line(command)
        children = children_of(command)
        assert len(children) == 3
        with connection(config.read_text()) as api:
            assert client.CoreV1Api(api).list_namespace().items
        command.send_signal(number)
        assert command.wait(60) == 0
    assert list(folder.iterdir()) == []
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []


def test_a_command_that_is_killed_takes_its_processes_with_it(folder: Path) -> None:
    with started(folder / "config", folder) as command:
        assert ready_line(command)
        children = [os.pidfd_open(child) for child in children_of(command)]
        command.kill()
    for child in children:
        ended, _, _ = select.select([child], [], [], 10)
        os.close(child)
        assert ended


def test_a_port_that_is_taken_is_an_error_that_says_so(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(folder / "config", folder, "--port", str(port)) as command:
            _, errors = command.communicate(timeout=120)
    assert command.returncode == 1
    assert "bind: address already in use" in errors
    assert list(folder.iterdir()) == []


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short name, as etcd's sockets are in it."""
    return tmp_path_factory.mktemp("f")


def named(name: str) -> client.V1ObjectMeta:
    return client.V1ObjectMeta(name=name)


def config_map(name: str, **data: str) -> client.V1ConfigMap:
    return client.V1ConfigMap(metadata=named(name), data=data)


def token_for(service_account: str, core: client.CoreV1Api) -> str:
    request = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=600))
    status = core.create_namespaced_service_account_token(service_account, "default", request).status
    assert status
    assert status.token
    return str(status.token)


@contextmanager
def connection(kubeconfig: str) -> Iterator[client.ApiClient]:
    with new_client_from_config_dict(yaml.safe_load(kubeconfig)) as api:
        yield api


@contextmanager
def started(kubeconfig: Path, temporary: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run `automix-dev control-plane` with its temporary files in a folder of the test."""
    command = subprocess.Popen(  # noqa: S603 -- ours
        [AUTOMIX_DEV, "control-plane", "--kubeconfig", kubeconfig, *options],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with command:
        try:
            yield command
        finally:
            command.terminate()


def ready_line(command: subprocess.Popen[str]) -> str:
    assert command.stdout is not None
    line = command.stdout.readline()
    assert line.startswith("Ready at https://127.0.0.1:")
    return line


def children_of(command: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text()
    return [int(child) for child in listed.split()]
