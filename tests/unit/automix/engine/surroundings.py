"""What apps need of the world, with nobody in it."""

from collections.abc import Iterable

from kubernetes.aio.client import Configuration

from automix import zego
from automix.engine.cache import MixKey
from automix.engine.surroundings import Surroundings
from automix.kube.client import KubeClient
from automix.kube.namespaces import Namespaces
from automix.kube.objects import Objects
from automix.kube.secrets import Secrets
from builders import NOW


def surroundings(users: Iterable[MixKey] = ()) -> Surroundings:
    """Return surroundings in which nobody answers and nobody is woken; `users` are the mixes that may run."""
    client = KubeClient(Configuration(host="http://127.0.0.1:1"))
    return Surroundings(
        objects=Objects(client, ()),
        secrets=Secrets(client),
        namespaces=Namespaces(client),
        crds=None,
        namespace="operator",
        clock=lambda: NOW,
        wake_app=lambda _: None,
        wake_mix=lambda _: None,
        wake_mixes_of=lambda _: None,
        users=lambda _: users,
        on_call=lambda _: None,
        transport=zego.pooled_transport,
        room_count_seconds=30,
    )
