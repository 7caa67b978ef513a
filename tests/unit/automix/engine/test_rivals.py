"""Who comes first of those who want one task, or one output."""

import pytest

from automix.api.automix import AutoMix, AutoMixSpec
from automix.api.zegoapp import ZegoApp
from automix.core.claim import Claim
from automix.core.facts import AppFacts
from automix.core.states import Reason
from automix.engine.apps import Apps
from automix.engine.cache import MixCache
from automix.engine.rivals import Rivals, holder_first, named
from builders import (
    NOW,
    Field,
    a_claimed_automix,
    a_running_automix,
    a_spec,
    a_zego_app,
    an_automix,
    at,
)
from unit.automix.core.plans import in_state
from unit.automix.engine.surroundings import surroundings

STAGE = a_spec(app_ref={"kind": "ZegoApp", "name": "default"})
ELSEWHERE = a_spec(room_id="room-2")
"""Another room with the same output."""
MOVED = a_spec(mix_output=({"stream_id": "mix-2"},))


def _apps(*objects: ZegoApp, work: bool = True) -> Apps:
    """Return apps that were checked, with credentials that work or never did, and nobody to talk to."""
    apps = Apps(surroundings())
    for each in objects:
        apps.see(each)
        app = apps.get(each.key)
        assert app is not None
        app.accepted = work
        app.facts = AppFacts(problem=None if work else Reason.CREDENTIALS_REJECTED)
    return apps


def _rivals(*mixes: AutoMix, apps: Apps | None = None) -> Rivals:
    cache = MixCache()
    for mix in mixes:
        cache.see(mix)
    return Rivals(cache, apps or _apps(a_zego_app()))


def _older(spec: AutoMixSpec | None = None, **fields: Field) -> AutoMix:
    """Return an object that is older than the others."""
    return an_automix(spec, name="older", uid="older", creation_timestamp=at(-500), **fields)


def _said(reason: Reason, mix: AutoMix) -> AutoMix:
    return in_state(reason, mix)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            a_running_automix(uid="b", creation_timestamp=at(0)),
            an_automix(uid="a", creation_timestamp=at(-500)),
            id="what was started comes before what is older",
        ),
        pytest.param(
            a_claimed_automix(uid="b", creation_timestamp=at(0)),
            an_automix(uid="a", creation_timestamp=at(-500)),
            id="what was claimed comes before what is older",
        ),
        pytest.param(
            a_running_automix(uid="b", status={"start_time": None}),
            an_automix(uid="a", creation_timestamp=at(-500)),
            id="what was started and ended still holds its task",
        ),
        pytest.param(
            an_automix(uid="b", creation_timestamp=at(-500)),
            an_automix(uid="a", creation_timestamp=at(0)),
            id="the older before the younger",
        ),
        pytest.param(an_automix(uid="a"), an_automix(uid="b"), id="the smaller UID of two of one age"),
        pytest.param(
            a_running_automix(uid="b", creation_timestamp=at(-500)),
            a_running_automix(uid="a", creation_timestamp=at(0)),
            id="the older of two that were started",
        ),
    ],
)
def test_the_holder_comes_first(first: AutoMix, second: AutoMix) -> None:
    assert min((second, first), key=holder_first) is first
    assert min((first, second), key=holder_first) is first


async def test_the_older_of_two_that_want_a_room_has_it() -> None:
    mine, older = an_automix(), _older()
    rivals = _rivals(mine, older)

    assert rivals.of_task(mine) == older
    assert rivals.of_task(older) is None


async def test_the_holder_keeps_its_room_even_if_an_older_object_comes_into_its_way() -> None:
    mine, older = a_running_automix(), _older()
    rivals = _rivals(mine, older)

    assert rivals.of_task(mine) is None
    assert rivals.of_task(older) == mine


@pytest.mark.parametrize(
    "older",
    [
        pytest.param(_older(a_spec(suspend=True)), id="one that is suspended"),
        pytest.param(_older(deletion_timestamp=at(-1)), id="one that is being deleted"),
        pytest.param(_said(Reason.APP_NOT_ALLOWED, _older()), id="one whose namespace may not use the app"),
        pytest.param(_said(Reason.ALREADY_RUNNING, _older()), id="one that was refused adoption"),
        pytest.param(_older(ELSEWHERE), id="one of another room"),
        pytest.param(_older(STAGE), id="one of an app object that does not exist"),
    ],
)
async def test_nobody_waits_for_who_does_nothing_with_the_room(older: AutoMix) -> None:
    mine = an_automix()

    assert _rivals(mine, older).of_task(mine) is None


@pytest.mark.parametrize(
    ("holder", "has_it"),
    [
        pytest.param(a_running_automix(a_spec(suspend=True), name="holder"), True, id="suspended, its mix runs on"),
        pytest.param(a_running_automix(name="holder", deletion_timestamp=at(-1)), True, id="it is being stopped"),
        pytest.param(a_claimed_automix(name="holder"), True, id="a start was claimed"),
    ],
)
async def test_a_holder_has_the_room_whatever_becomes_of_it(holder: AutoMix, has_it: bool) -> None:  # noqa: FBT001 -- a table's column
    mine = an_automix(creation_timestamp=at(-5000))

    assert (_rivals(mine, holder).of_task(mine) == holder) is has_it


@pytest.mark.parametrize(
    ("spec", "has_it"),
    [
        pytest.param(a_spec(), True, id="the very task: a stop would be of the other's mix"),
        pytest.param(a_spec(task_id="another"), False, id="another task in the room: its own can be stopped"),
    ],
)
async def test_what_is_being_deleted_yields_to_who_has_its_task(spec: AutoMixSpec, has_it: bool) -> None:  # noqa: FBT001 -- a table's column
    leaving = a_running_automix(name="leaving", deletion_timestamp=at(-1))
    holder = a_running_automix(spec, name="holder", uid="holder", creation_timestamp=at(-5000))

    assert (_rivals(leaving, holder).of_task(leaving) == holder) is has_it


async def test_an_app_that_never_worked_has_no_say() -> None:
    mine = an_automix()
    for other in (_older(), a_running_automix(name="older")):
        assert _rivals(mine, other, apps=_apps(a_zego_app(), work=False)).of_task(mine) is None


async def test_two_app_objects_with_one_app_id_are_one_app() -> None:
    mine, older = an_automix(), _older(STAGE)
    same, another = a_zego_app(kind="ZegoApp"), a_zego_app(kind="ZegoApp", app_id=999)

    assert _rivals(mine, older, apps=_apps(a_zego_app(), same)).of_task(mine) == older
    assert _rivals(mine, older, apps=_apps(a_zego_app(), another)).of_task(mine) is None


async def test_who_speaks_to_an_address_of_its_own_is_nobodys_rival() -> None:
    mine, older = an_automix(), _older(STAGE)
    proxied, elsewhere = (a_zego_app(kind="ZegoApp", endpoint=f"https://{name}.example") for name in ("one", "two"))

    for own in (a_zego_app(), a_zego_app(endpoint="https://two.example")):
        assert _rivals(mine, older, apps=_apps(own, proxied)).of_task(mine) is None
    assert _rivals(mine, older, apps=_apps(own, elsewhere)).of_task(mine) == older


async def test_who_is_about_to_act_has_what_it_wants_though_nothing_says_so_yet() -> None:
    mine, other = a_running_automix(), an_automix(ELSEWHERE.model_copy(update={"task_id": "room-1"}), name="other")
    rivals = _rivals(mine, other)
    assert rivals.of_task(mine) is None

    rivals.acting.add(other.key)
    assert rivals.of_task(mine) == other


async def test_who_runs_an_output_has_it() -> None:
    mine, runs = an_automix(creation_timestamp=at(-5000)), a_running_automix(ELSEWHERE, name="runs", uid="runs")
    rivals = _rivals(mine, runs)

    assert rivals.of_output(mine) == runs
    assert rivals.of_output(runs) is None


async def test_what_is_edited_into_anothers_way_waits_and_what_it_ran_it_has() -> None:
    edited = a_running_automix(ELSEWHERE, ran=a_spec(room_id="room-2", mix_output=MOVED.mix_output), name="edited")
    mine, wants_theirs = a_running_automix(), an_automix(MOVED, name="third", uid="third")
    rivals = _rivals(mine, edited, wants_theirs)

    assert rivals.of_output(edited) == mine
    assert rivals.of_output(mine) is None
    assert rivals.of_output(wants_theirs) == edited


async def test_of_two_that_only_want_an_output_the_older_has_it() -> None:
    mine, older = an_automix(), _older(ELSEWHERE)
    rivals = _rivals(mine, older)

    assert rivals.of_output(mine) == older
    assert rivals.of_output(older) is None


@pytest.mark.parametrize(
    "older",
    [
        pytest.param(_older(ELSEWHERE.model_copy(update={"suspend": True})), id="one that is suspended"),
        pytest.param(_older(ELSEWHERE, deletion_timestamp=at(-1)), id="one that is being deleted"),
        pytest.param(_said(Reason.INVALID_SPEC, _older(ELSEWHERE)), id="one that waits for a person"),
        pytest.param(_said(Reason.ENDED, _older(ELSEWHERE)), id="one that ended for good"),
        pytest.param(_said(Reason.UPDATE_PENDING, _older(ELSEWHERE)), id="one whose change waits for a person"),
        pytest.param(_older(a_spec(room_id="room-2", mix_output=MOVED.mix_output)), id="one of another output"),
    ],
)
async def test_nobody_waits_for_who_would_not_start_with_the_output(older: AutoMix) -> None:
    mine = an_automix()

    assert _rivals(mine, older).of_output(mine) is None


async def test_who_has_claimed_a_start_may_have_its_outputs_any_moment() -> None:
    mine = an_automix(creation_timestamp=at(-5000))
    about_to = a_claimed_automix(ELSEWHERE, name="other", uid="other")
    done = a_running_automix(
        ELSEWHERE,
        ran=a_spec(room_id="room-2", mix_output=MOVED.mix_output),
        claim=Claim(spec="x", sequence=1, time=NOW),
        name="other",
        uid="other",
    )

    assert _rivals(mine, about_to).of_output(mine) == about_to
    assert _rivals(mine, done).of_output(mine) is None


async def test_who_is_in_the_middle_of_an_effect_asks_nobody_and_is_yielded_to() -> None:
    mine, other = an_automix(), a_running_automix(ELSEWHERE, name="other", uid="other")
    rivals = _rivals(mine, other)
    rivals.acting.add(mine.key)
    assert rivals.of_output(mine) is None

    wants = an_automix(ELSEWHERE, name="wants", creation_timestamp=at(-5000))
    young = an_automix(name="young")
    rivals = _rivals(young, wants)
    rivals.acting.add(young.key)
    assert rivals.of_output(wants) == young


async def test_whoever_shares_anything_may_have_its_turn_when_an_object_changes() -> None:
    mine = a_running_automix(a_spec(), ran=MOVED)
    room, output = an_automix(name="room"), an_automix(ELSEWHERE, name="output")
    ran = an_automix(a_spec(room_id="room-3", mix_output=MOVED.mix_output), name="ran")
    nothing = an_automix(a_spec(room_id="room-4", mix_output=({"stream_id": "mix-4"},)), name="nothing")

    assert {other.metadata.name for other in _rivals(mine, room, output, ran, nothing).all_of(mine)} == {
        "room",
        "output",
        "ran",
    }


def test_an_object_is_named_as_a_sentences_subject() -> None:
    gone = an_automix(vanished=True)

    assert named(an_automix()) == "AutoMix default/mix"
    assert named(gone) == "AutoMix default/mix, which is gone and whose mix is being stopped,"
