"""The command `automix-dev`; each subcommand lives beside what it runs."""

from collections.abc import Mapping
from importlib import import_module

import click

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "binaries": ("automix_devkit.binaries.command", "binaries"),
    "control-plane": ("automix_devkit.controlplane.command", "control_plane_command"),
    "demo": ("automix_devkit.demo.command", "demo"),
    "manifests": ("automix_devkit.manifests", "manifests"),
    "simulator": ("automix_devkit.simulator.command", "simulator"),
}
"""Module and function of each, imported when it is asked for: the simulator runs without what the others need."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Commands)
def main() -> None:
    """Run what the operator is developed against."""
