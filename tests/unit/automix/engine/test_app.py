"""One app object at work: when it is checked again, and what its mixes are told."""

import pytest
from kubernetes.aio.client import Configuration
from pydantic import SecretStr

from automix import zego
from automix.api.automix import AutoMix
from automix.api.meta import APP_FINALIZER
from automix.core.states import Reason
from automix.engine.account import account_of
from automix.engine.app import NEVER, App
from automix.engine.credentials import AppFailure, Connection
from automix.engine.selection import Selection
from automix.kube.client import KubeClient
from automix.kube.namespaces import Namespaces
from builders import NOW, a_running_automix, a_zego_app, accounts, at

pytestmark = pytest.mark.looptime

MISSING = AppFailure("SecretNotFound", "Secret a is missing", Reason.CREDENTIALS_REJECTED)
UNREACHABLE = AppFailure("ZegoUnreachable", "no answer", None)
LEAVING = a_running_automix(deletion_timestamp=at(0))
RELEASED = a_running_automix(deletion_timestamp=at(0), finalizers=())


def _app(*, trusted: bool | None = None, failure: AppFailure | None = None) -> App:
    """Return an app with a connection that is trusted or not, or with none."""
    stored = a_zego_app()
    budgets = accounts().budgets(account_of(stored))
    app = App(stored, budgets, Selection(Namespaces(KubeClient(Configuration(host="http://127.0.0.1:1")))))
    app.failure = failure
    if trusted is not None:
        client = zego.ZegoClient(
            zego.Credentials(app_id=12345, server_secret=SecretStr("x" * 32)), clock=lambda: NOW, endpoint="http://x"
        )
        app.connection = Connection(client, SecretStr("x" * 32), "http://x", revision=7, trusted=trusted)
    return app


async def test_checks_that_fail_come_ever_more_slowly_and_none_follows_success() -> None:
    app, waits = _app(), []
    for _ in range(9):
        app.recheck_after(MISSING, 100.0)
        waits.append(app.check_at - 100.0)
    assert waits == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]

    app.recheck_after(None, 100.0)
    assert app.check_at == NEVER
    app.recheck_after(MISSING, 100.0)
    assert app.check_at == 100.25


async def test_zego_is_unreachable_for_two_seconds_before_that_is_said_of_an_app_that_works() -> None:
    app, seconds, taken = _app(), 0.0, 0
    while app.may_be_a_hiccup(UNREACHABLE):
        app.recheck_after(UNREACHABLE, 0.0)
        seconds, taken = seconds + app.check_at, taken + 1
    assert (seconds, taken) == (1.75, 3)
    assert not _app().may_be_a_hiccup(MISSING), "what a person has to mend is said at once"


async def test_a_mix_is_told_what_is_wrong_with_its_app() -> None:
    told = _app(failure=MISSING).told()

    assert told.problem is Reason.CREDENTIALS_REJECTED
    assert told.message == "ClusterZegoApp default cannot be used: Secret a is missing"


async def test_a_check_that_got_no_word_from_zego_keeps_no_mix_from_trying() -> None:
    assert _app(trusted=True, failure=UNREACHABLE).told().problem is None


async def test_mixes_learn_of_another_client() -> None:
    assert _app().told().revision == 0
    assert _app(trusted=False).told().revision == 7


@pytest.mark.parametrize(
    ("trusted", "mix", "stopped"),
    [
        (True, LEAVING, True),
        (False, LEAVING, False),
        (None, LEAVING, False),
        (True, a_running_automix(), False),
    ],
    ids=[
        "a mix on its way out is stopped with credentials that worked",
        "not with such that were refused",
        "not without any",
        "a mix that stays waits for the app",
    ],
)
async def test_last_credentials(*, trusted: bool | None, mix: AutoMix, stopped: bool) -> None:
    told = _app(trusted=trusted, failure=MISSING).last_words(mix)

    assert (told is not None) is stopped
    assert told is None or (told.problem, told.revision) == (None, 7)


async def test_an_object_that_is_gone_has_no_say() -> None:
    app = _app()
    assert not app.has_a_say
    app.accepted = True
    assert app.has_a_say
    app.removed = True
    assert not app.has_a_say


async def test_an_app_is_held_by_our_finalizer_and_by_no_other() -> None:
    app = _app()
    for finalizers, held in (((), False), (("example.com/x",), False), (("example.com/x", APP_FINALIZER), True)):
        meta = app.object.metadata.model_copy(update={"finalizers": finalizers})
        app.object = app.object.model_copy(update={"metadata": meta})
        assert app.held is held
