"""The command `automix-dev binaries`."""

import click

from automix_devkit.binaries.errors import BinariesError
from automix_devkit.binaries.finder import find
from automix_devkit.binaries.toolsets import TOOLSETS

ALL = "all"


@click.command()
@click.argument("toolset", type=click.Choice([*TOOLSETS, ALL]), default=ALL)
def binaries(toolset: str) -> None:
    """Make sure that the executables are on this machine and print where they are.

    One line per executable: its name and its path. What is not found is downloaded or built from source, once.
    """
    for wanted in TOOLSETS.values() if toolset == ALL else [TOOLSETS[toolset]]:
        try:
            found = find(wanted, wanted.names)
        except BinariesError as error:
            raise click.ClickException(str(error)) from error
        for name, path in found.items():
            click.echo(f"{name} {path}")
