"""From an app object and its Secret to a client, and ZEGO's word on whether its credentials work."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import SecretStr

from automix import zego
from automix.api.zegoapp import ZegoApp
from automix.core.app_status import AppReason
from automix.core.states import Reason
from automix.engine.failures import failure_of
from automix.kube.errors import KubeError
from automix.kube.secrets import SecretProblem, Secrets

# Asked about to see whether credentials work; any answer of ZEGO's that is not a refusal will do.
_PROBE_TASK = "automix-operator-credentials-check"
# ZEGO's client gives a call up after 10 s, and a replace makes two.
_CALL_SECONDS = 30.0


class AppFailure(NamedTuple):
    """Why an app is not ready: the reason and message of its condition, and what that is for its mixes, if it is."""

    reason: str
    message: str
    for_mixes: Reason | None


@dataclass
class Connection:
    """A client and what it was made of."""

    client: zego.ZegoClient
    secret: SecretStr
    endpoint: str
    revision: int
    """Higher than that of every connection made before."""
    trusted: bool = False
    """Whether ZEGO accepted the credentials, and did not refuse them since."""


class Credentials:
    """Makes connections, has ZEGO judge them, and closes those that are used no more."""

    def __init__(
        self,
        secrets: Secrets,
        namespace: str,
        clock: Callable[[], float],
        on_call: Callable[[zego.CallRecord], None],
        transport: zego.MakeTransport,
    ) -> None:
        """`namespace` is where the Secrets of ClusterZegoApps are; `transport` makes a client's, for an endpoint."""
        self._secrets = secrets
        self._namespace = namespace
        self._clock = clock
        self._on_call = on_call
        self._transport = transport
        self._revisions = itertools.count(1)
        self._retired: list[tuple[float, zego.ZegoClient]] = []
        """Clients that are used no more, and until when their calls under way may take."""

    async def check(self, app: ZegoApp, known: Connection | None) -> tuple[Connection | None, AppFailure | None]:
        """Return the connection to use from now on, and why the app is not ready.

        It is the known one while that is made of what the app and its Secret say. Otherwise it is a new one; but one
        that ZEGO refuses does not take the place of one that ZEGO accepts, since that can still stop mixes.
        """
        try:
            candidate = await self._connection(app, known)
        except SecretProblem as problem:
            return known, AppFailure(problem.reason, str(problem), Reason.CREDENTIALS_REJECTED)
        except zego.InvalidEndpoint as invalid:
            return known, AppFailure(AppReason.ENDPOINT_INVALID, str(invalid), Reason.CREDENTIALS_REJECTED)
        except KubeError as error:
            if known is None:
                return None, AppFailure(AppReason.UNREADABLE, str(error), Reason.CREDENTIALS_REJECTED)
            # The Secret may be as it was: what is known is put to the test all the same.
            return known, await self._probe(known, app) or AppFailure(AppReason.UNREADABLE, str(error), None)
        failure = await self._probe(candidate, app)
        if candidate is not known and known is not None and known.trusted and failure and failure.for_mixes:
            self.retire(candidate)
            return known, failure
        return candidate, failure

    def retire(self, connection: Connection | None) -> None:
        """Have a client closed when its calls under way have ended."""
        if connection is not None:
            self._retired.append((asyncio.get_running_loop().time() + _CALL_SECONDS, connection.client))

    @property
    def next_closing(self) -> float | None:
        """When a retired client is to be closed, by the event loop's clock; None if there is none."""
        return min((until for until, _ in self._retired), default=None)

    async def close_retired(self, before: float | None = None) -> None:
        """Close the retired clients whose time has come, or would come before another moment."""
        now = asyncio.get_running_loop().time() if before is None else before
        overdue = [client for until, client in self._retired if until <= now]
        self._retired = [(until, client) for until, client in self._retired if until > now]
        for client in overdue:
            await client.aclose()

    async def _connection(self, app: ZegoApp, known: Connection | None) -> Connection:
        """Return the known connection if it is made of what the app says by now, or another; raises what is wrong."""
        spec = app.spec
        ref = spec.server_secret_ref
        secret = await self._secrets.read(self._where(app), ref.name, ref.key)
        endpoint = spec.endpoint or zego.ENDPOINTS[zego.Region(spec.region or zego.Region.UNIFIED)]
        if known is not None and (known.secret, known.endpoint) == (secret, endpoint):
            return known
        client = zego.ZegoClient(
            zego.Credentials(app_id=spec.app_id, server_secret=secret, is_test=spec.is_test),
            endpoint=endpoint,
            clock=self._clock,
            on_call=self._on_call,
            transport=self._transport(zego.parse_endpoint(endpoint)),
        )
        return Connection(client, secret, endpoint, next(self._revisions))

    async def _probe(self, connection: Connection, app: ZegoApp) -> AppFailure | None:
        """Make a call that changes nothing, and take note of what ZEGO says of the credentials."""
        try:
            await connection.client.get_mix_task_info(_PROBE_TASK)
        except zego.ZegoError as error:
            failure = failure_of(error)
        else:
            connection.trusted = True
            return None
        message = failure.message
        if failure.reason is Reason.CREDENTIALS_REJECTED:
            connection.trusted = False
            ref = app.spec.server_secret_ref
            message += f" It is key {ref.key} of Secret {self._where(app)}/{ref.name}; a new one is taken up by itself."
        # Nothing is sent before ZEGO's clock is known: of a Sequence by ours there may be no trace when we are gone.
        for_all = failure.of_the_app or not connection.client.heard
        return AppFailure(failure.reason, message, failure.reason if for_all else None)

    def _where(self, app: ZegoApp) -> str:
        return app.metadata.namespace or self._namespace
