"""`automix run`: the operator as a process."""

import asyncio
import sys
from typing import Any

import click
from kubernetes.aio.config import ConfigException
from pydantic import ValidationError

from automix import app
from automix.kube.errors import KubeError
from automix.settings import Settings
from automix.telemetry import logs


@click.command()
@click.option("--namespace", "-n", "namespaces", multiple=True, help="Serve this namespace; repeat for several.")
@click.option("--all-namespaces", "-A", is_flag=True, help="Serve all namespaces and ClusterZegoApps.")
@click.option("--kubeconfig", type=click.Path(exists=True, dir_okay=False), help="Default: the pod's service account.")
@click.option("--probe-port", type=click.IntRange(0, 65535), help="Port of /livez, /readyz, /metrics; 0 for none.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How a log line looks.")
def run(
    namespaces: tuple[str, ...],
    *,
    all_namespaces: bool,
    kubeconfig: str | None,
    probe_port: int | None,
    log_format: str | None,
) -> None:
    """Run the operator until SIGINT or SIGTERM. AUTOMIX_* variables set what has no option here."""
    if bool(namespaces) == all_namespaces:
        raise click.UsageError("say what to serve: --namespace NAME (repeatable) or --all-namespaces, one of the two")
    options = {"kubeconfig": kubeconfig, "probe_port": probe_port, "log_format": log_format}
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    try:
        settings = Settings(namespaces=namespaces, **given)
    except ValidationError as error:
        wrong = "; ".join(f"AUTOMIX_{fault['loc'][0]}".upper() + f": {fault['msg']}" for fault in error.errors())
        raise click.UsageError(wrong) from None
    logs.set_up(settings.log_level, settings.log_format)
    try:
        asyncio.run(app.run(settings))
    except (KubeError, ConfigException, OSError) as error:
        click.echo(f"automix: {error}", err=True)
        sys.exit(1)
