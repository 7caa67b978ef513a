"""`automix`: the group of commands."""

import click

from automix import __version__
from automix.cli.run import run


@click.group()
@click.version_option(__version__)
def main() -> None:
    """Keep ZEGO auto mixes as their AutoMix objects declare them."""


main.add_command(run)
