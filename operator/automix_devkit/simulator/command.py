"""The command that serves the simulator until it is told to stop. The only place here that reads the real clock."""

import asyncio
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import click
from pydantic import Field, RootModel, SecretStr, ValidationError

from automix_devkit.simulator.alternatives import read_settings
from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.protocol import AppId
from automix_devkit.simulator.server import serve
from automix_devkit.simulator.settings import SimulatorSettings


class AppsFile(RootModel[dict[int, SecretStr]]):
    """Hold ServerSecrets by AppId."""

    root: dict[AppId, SecretStr] = Field(default_factory=dict)


def _read_apps(_: click.Context, __: click.Parameter, path: Path | None) -> AppsFile:
    if path is None:
        return AppsFile()
    try:
        return AppsFile.model_validate_json(path.read_bytes())
    except ValidationError:
        # Nothing of the error itself: it repeats the input, which may be a secret.
        raise click.BadParameter('the file must hold {"AppId": "ServerSecret"}, each AppId a uint32') from None


def _read_settings(_: click.Context, __: click.Parameter, assignments: Sequence[str]) -> SimulatorSettings:
    try:
        return read_settings(assignments)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option(
    "--apps",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_read_apps,
    help='JSON file with the projects: {"AppId": "ServerSecret"}.',
)
@click.option("--room", "rooms", multiple=True, metavar="ID", help="Create a room with one user and one stream.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_read_settings,
    help="Turn a switch of SimulatorSettings, such as refuse_changes=true.",
)
def simulator(host: str, port: int, apps: AppsFile, rooms: Sequence[str], settings: SimulatorSettings) -> None:
    """Serve a simulation of ZEGO's server API and print its URL."""
    simulated = Simulator(settings, time.time)
    for app_id, server_secret in apps.root.items():
        simulated.add_app(app_id, server_secret)
    for room_id in rooms:
        simulated.create_room(room_id, users=["host"], streams=["host-stream"])
    asyncio.run(_serve_until_stopped(simulated, host, port))


async def _serve_until_stopped(simulated: Simulator, host: str, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serve(simulated, host=host, port=port) as url:
        click.echo(url)
        await stopped.wait()
