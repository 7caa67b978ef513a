"""What is learnt from ZEGO's answers, with the real client over a transport that gives them."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from kubernetes.aio.client import Configuration
from pydantic import SecretStr

from automix.core.actions import Observe, Replace, Start, Update
from automix.core.facts import AppFacts, Presence
from automix.core.states import Reason
from automix.engine.account import Account
from automix.engine.effects import Channel, Effects
from automix.engine.memory import Memory
from automix.engine.sequences import Owner, Sequences
from automix.kube.client import KubeClient
from automix.kube.objects import Objects
from automix.zego import Credentials, ZegoClient
from builders import NOW, UID, a_claimed_automix, a_running_automix, a_spec, facts
from support.sent import query_of

OWNER = Owner(Account(1, is_test=False), "u")
Answer = Callable[[httpx.Request], httpx.Response]


def answering(code: int = 0, **data: Any) -> Answer:  # noqa: ANN401 -- JSON
    """Return a ZEGO that always says this."""
    return lambda _: httpx.Response(200, json={"Code": code, "Message": "m", "RequestId": "r", "Data": data})


def effects(answer: Answer, sequences: Sequences | None = None) -> Effects:
    """Return effects over such a ZEGO; those under test make no request to the API server."""
    credentials = Credentials(app_id=1, server_secret=SecretStr("unused"))
    client = ZegoClient(credentials, clock=lambda: NOW, transport=httpx.MockTransport(answer))
    objects = Objects(KubeClient(Configuration(host="http://127.0.0.1:1")), ())
    channel = Channel(client, sequences or Sequences(lambda: NOW), OWNER, lambda: NOW)
    return Effects(objects, channel, Memory(uid=UID, looked_at=0), lambda failure: failure, anew=False)


@pytest.mark.parametrize(
    ("data", "since"),
    [
        pytest.param({"TaskId": "t", "MixDuration": 42}, NOW - 42, id="its age says since when it runs"),
        pytest.param({"TaskId": "t"}, 0.0, id="an age that is left out counts as old"),
    ],
)
async def test_a_look_that_shows_the_mix(data: dict[str, object], since: float) -> None:
    learnt, failure, _ = await effects(answering(TaskInfo=data)).carry_out(Observe(), facts(a_running_automix()))

    assert failure is None
    assert (learnt.presence, learnt.running_since, learnt.app.sees_mixes) == (Presence.RUNNING, since, True)


@pytest.mark.parametrize(
    ("sees_mixes", "runs"),
    [
        pytest.param(True, False, id="the mix ended, to a query that has shown mixes"),
        pytest.param(False, True, id="nothing is known, to a query that never showed one"),
    ],
)
async def test_a_look_that_shows_nothing(sees_mixes: bool, runs: bool) -> None:  # noqa: FBT001 -- a table's columns
    known = facts(a_running_automix(), app=AppFacts(sees_mixes=sees_mixes))
    learnt, *_ = await effects(answering(110209001)).carry_out(Observe(), known)

    assert (learnt.presence, learnt.running) == (Presence.ABSENT, runs)


async def test_a_look_in_vain_is_not_held_against_the_object() -> None:
    learnt, failure, _ = await effects(answering(110200194)).carry_out(Observe(), facts(a_running_automix()))

    assert failure is not None
    assert (learnt.presence, learnt.mix.status.retry) == (Presence.UNANSWERED, None)


async def test_looks_in_vain_are_counted_until_one_is_answered() -> None:
    answers = iter([answering(code) for code in (110200194, 110200194, 110209001, 110200194)])

    def answer(request: httpx.Request) -> httpx.Response:
        return next(answers)(request)

    looking, known = effects(answer), facts(a_running_automix())
    counted = [(await looking.carry_out(Observe(), known)).facts.failed_looks for _ in range(4)]

    assert counted == [1, 2, 0, 1]


async def test_a_look_that_is_needed_and_in_vain_is_waited_out() -> None:
    learnt, *_ = await effects(answering(110200194)).carry_out(Observe(needed=True), facts(a_running_automix()))

    assert learnt.mix.status.retry is not None
    assert learnt.mix.status.retry.reason == Reason.THROTTLED


async def test_after_a_success_a_change_of_the_app_says_nothing_of_the_failure_before() -> None:
    answers = iter((answering(110200001), answering()))

    def answer(request: httpx.Request) -> httpx.Response:
        return next(answers)(request)

    work = effects(answer)
    failed, *_ = await work.carry_out(Start("first start"), facts(a_claimed_automix()))
    rotated = replace(failed, app=AppFacts(revision=2), app_changed=True)
    started, *_ = await work.carry_out(Start("it failed before"), rotated)

    assert failed.mix.status.retry is not None
    assert started.mix.status.retry is None
    assert not started.app_changed
    assert work._memory.failed_with is None  # noqa: SLF001 -- what the next pass is told


async def test_another_sequence_in_the_answer_means_that_it_was_not_executed_and_the_next_is_higher() -> None:
    sequences = Sequences(lambda: NOW)
    ahead = int(NOW) + 5
    learnt, failure, _ = await effects(answering(Sequence=ahead), sequences).carry_out(
        Start("first start"), facts(a_claimed_automix())
    )

    assert failure is not None
    assert (learnt.recorded, learnt.last_sequence, sequences.last(OWNER)) == (False, ahead, ahead)


async def test_a_change_without_an_answer_is_in_doubt() -> None:
    def cut_off(request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content)["UserData"]
        raise httpx.ReadError("cut off")

    mix = a_running_automix(a_spec(user_data="new"), ran=a_spec())
    learnt, *_ = await effects(cut_off).carry_out(Update(("userData",)), facts(mix))

    assert learnt.failed
    assert learnt.mix.status.applied["userData"] == "unknown"
    assert learnt.changes == ("userData",)


@pytest.mark.parametrize(
    ("code", "doubted"),
    [
        pytest.param(110200194, True, id="ZEGO is overloaded, and may have done it all the same"),
        pytest.param(110200001, True, id="ZEGO has trouble of its own"),
        pytest.param(999, True, id="nobody knows what it means"),
        pytest.param(110200002, False, id="ZEGO refuses what was asked for"),
    ],
)
async def test_a_change_that_was_refused(code: int, doubted: bool) -> None:  # noqa: FBT001 -- a table's column
    mix = a_running_automix(a_spec(user_data="new"), ran=a_spec())
    learnt, *_ = await effects(answering(code)).carry_out(Update(("userData",)), facts(mix))

    assert (learnt.mix.status.applied.get("userData") == "unknown") is doubted


async def test_the_stop_of_a_replace_is_not_taken_for_that_of_a_deletion() -> None:
    def stopped_and_then_cut_off(request: httpx.Request) -> httpx.Response:
        if query_of(request)["Action"] == "StopAutoMix":
            return answering()(request)
        raise httpx.ReadError("cut off")

    change = Replace("soundChannel changed")
    known = facts(a_running_automix(), claimed=change)
    learnt, failure, _ = await effects(stopped_and_then_cut_off).carry_out(change, known)

    assert failure is not None
    assert (learnt.stop_accepted, learnt.mix.status.retry is not None) == (False, True)
