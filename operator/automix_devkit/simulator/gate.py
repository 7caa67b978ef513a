"""What a call has to pass before it means anything, in the order of the checks (inferred)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from automix_devkit.simulator.actions import ACTIONS, Action, contradictions, parse, refuse_impossible
from automix_devkit.simulator.codes import Code
from automix_devkit.simulator.limits import LIMITERS, Locks, Nonces
from automix_devkit.simulator.log import BreachKind, Log
from automix_devkit.simulator.model import Environment, RefusedError, Request
from automix_devkit.simulator.parameters import DescribeUserNum, Parameters
from automix_devkit.simulator.protocol import (
    App,
    authenticate,
    business_parameters,
    check_host,
    environment_of,
    oddities,
    wants_test,
)
from automix_devkit.simulator.settings import SimulatorSettings
from automix_devkit.simulator.wire import JsonObject, unknown_fields


@dataclass(frozen=True)
class Call:
    """Hold a call that was let in and understood."""

    environment: Environment
    action: str
    parameters: Parameters

    @property
    def mixes(self) -> bool:
        """Tell whether it is one for the mixing service."""
        return ACTIONS[self.action].mixes

    @property
    def task_id(self) -> str | None:
        """Return the task it is about."""
        return None if isinstance(self.parameters, DescribeUserNum) else self.parameters.task_id


class Gate:
    """Let calls in, or refuse them."""

    def __init__(self, settings: SimulatorSettings, apps: Mapping[int, App], log: Log) -> None:
        self._settings = settings
        self._apps = apps
        self._log = log
        self._limiter = LIMITERS[settings.rate_limit]()
        self._locks = Locks()
        self._nonces = Nonces()

    def admit(self, request: Request, now: float) -> Call:
        """Let a call in: host, access, environment, action, service, rate limit, parameters.

        Raises RefusedError for the first check that fails.
        """
        if self._settings.check_host:
            check_host(request)
        app = authenticate(request, self._apps, now)
        self._check_nonce(app, request, now)
        environment = environment_of(app, request)
        name, action = _action(request)
        if action.mixes and not app.mixing_enabled:
            raise RefusedError(Code.MIXING_NOT_ENABLED, "the mixing service is not enabled")
        self._check_rate(environment, name, action, now)
        if wants_test(request) and not environment.is_test:
            self._unexpected(now, f"{name}: IsTest of a project without test environment")
        for oddity in oddities(request):
            self._unexpected(now, f"{name}: {oddity}")
        raw = business_parameters(request)
        parameters = parse(action, raw)
        self._note_surplus(name, raw, parameters, now)
        refuse_impossible(parameters)
        return Call(environment, name, parameters)

    @contextmanager
    def one_at_a_time(self, call: Call, user_id: str | None, now: float) -> Iterator[None]:
        """Refuse a start or stop while another one of the same user id has not been answered."""
        with self._locks.hold(None if user_id is None else (call.environment, user_id)) as alone:
            if not alone:
                self._log.breach(now, BreachKind.CALLS_AT_ONCE, f"{call.action} of user {user_id}")
                if self._settings.lock_user_ids:
                    code = Code.START_LOCKED if call.action == "StartAutoMix" else Code.STOP_LOCKED
                    raise RefusedError(code, "another request of this UserId is on its way")
            yield

    def _check_nonce(self, app: App, request: Request, now: float) -> None:
        if self._nonces.is_new(app.app_id, request.first("SignatureNonce"), now):
            return
        self._log.breach(now, BreachKind.NONCE_REUSED, f"app {app.app_id}")
        if self._settings.refuse_nonce_replay:
            raise RefusedError(Code.SIGNATURE_WRONG, "the nonce was used before")

    def _check_rate(self, environment: Environment, name: str, action: Action, now: float) -> None:
        documented = action.test_calls_per_second if environment.is_test else action.calls_per_second
        limit = self._settings.calls_per_second.get(name, documented)
        if self._limiter.accept((environment, name), limit, now):
            return
        detail = f"{name} of app {environment.app_id}: more than {limit} in a second"
        self._log.breach(now, BreachKind.OVER_THE_LIMIT, detail)
        one_for_all = action.mixes and self._settings.one_overload_code
        raise RefusedError(Code.OVERLOAD if one_for_all else action.overload, "too many requests")

    def _note_surplus(self, name: str, raw: JsonObject, parameters: Parameters, now: float) -> None:
        kind = BreachKind.UNKNOWN_FIELD if ACTIONS[name].method == "POST" else BreachKind.UNEXPECTED_PARAMETER
        for field in unknown_fields(raw, parameters):
            self._log.breach(now, kind, f"{name}: {field}")
        for contradiction in contradictions(parameters):
            self._unexpected(now, f"{name}: {contradiction}")

    def _unexpected(self, now: float, detail: str) -> None:
        self._log.breach(now, BreachKind.UNEXPECTED_PARAMETER, detail)


def _action(request: Request) -> tuple[str, Action]:
    name = request.first("Action")
    if not name:
        raise RefusedError(Code.ACTION_EMPTY, "Action is empty")
    action = ACTIONS.get(name)
    if action is None or action.method != request.method:
        raise RefusedError(Code.ACTION_UNSUPPORTED, "this Action does not exist, or not with this method")
    return name, action
