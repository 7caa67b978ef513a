"""Settings of the process: AUTOMIX_* variables, overridden by the command line."""

import socket
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from automix.core.schedule import Timing
from automix.engine.runtime import EngineSettings


class Settings(BaseSettings):
    """What can be set; read once, in the command line's entry point."""

    model_config = SettingsConfigDict(env_prefix="AUTOMIX_", frozen=True, use_attribute_docstrings=True)

    namespaces: tuple[str, ...] = ()
    """Namespaces to serve; empty for all of them."""
    kubeconfig: str | None = None
    """Kubeconfig file; without one the pod's service account is used."""
    pod_namespace: str = "automix-system"
    """Where the operator runs, and where the Secrets of ClusterZegoApps are."""
    instance: str = Field(default_factory=socket.gethostname)
    """Name of this process in Events, and in the Lease; no two processes may have the same."""
    lease_name: str = ""
    """Lease, in the operator's namespace, by which one process of several acts; without a name this one always does."""
    lease_seconds: float = Field(default=15.0, ge=1)
    """After how long without a renewal another process may act; whoever holds the Lease acts for two thirds of it."""
    first_look_seconds: float = Field(default=10.0, gt=0)
    """How soon after a start ZEGO is asked whether the mix runs."""
    shortest_drift_check_seconds: float = Field(default=30.0, gt=0)
    """The least driftCheckInterval that is obeyed."""
    deletion_timeout_seconds: float = Field(default=900.0, gt=0)
    """How long a mix that cannot be stopped holds its deleted object; then it is left to itself, and reported."""
    workers: int = Field(default=256, ge=1, le=1000)
    """How many objects are worked on at once."""
    drain_seconds: float = Field(default=20.0, gt=0)
    """How long a shutdown waits for calls that began; ZEGO's client gives up after 10 s."""
    watch_silence_seconds: float = Field(default=60.0, gt=0, le=300)
    """How long nothing may come over a watch until it is made anew; other waits of the watches follow from it."""
    sweep_seconds: float = Field(default=3600.0, gt=0)
    """How often what is known is compared with what exists, for deletions that were not reported."""
    room_count_seconds: float = Field(default=30.0, gt=0)
    """How often the people of a room are counted for which a mix waits."""
    probe_port: int = Field(default=8080, ge=0, le=65535)
    """Port of /livez, /readyz and /metrics; 0 for none."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least severity that is logged."""
    log_format: Literal["text", "json"] = "text"
    """How a log line looks."""

    def engine(self) -> EngineSettings:
        """Return the engine's part."""
        return EngineSettings(
            namespaces=self.namespaces,
            app_secret_namespace=self.pod_namespace,
            instance=self.instance,
            timing=Timing(self.first_look_seconds, self.shortest_drift_check_seconds, self.deletion_timeout_seconds),
            workers=self.workers,
            drain_seconds=self.drain_seconds,
            sweep_seconds=self.sweep_seconds,
            room_count_seconds=self.room_count_seconds,
        )
