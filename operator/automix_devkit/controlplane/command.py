"""The command `automix-dev control-plane`."""

import signal
from pathlib import Path
from types import FrameType
from typing import Never

import click

from automix_devkit.binaries import BinariesError
from automix_devkit.controlplane import kubeconfig as kubeconfig_file
from automix_devkit.controlplane.plane import control_plane
from automix_devkit.controlplane.process import ProcessFailed

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command("control-plane")
@click.option(
    "--kubeconfig",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Written when the control plane is ready, removed when it stops.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the API server on 127.0.0.1. Default: a free one.")
@click.option(
    "--controller-manager", is_flag=True, help="Collect garbage, empty deleted namespaces and keep quotas as well."
)
def control_plane_command(kubeconfig: Path, port: int | None, *, controller_manager: bool) -> None:
    """Run a real Kubernetes API server on this machine until SIGINT or SIGTERM, and leave nothing behind."""
    if not kubeconfig_file.is_free(kubeconfig):
        raise click.BadParameter(f"{kubeconfig} exists, and would be removed", param_hint="--kubeconfig")
    for number in STOP_SIGNALS:
        signal.signal(number, _interrupt_once)
    try:
        with control_plane(port=port, controller_manager=controller_manager) as plane:
            plane.write_kubeconfig(kubeconfig)
            click.echo(f"Ready at {plane.url}. To use it: export KUBECONFIG={kubeconfig.absolute()}")
            while True:
                signal.pause()
    except KeyboardInterrupt:
        pass
    except (BinariesError, ProcessFailed, OSError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        kubeconfig.unlink(missing_ok=True)


def _interrupt_once(_number: int, _frame: FrameType | None) -> Never:
    """Let the context managers clean up, undisturbed by an impatient second signal."""
    for number in STOP_SIGNALS:
        signal.signal(number, _do_nothing)
    raise KeyboardInterrupt


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """Not SIG_IGN, of which Python complains when both signals came at once."""
