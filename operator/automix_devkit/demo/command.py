"""The command `automix-dev demo`."""

import signal
import time

import click

from automix_devkit.binaries import BinariesError
from automix_devkit.controlplane import ProcessFailed
from automix_devkit.demo.stage import Stage, stage
from automix_devkit.demo.story import CHAPTERS, EVERY_FIELD, recreate, tell
from automix_devkit.demo.terminal import NotAsTold

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@click.option("--keep", is_flag=True, help="Leave everything running after the story, until SIGINT or SIGTERM.")
def demo(*, keep: bool) -> None:
    """Tell on this machine what the operator does, with kubectl's real commands and output; nothing of it stays.

    Ends with status 1, and the logs' last lines, if a sentence of the story does not hold.
    """
    for number in STOP_SIGNALS:
        signal.signal(number, signal.default_int_handler)
    click.echo("Starting a Kubernetes API server and a simulated ZEGO on this machine.")
    try:
        # The controller manager is for those who try things: they may delete namespaces.
        with stage(controller_manager=keep) as set_stage:
            try:
                _play(set_stage, keep=keep)
            finally:
                # An impatient second signal does not disturb the cleaning up.
                signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    except (BinariesError, NotAsTold, ProcessFailed, OSError) as error:
        raise click.ClickException(str(error)) from error


def _play(on: Stage, *, keep: bool) -> None:
    begun = time.monotonic()
    try:
        tell(on)
        seconds = time.monotonic() - begun
        click.echo(f"\n{len(CHAPTERS)} chapters in {seconds:.0f} s, all as told. Breaches of ZEGO's rules: 0.")
        if keep:
            recreate(on)
    except NotAsTold:
        click.echo(f"\n{on.log_tails()}\n")
        raise
    if keep:
        click.echo(USAGE.format(terminal=on.terminal, zego=on.zego.url, every_field=EVERY_FIELD))
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        signal.sigwait(STOP_SIGNALS)
        click.echo("Stopping, and leaving nothing behind.")


USAGE = """
Everything runs on until Ctrl-C. In another terminal:

  export KUBECONFIG={terminal.kubeconfig}
  alias kubectl={terminal.kubectl}
  kubectl get automix --watch
  kubectl explain automix.spec
  kubectl edit automix lobby
  kubectl apply -f {every_field}

What ZEGO runs; a mix that dies there; a room for a mix of your own:

  curl -s {zego}/admin/state
  curl -X POST {zego}/admin/tasks/lobby/kill
  curl -X POST {zego}/admin/rooms -d '{{"RoomId": "kitchen", "Streams": ["host"]}}'

The manifests and logs are in {terminal.folder}."""
