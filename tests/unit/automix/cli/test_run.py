"""What `automix run` refuses before it starts anything."""

import pytest
from click.testing import CliRunner

from automix.cli import main


@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="neither"),
        pytest.param(["--namespace", "a", "--all-namespaces"], id="both"),
        pytest.param(["-n", "a", "-n", "b", "-A"], id="several and all"),
    ],
)
def test_what_to_serve_must_be_said_in_one_way(options: list[str]) -> None:
    result = CliRunner().invoke(main, ["run", *options])

    assert result.exit_code == 2
    assert "--namespace NAME (repeatable) or --all-namespaces, one of the two" in result.stderr


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--probe-port", "65536"], "--probe-port"),
        (["--log-format", "xml"], "--log-format"),
        (["--kubeconfig", "no/such/file"], "--kubeconfig"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(options: list[str], named: str) -> None:
    result = CliRunner().invoke(main, ["run", "--all-namespaces", *options])

    assert result.exit_code == 2
    assert named in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("own_logging")
def test_outside_of_a_cluster_and_without_a_kubeconfig_it_says_so_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    result = CliRunner().invoke(main, ["run", "--all-namespaces"])

    assert result.exit_code == 1
    assert result.stderr.startswith("automix: ")
    assert "Traceback" not in result.output


def test_a_variable_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMIX_WORKERS", "many")
    result = CliRunner().invoke(main, ["run", "--all-namespaces"])

    assert result.exit_code == 2
    assert "AUTOMIX_WORKERS: Input should be a valid integer" in result.output
