"""Kubeconfig files: what is in them, who can read them, and whose files they never replace."""

from base64 import b64decode
from pathlib import Path

import pytest
import yaml

from automix_devkit.controlplane import kubeconfig
from automix_devkit.controlplane.certificates import KeyPair

URL = "https://127.0.0.1:6443"


def test_a_client_certificate_is_written_into_the_file() -> None:
    content = yaml.safe_load(kubeconfig.for_certificate(URL, "authority", KeyPair("certificate", "key")))
    assert cluster(content) == {"server": URL, "certificate-authority-data": "YXV0aG9yaXR5"}
    decoded = {key: b64decode(value).decode() for key, value in user(content).items()}
    assert decoded == {"client-certificate-data": "certificate", "client-key-data": "key"}


def test_a_token_is_the_only_credential_of_its_kubeconfig() -> None:
    content = yaml.safe_load(kubeconfig.for_token(URL, "authority", "canary"))
    assert user(content) == {"token": "canary"}


def test_the_current_context_leads_to_the_cluster_and_the_user() -> None:
    content = yaml.safe_load(kubeconfig.for_token(URL, "authority", "canary"))
    (context,) = [entry["context"] for entry in content["contexts"] if entry["name"] == content["current-context"]]
    assert context["cluster"] == content["clusters"][0]["name"]
    assert context["user"] == content["users"][0]["name"]


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    kubeconfig.write(tmp_path / "config", "content")
    assert (tmp_path / "config").read_text() == "content"
    assert (tmp_path / "config").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["config"]


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    with pytest.raises(IsADirectoryError):
        kubeconfig.write(tmp_path / "config", "content")
    assert [path.name for path in tmp_path.iterdir()] == ["config"]


@pytest.mark.parametrize(
    ("content", "free"),
    [
        pytest.param(None, True, id="no file"),
        pytest.param("", True, id="an empty file, as mktemp makes one"),
        pytest.param(kubeconfig.for_token(URL, "", ""), True, id="a file that an earlier run left"),
        pytest.param("apiVersion: v1\n", False, id="somebody's own file"),
    ],
)
def test_which_files_may_be_replaced(tmp_path: Path, content: str | None, *, free: bool) -> None:
    path = tmp_path / "config"
    if content is not None:
        path.write_text(content)
    assert kubeconfig.is_free(path) is free


def cluster(content: dict[str, list[dict[str, dict[str, str]]]]) -> dict[str, str]:
    return content["clusters"][0]["cluster"]


def user(content: dict[str, list[dict[str, dict[str, str]]]]) -> dict[str, str]:
    return content["users"][0]["user"]
