"""The command `automix-dev`; each subcommand lives beside what it runs."""

import click

from automix_devkit.binaries.command import binaries
from automix_devkit.controlplane.command import control_plane_command
from automix_devkit.demo.command import demo
from automix_devkit.manifests import manifests
from automix_devkit.simulator.command import simulator


@click.group()
def main() -> None:
    """Run what the operator is developed against."""


main.add_command(simulator)
main.add_command(control_plane_command)
main.add_command(binaries)
main.add_command(demo)
main.add_command(manifests)
