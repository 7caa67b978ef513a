"""The apps: an app object and its Secret become a client and budgets, and a status that names what is missing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from pydantic import SecretStr

from automix import zego
from automix.api.automix import AutoMix
from automix.api.zegoapp import ZegoApp
from automix.core.app_status import AppReason, app_status, sees_mixes
from automix.core.facts import AppFacts
from automix.core.selector import selects, selects_all
from automix.core.states import Reason
from automix.engine.budget import Budget
from automix.engine.cache import AppKey, MixKey, app_key
from automix.engine.wire import failure_of
from automix.kube.errors import Gone, KubeError
from automix.kube.namespaces import Namespaces
from automix.kube.objects import Objects
from automix.kube.secrets import SecretProblem, Secrets

log = logging.getLogger(__name__)

# Asked about to see whether credentials work; any answer of ZEGO's that is not a refusal will do.
_PROBE_TASK = "automix-operator-credentials-check"
_RECHECK_SECONDS = 30.0
# ZEGO's client gives a call up after 10 s, and a replace makes two.
_CALL_SECONDS = 30.0

Account = tuple[int, bool]
"""AppId and whether its test environment is meant: what ZEGO tells apart."""


class Budgets(NamedTuple):
    """What one app at ZEGO may call, by action."""

    start: Budget[MixKey]
    stop: Budget[MixKey]
    query: Budget[MixKey]

    def drop(self, key: MixKey) -> None:
        """Forget what the key waits for."""
        for budget in self:
            budget.drop(key)


@dataclass
class App:
    """An app object at work."""

    object: ZegoApp
    budgets: Budgets
    client: zego.ZegoClient | None = None
    secret: SecretStr | None = None
    endpoint: str = ""
    problem: str = ""
    message: str = ""
    sees_mixes: bool = False
    facts: AppFacts | None = None
    """What its mixes are told; None until the first check."""
    removed: bool = False


@dataclass(frozen=True)
class Surroundings:
    """What the apps need of the world."""

    objects: Objects
    secrets: Secrets
    namespaces: Namespaces
    namespace: str
    """Where the Secrets of ClusterZegoApps are."""
    clock: Callable[[], float]
    wake_mix: Callable[[MixKey], None]
    wake_mixes_of: Callable[[AppKey], None]
    on_call: Callable[[zego.CallRecord], None]
    transport: Callable[[], zego.Transport] | None
    """What carries the calls of one client; None for ZEGO's own."""


class Apps:
    """All app objects. `reconcile` makes one usable or says why it is not."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._world = surroundings
        self._apps: dict[AppKey, App] = {}
        self._budgets: dict[Account, Budgets] = {}
        self._retired: list[tuple[float, zego.ZegoClient]] = []
        """Clients that are used no more, and until when their calls under way may take."""

    def get(self, key: AppKey) -> App | None:
        """Return the app, if its object exists."""
        return self._apps.get(key)

    def account(self, mix: AutoMix) -> Account | AppKey:
        """Return the app at ZEGO that a mix means, whatever object carries it; the object's key if there is none."""
        key = app_key(mix.metadata.namespace, mix.spec)
        app = self._apps.get(key)
        return key if app is None else _account(app.object)

    def is_usable(self, key: AppKey) -> bool:
        """Whether the app was checked, and its credentials work."""
        app = self._apps.get(key)
        return app is not None and app.facts is not None and app.facts.problem is None

    def forget(self, key: MixKey) -> None:
        """Give back the turns of a mix that has no use for them, in whatever account it waited."""
        for budgets in self._budgets.values():
            budgets.drop(key)

    async def facts_for(self, mix: AutoMix) -> AppFacts | None:
        """Return what a mix is told of its app; None before the app's first check. Raises KubeError."""
        namespace = mix.metadata.namespace
        kind, where, name = key = app_key(namespace, mix.spec)
        app = self._apps.get(key)
        if app is None:
            place = f" in namespace {where}" if where else ""
            message = f"{kind} {name} does not exist{place}; create it, or make the AutoMix anew with another appRef."
            return AppFacts(Reason.APP_NOT_FOUND, message)
        selector = app.object.spec.namespace_selector
        # A mix that is on its way out is stopped whatever the selector says by now.
        allowed = mix.metadata.terminating or selects_all(selector)
        if allowed or selects(selector, await self._world.namespaces.labels(namespace)):
            return app.facts
        message = f"{kind} {name} is not for namespace {namespace}: its namespaceSelector does not select it."
        return AppFacts(Reason.APP_NOT_ALLOWED, message)

    def see(self, app: ZegoApp) -> bool:
        """Take note of an app object; return whether `reconcile` is due, as the echo of its own status is no news."""
        known = self._apps.get(app.key)
        if known is None or known.object.metadata.uid != app.metadata.uid:
            if known is not None:
                self._retire(known)
            self._apps[app.key] = App(app, self._budgets_of(app), sees_mixes=sees_mixes(app.status))
            return True
        if int(app.metadata.resource_version) <= int(known.object.metadata.resource_version):
            return False
        news = app.metadata.generation != known.object.metadata.generation
        known.object = app
        if news:
            self._budgets_of(app)
            known.facts = None  # so that the check wakes its mixes, whatever it finds
        return news

    def mark_removed(self, app: ZegoApp) -> AppKey:
        """Take note that an app object is gone; `reconcile` closes its connections."""
        known = self._apps.get(app.key)
        if known is not None and known.object.metadata.uid == app.metadata.uid:
            known.removed = True
        return app.key

    async def close(self) -> None:
        """Close all connections."""
        for app in self._apps.values():
            self._retire(app)
        await self._close_retired(before=float("inf"))

    def saw_a_mix(self, app: App) -> None:
        """Take note that ZEGO's query covers the app's mixes; `reconcile` is due, to write it down."""
        app.sees_mixes = True
        if app.facts is not None:
            app.facts = replace(app.facts, sees_mixes=True)

    async def reconcile(self, key: AppKey) -> float | None:
        """Check the app and write its status; returns the seconds until it is due again, None for not by itself."""
        await self._close_retired(before=self._world.clock())
        app = self._apps.get(key)
        if app is None:
            return None
        if app.removed:
            self._retire(self._apps.pop(key))
            self._world.wake_mixes_of(key)
            return None
        generation = app.object.metadata.generation
        failure = await self._check(app)
        app.problem, app.message = (failure.reason, failure.message) if failure else ("", "")
        told = _facts(app, failure)
        if told != app.facts:
            app.facts = told
            self._world.wake_mixes_of(key)
        await self._write_status(app)
        if app.object.metadata.generation != generation:
            self._budgets_of(app.object)
            app.facts = None
            return 0.0
        return _RECHECK_SECONDS if app.problem else None

    def _retire(self, app: App) -> None:
        """Have the app's client closed when its calls under way have ended."""
        if app.client is not None:
            self._retired.append((self._world.clock() + _CALL_SECONDS, app.client))
            app.client = None

    async def _close_retired(self, before: float) -> None:
        overdue = [client for until, client in self._retired if until <= before]
        self._retired = [(until, client) for until, client in self._retired if until > before]
        for client in overdue:
            await client.aclose()

    async def _check(self, app: App) -> "AppFailure | None":
        try:
            await self._connect(app)
        except SecretProblem as problem:
            return AppFailure(problem.reason, str(problem), Reason.CREDENTIALS_REJECTED)
        except KubeError as error:
            return AppFailure(AppReason.UNREADABLE, str(error), None if app.client else Reason.CREDENTIALS_REJECTED)
        except zego.InvalidEndpoint as invalid:
            return AppFailure(AppReason.ENDPOINT_INVALID, str(invalid), Reason.CREDENTIALS_REJECTED)
        if app.client is None:
            raise AssertionError("a connected app has a client")
        try:
            await app.client.get_mix_task_info(_PROBE_TASK)
        except zego.ZegoError as error:
            failure = failure_of(error)
            return AppFailure(failure.reason, failure.message, failure.reason if failure.of_the_app else None)
        return None

    async def _connect(self, app: App) -> None:
        spec, meta = app.object.spec, app.object.metadata
        ref = spec.server_secret_ref
        secret = await self._world.secrets.read(meta.namespace or self._world.namespace, ref.name, ref.key)
        endpoint = spec.endpoint or zego.ENDPOINTS[zego.Region(spec.region or zego.Region.UNIFIED)]
        if app.client is not None and (app.secret, app.endpoint) == (secret, endpoint):
            return
        self._retire(app)
        app.secret, app.endpoint = secret, endpoint
        app.client = zego.ZegoClient(
            zego.Credentials(app_id=spec.app_id, server_secret=secret, is_test=spec.is_test),
            endpoint=endpoint,
            clock=self._world.clock,
            on_call=self._world.on_call,
            transport=self._world.transport() if self._world.transport else None,
        )
        app.facts = None  # so that its mixes are woken, whatever the check finds

    async def _write_status(self, app: App) -> None:
        now = self._world.clock()
        status = app_status(app.object, problem=app.problem, message=app.message, verified=app.sees_mixes, now=now)
        if status == app.object.status:
            return
        try:
            stored = await self._world.objects.write_app_status(app.object, status)
            if int(stored.metadata.resource_version) > int(app.object.metadata.resource_version):
                app.object = stored
        except Gone:
            log.info("app went away during its check", extra={"app": "/".join(app.object.key)})

    def _budgets_of(self, app: ZegoApp) -> Budgets:
        account = _account(app)
        limits = app.spec.limits
        rates = (limits.start, limits.stop, limits.query)
        if account not in self._budgets:
            self._budgets[account] = Budgets(*(Budget(rate, self._world.wake_mix) for rate in rates))
        for budget, rate in zip(self._budgets[account], rates, strict=True):
            budget.change_rate(rate)
        return self._budgets[account]


class AppFailure(NamedTuple):
    """Why an app is not ready: the reason and message of its condition, and what that is for its mixes, if it is."""

    reason: str
    message: str
    for_mixes: Reason | None


def _account(app: ZegoApp) -> Account:
    return app.spec.app_id, app.spec.is_test


def _facts(app: App, failure: AppFailure | None) -> AppFacts:
    problem = failure.for_mixes if failure else None
    name = app.object.metadata.name
    message = f"{app.object.kind} {name} cannot be used: {failure.message}" if failure and problem else ""
    return AppFacts(problem=problem, message=message, sees_mixes=app.sees_mixes)
