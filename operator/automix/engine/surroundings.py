"""What the apps need of the world around them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from automix import zego
from automix.engine.cache import AppKey, MixKey
from automix.kube.crds import Crds
from automix.kube.namespaces import Namespaces
from automix.kube.objects import Objects
from automix.kube.secrets import Secrets


@dataclass(frozen=True)
class Surroundings:
    """What the apps need of the world."""

    objects: Objects
    secrets: Secrets
    namespaces: Namespaces
    crds: Crds | None
    """None where they may not be read."""
    namespace: str
    """Where the Secrets of ClusterZegoApps are."""
    clock: Callable[[], float]
    wake_app: Callable[[AppKey], None]
    wake_mix: Callable[[MixKey], None]
    wake_mixes_of: Callable[[AppKey], None]
    users: Callable[[AppKey], Iterable[MixKey]]
    """The mixes of an app that `may_run`."""
    on_call: Callable[[zego.CallRecord], None]
    transport: zego.MakeTransport
    """Makes what carries the calls of one client, for ZEGO's endpoint."""
    room_count_seconds: float
    """How often a room is counted that is waited for."""
