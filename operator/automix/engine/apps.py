"""The apps: an app object and its Secret become a client and budgets, and a status that names what is missing."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from automix import zego
from automix.api.automix import AutoMix
from automix.api.zegoapp import ZegoApp
from automix.core.app_status import app_status, sees_mixes
from automix.core.facts import AppFacts
from automix.core.selector import selects_all
from automix.core.states import Reason
from automix.engine.account import Account, Accounts, account_of
from automix.engine.app import LONGEST_RECHECK_SECONDS, NEVER, App, missing, was_accepted
from automix.engine.cache import AppKey, MixKey, app_key
from automix.engine.credentials import AppFailure, Credentials
from automix.engine.failures import failure_of
from automix.engine.holds import FAREWELL_SECONDS, Holds
from automix.engine.selection import KEPT_SECONDS, Selection
from automix.engine.surroundings import Surroundings
from automix.kube.errors import Gone
from automix.telemetry.metrics import BudgetReading

log = logging.getLogger(__name__)

# ZEGO and the Secret are never changed at one moment: so long a doubt is nobody's business but ours.
_GRACE_SECONDS = 5.0
# How long the word of a check stands against the refusal of another call. A signature is the same for all actions, so
# that one which is refused soon after is a rotation rather than a contradiction; what an app may do is told by action.
_CLEARED_SECONDS = {Reason.CREDENTIALS_REJECTED: 5.0, Reason.SERVICE_NOT_ENABLED: 30.0}


class Apps:
    """All app objects. `reconcile` makes one usable or says why it is not."""

    def __init__(self, surroundings: Surroundings) -> None:
        world = self._world = surroundings
        self._apps: dict[AppKey, App] = {}
        self._accounts = Accounts(world.wake_mix, self._count_people, world.room_count_seconds)
        self._credentials = Credentials(world.secrets, world.namespace, world.clock, world.on_call, world.transport)
        self._holds = Holds(world.objects, world.crds, world.users, world.clock)

    def budget_readings(self) -> Iterator[BudgetReading]:
        """Yield how the budgets of all accounts stand."""
        return self._accounts.readings()

    def begin(self) -> None:
        """Begin to make calls that count, as soon as those of whoever acted until now do not any more."""
        self._accounts.begin()

    def objects(self) -> list[ZegoApp]:
        """Return the objects that exist as far as is known."""
        return [app.object for app in self._apps.values() if not app.removed]

    @property
    def keys(self) -> tuple[AppKey, ...]:
        """The apps that exist, or did and are not done with."""
        return tuple(self._apps)

    def get(self, key: AppKey) -> App | None:
        """Return the app, if its object exists, or did and has mixes that are not stopped yet."""
        return self._apps.get(key)

    def account(self, mix: AutoMix) -> Account | AppKey:
        """Return the app at ZEGO that a mix means, whatever object carries it; the object's key if there is none."""
        key = app_key(mix.metadata.namespace, mix.spec)
        app = self._apps.get(key)
        return key if app is None else app.account

    def is_usable(self, key: AppKey) -> bool:
        """Whether the app was checked, and its credentials work."""
        app = self._apps.get(key)
        return app is not None and not app.removed and app.facts is not None and app.problem is None

    def counts(self, key: AppKey) -> bool:
        """Whether ZEGO has ever accepted a call of the app object: a made-up one has no say in anything."""
        app = self._apps.get(key)
        return app is not None and app.accepted

    def forget(self, key: MixKey) -> None:
        """Give back the turns of a mix that has no use for them, in whatever account it waited."""
        self._accounts.drop(key)

    async def facts_for(self, mix: AutoMix) -> AppFacts | None:
        """Return what a mix is told of its app; None to wait for a check, which wakes it. Raises KubeError."""
        key = app_key(mix.metadata.namespace, mix.spec)
        app = self._apps.get(key)
        if app is None or app.removed:
            known = app.last_words(mix) if app is not None else None
            return known or missing(key, served=self._world.objects.serves(key[0]), may_come=app is None)
        refusal = await app.refusal(mix)
        if refusal is not None:
            return refusal
        if app.pending:
            app.waiting.add(mix.key)
            return None
        return app.last_words(mix) or app.facts

    def doubt(self, app: App, client: zego.ZegoClient, reason: Reason = Reason.CREDENTIALS_REJECTED) -> bool:
        """Take note that a call of a client was refused for the app's sake; return whether that may be the past.

        If so, the refusal is no news of the mix, which waits and comes again: with another client, or after a check.
        If not, the app was checked a moment ago and found good, and the refusal stands for this mix alone.
        """
        app = self._apps.get(app.object.key, app)
        connection = app.connection
        if connection is None or connection.client is not client or app.pending:
            return True
        refused = reason is Reason.CREDENTIALS_REJECTED
        if app.removed or app.problem is not None:
            # Only what is being deleted still calls, with the last credentials that worked: they do not any more.
            connection.trusted = connection.trusted and not refused
            return refused
        now = _now()
        if now < app.cleared_at + _CLEARED_SECONDS[reason]:
            return False
        app.pending, app.doubted_at, app.check_at, app.failures = True, now, 0.0, 0
        self._world.wake_app(app.object.key)
        return True

    def note_use(self, key: AppKey) -> None:
        """Take note that a mix began or ceased to hold; the app's reconcile is due if its finalizer is not as it is."""
        app = self._apps.get(key)
        if app is not None and self._holds.is_wrong(app):
            self._world.wake_app(key)

    def see(self, app: ZegoApp) -> bool:
        """Take note of an app object; return whether `reconcile` is due, as the echo of its own status is no news."""
        known = self._apps.get(app.key)
        if known is not None and int(app.metadata.resource_version) <= int(known.object.metadata.resource_version):
            return False
        if known is None or (known.object.metadata.uid, known.account) != (app.metadata.uid, account_of(app)):
            self._meet(app, known)
            return True
        return self._take(known, app) or self._holds.is_wrong(known)

    def lose(self, app: ZegoApp) -> None:
        """Take note that an app object is gone; its connections last until its mixes are stopped."""
        known = self._apps.get(app.key)
        if known is not None and known.object.metadata.uid == app.metadata.uid:
            known.removed = True
            self._share_out(known.account)
            self._world.wake_mixes_of(app.key)
            self._drop_unused(known)
        self._world.wake_app(app.key)

    def review(self) -> None:
        """Have each app checked again that has no reason to be: nothing tells that a Secret was lost, or is wrong."""
        for key, app in tuple(self._apps.items()):
            if app.removed:
                self._drop_unused(app)
            elif app.in_use and app.check_at == NEVER:
                app.check_at = 0.0
                self._world.wake_app(key)

    async def close(self) -> None:
        """Close all connections."""
        for app in self._apps.values():
            self._credentials.retire(app.connection)
        await self._accounts.close()
        await self._credentials.close_retired(before=NEVER)

    def saw_a_mix(self, app: App) -> None:
        """Take note that ZEGO's query covers the app's mixes; `reconcile` is due, to write it down."""
        app.sees_mixes = True
        if app.facts is not None:
            app.facts = replace(app.facts, sees_mixes=True)

    async def reconcile(self, key: AppKey) -> float | None:
        """Check the app if that is due, keep its finalizer and write its status; raises KubeError.

        Returns the seconds until it is due again, None for not by itself.
        """
        await self._credentials.close_retired()
        app = self._apps.get(key)
        if app is not None and app.removed:
            self._drop_unused(app)
        elif app is not None:
            if app.check_at <= _now():
                await self._check(app)
            if await self._holds.keep(app, self._take):
                await self._write_status(app)
            if await app.selection.changed(app.object.spec.namespace_selector):
                self._world.wake_mixes_of(key)
        return self._next(app)

    def _take(self, app: App, stored: ZegoApp) -> bool:
        """Take what is stored by now, from a watch or our own request; return whether the spec is another."""
        if account_of(stored) != app.account:
            # Passes under way end with what they began with, and what they hear there is no news of the new account.
            if self.see(stored):
                self._world.wake_app(stored.key)
            return False
        before, app.object = app.object, max(app.object, stored, key=lambda one: int(one.metadata.resource_version))
        accepted, app.accepted = app.accepted, app.accepted or was_accepted(app.object)
        news = app.object.metadata.generation != before.metadata.generation
        if news:
            app.pending, app.check_at, app.failures = True, 0.0, 0
        if news or app.accepted != accepted:
            self._share_out(app.account)
        return news

    def _next(self, app: App | None) -> float | None:
        now, due = _now(), [self._credentials.next_closing or NEVER]
        if app is not None and not app.removed:
            due.append(app.check_at)
            if app.held and app.object.metadata.terminating:
                due.append(now + FAREWELL_SECONDS)
            if not selects_all(app.object.spec.namespace_selector):
                due.append(now + KEPT_SECONDS)
        return None if min(due) == NEVER else max(min(due) - now, 0.0)

    def _meet(self, app: ZegoApp, before: App | None) -> None:
        """Begin with an object; what an earlier one of its name knows of the same app at ZEGO is kept."""
        met = self._apps[app.key] = App(app, self._accounts.budgets(account_of(app)), Selection(self._world.namespaces))
        met.sees_mixes, met.accepted = sees_mixes(app.status), was_accepted(app)
        if before is not None and before.account == met.account:
            met.connection, met.sees_mixes = before.connection, met.sees_mixes or before.sees_mixes
        elif before is not None:
            self._credentials.retire(before.connection)
            self._share_out(before.account)
            self._drop_accounts()
        self._share_out(met.account)

    def _drop_unused(self, app: App) -> None:
        """Forget an object that is gone, unless its mixes are not stopped yet."""
        if not self._holds.used(app.object.key):
            self._credentials.retire(self._apps.pop(app.object.key).connection)
            self._drop_accounts()

    def _drop_accounts(self) -> None:
        self._accounts.keep({app.account for app in self._apps.values()})

    async def _check(self, app: App) -> None:
        """Have ZEGO judge the credentials, and tell the mixes, unless that is out of date by then, or may pass soon."""
        in_use = app.in_use
        app.check_at = _now() + LONGEST_RECHECK_SECONDS
        connection, failure = await self._credentials.check(app.object, app.connection)
        same = connection is app.connection
        if self._apps.get(app.object.key) is not app:
            self._credentials.retire(None if same else connection)
            return
        if not same:
            self._credentials.retire(app.connection)
            app.connection = connection
        now = _now()
        if app.check_at <= now:
            return  # edited, or doubted, while it was checked
        if in_use and failure and app.may_be_a_hiccup(failure):
            app.recheck_after(failure, now)
            return
        if in_use and failure and connection and connection.trusted:
            # A Secret that is lost or wrong by now is told of; the mixes go on with what works until ZEGO refuses it.
            failure = failure._replace(for_mixes=None)
        app.recheck_after(failure, now)
        if failure and app.doubted_at is not None and now < app.doubted_at + _GRACE_SECONDS:
            return
        if app.doubted_at is not None and same and not (failure and failure.for_mixes):
            app.cleared_at = now
        app.pending, app.doubted_at = False, None
        self._tell(app, failure)

    def _tell(self, app: App, failure: AppFailure | None) -> None:
        if failure is None and not app.accepted:
            app.accepted = True
            self._share_out(app.account)
        app.failure = failure
        told = app.told()
        waiting, app.waiting = app.waiting, set()
        generation = app.object.metadata.generation
        if told != app.facts or generation != app.told_of:
            app.facts, app.told_of = told, generation
            self._world.wake_mixes_of(app.object.key)
        for mix in sorted(waiting):
            self._world.wake_mix(mix)

    async def _write_status(self, app: App) -> None:
        like = [other for other in self._alike(app.account) if other is not app] if app.accepted else []
        findings = app.findings(self._world.users(app.object.key), like)
        status = app_status(app.object, findings, self._world.clock())
        if app.pending or status == app.object.status:
            return
        try:
            self._take(app, await self._world.objects.write_app_status(app.object, status))
        except Gone:
            log.info("app went away during its check", extra={"app": "/".join(app.object.key)})

    def _alike(self, account: Account) -> list[App]:
        """Return the apps of an account that count."""
        return [app for app in self._apps.values() if app.account == account and app.has_a_say]

    def _share_out(self, account: Account) -> None:
        """Let the lowest limit count of the objects of an account that have a say, and have each name the others."""
        alike = self._alike(account)
        alone = [app for app in self._apps.values() if app.account == account and not app.removed]
        self._accounts.limit(account, [app.object.spec.limits for app in alike or alone])
        for app in alike:
            self._world.wake_app(app.object.key)

    async def _count_people(self, account: Account, rooms: Sequence[str]) -> Mapping[str, int]:
        """Ask with whatever object's credentials work now."""
        for app in self._alike(account):
            client = app.client
            if client is not None and not app.pending and app.problem is None:
                return await self._describe(app, client, rooms)
        return {}

    async def _describe(self, app: App, client: zego.ZegoClient, rooms: Sequence[str]) -> Mapping[str, int]:
        try:
            return await client.describe_user_num(rooms)
        except zego.ZegoError as error:
            # Where all rooms are empty, no other call would notice that the secret was rotated.
            failure = failure_of(error)
            if failure.of_the_app:
                self.doubt(app, client, failure.reason)
            raise


def _now() -> float:
    return asyncio.get_running_loop().time()
