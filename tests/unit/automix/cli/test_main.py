"""The command line as a whole."""

from click.testing import CliRunner

from automix import __version__
from automix.cli import main


def test_the_version_is_the_packages() -> None:
    result = CliRunner().invoke(main, ["--version"])

    assert (result.exit_code, __version__ in result.output) == (0, True)


def test_the_help_names_the_commands() -> None:
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    assert "run" in result.output
