"""What the command refuses before it starts anything."""

from pathlib import Path

from click.testing import CliRunner

from automix_devkit.controlplane.command import control_plane_command


def test_a_file_of_somebody_elses_is_neither_replaced_nor_removed(tmp_path: Path) -> None:
    own = tmp_path / "config"
    own.write_text("apiVersion: v1\n")
    result = CliRunner().invoke(control_plane_command, ["--kubeconfig", str(own)])
    assert result.exit_code == 2
    assert "Invalid value for --kubeconfig" in result.stderr
    assert own.read_text() == "apiVersion: v1\n"
