"""What the API server was last seen to store."""

from collections.abc import Callable

import pytest

from automix.api.automix import AutoMix, AutoMixSpec
from automix.engine.cache import Head, MixCache, all_marks, app_key, leaves_without_us, may_run
from builders import a_claimed_automix, a_retry, a_running_automix, a_spec, an_automix, at

KEY = ("default", "mix")
OWN_APP = a_spec(app_ref={"kind": "ZegoApp", "name": "stage"})
MOVED = ({"stream_id": "mix-2"},)


def _rivals(cache: MixCache, mix: AutoMix) -> tuple[AutoMix, ...]:
    return cache.others(mix, all_marks(mix))


def _cache_of(*mixes: AutoMix) -> MixCache:
    cache = MixCache()
    for mix in mixes:
        cache.see(mix)
    return cache


@pytest.mark.parametrize("keep", [MixCache.put, MixCache.see], ids=["an answer", "an event"])
def test_an_older_version_never_overwrites_a_newer_one(keep: Callable[[MixCache, AutoMix], object]) -> None:
    newer = an_automix(resource_version="10", generation=2)
    cache = _cache_of(newer)
    keep(cache, an_automix(resource_version="9"))

    assert cache.get(KEY) == newer


def test_what_nobody_acted_on_is_known_as_such() -> None:
    spec = a_spec(room_id="room-2")
    acted_on = a_running_automix(name="one", resource_version="1")
    cache = _cache_of(acted_on, a_running_automix(spec, ran=a_spec(), name="edited"), an_automix(name="new"))
    assert cache.unobserved() == [("default", "edited"), ("default", "new")]

    cache.put(a_running_automix(name="new", resource_version="2"))
    assert cache.unobserved() == [("default", "edited")]


@pytest.mark.parametrize("keep", [MixCache.put, MixCache.see], ids=["an answer", "an event"])
def test_a_newer_version_does(keep: Callable[[MixCache, AutoMix], object]) -> None:
    newer = an_automix(resource_version="10", generation=2)
    cache = _cache_of(an_automix(resource_version="9"))
    keep(cache, newer)

    assert cache.get(KEY) == newer


def test_an_answer_of_the_same_version_counts_as_our_own_word_is_not_stored_yet() -> None:
    ours = a_running_automix(resource_version="9")
    cache = _cache_of(an_automix(resource_version="9"))
    cache.put(ours)

    assert cache.get(KEY) == ours


@pytest.mark.parametrize("now", [None, an_automix(uid="new", resource_version="2")], ids=["gone", "made anew"])
def test_an_answer_about_what_is_gone_brings_nothing_back(now: AutoMix | None) -> None:
    cache = _cache_of(*([now] if now else []))
    cache.put(an_automix(uid="old", resource_version="9"))

    assert cache.get(KEY) == now


def test_the_echo_of_our_own_patch_is_no_news() -> None:
    cache = _cache_of(an_automix(resource_version="9"))

    assert not cache.see(an_automix(resource_version="9"))
    assert not cache.see(an_automix(resource_version="8"))
    assert cache.see(an_automix(resource_version="10"))


def test_what_was_never_seen_or_was_made_anew_is_news() -> None:
    cache = MixCache()

    assert cache.see(an_automix())
    assert cache.see(an_automix(uid="another", resource_version="2"))


def test_an_object_is_forgotten_unless_another_one_took_its_name() -> None:
    cache = _cache_of(an_automix(uid="old"), an_automix(uid="new", resource_version="2"))

    assert not cache.remove(KEY, "old")
    assert len(cache) == 1
    assert cache.remove(KEY, "new")
    assert not cache.remove(KEY, "new")
    assert cache.get(KEY) is None


def test_rivals_are_the_others_of_the_room_in_any_namespace() -> None:
    one, two = an_automix(name="one"), an_automix(name="two", namespace="other")
    cache = _cache_of(one, two, an_automix(a_spec(room_id="room-2", mix_output=MOVED), name="three"))

    assert _rivals(cache, one) == (two,)
    assert {mix.metadata.name for mix in _rivals(cache, an_automix(name="four"))} == {"one", "two"}


def test_what_is_forgotten_is_nobodys_rival() -> None:
    one, two = an_automix(name="one", uid="1"), an_automix(name="two", uid="2")
    cache = _cache_of(one, two)
    cache.remove(two.key, "2")

    assert _rivals(cache, one) == ()


def test_an_object_made_anew_with_another_room_and_app_leaves_its_old_ones() -> None:
    moved = OWN_APP.model_copy(update={"room_id": "room-2", "mix_output": a_spec(mix_output=MOVED).mix_output})
    cache = _cache_of(an_automix(uid="old"), an_automix(moved, uid="new", resource_version="2"))

    assert _rivals(cache, an_automix(name="other")) == ()
    assert cache.of_app(("ClusterZegoApp", "", "default")) == ()
    assert cache.of_app(("ZegoApp", "default", "stage")) == (KEY,)


def test_the_mixes_of_an_app_are_known() -> None:
    cache = _cache_of(an_automix(name="one"), an_automix(name="two", namespace="other"), an_automix(OWN_APP, name="x"))

    assert cache.of_app(("ClusterZegoApp", "", "default")) == (("default", "one"), ("other", "two"))
    assert cache.of_app(("ClusterZegoApp", "", "unused")) == ()


def test_a_zego_app_is_of_the_mixs_own_namespace_and_a_cluster_one_of_none() -> None:
    assert app_key("team-a", OWN_APP) == ("ZegoApp", "team-a", "stage")
    assert app_key("team-a", a_spec()) == ("ClusterZegoApp", "", "default")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(an_automix(), an_automix(namespace="other"), True, id="one room of one app"),
        pytest.param(an_automix(), an_automix(a_spec(task_id="t")), True, id="one room, two tasks"),
        pytest.param(
            an_automix(a_spec(room_id="a", task_id="t")),
            an_automix(a_spec(room_id="b", task_id="t")),
            True,
            id="two rooms, one task",
        ),
        pytest.param(
            an_automix(a_spec(room_id="a")),
            an_automix(a_spec(room_id="b", task_id="a")),
            True,
            id="the task of one is the room of the other",
        ),
        pytest.param(
            an_automix(a_spec(room_id="a", user_id="u")),
            an_automix(a_spec(room_id="b", user_id="u")),
            True,
            id="two rooms, one user",
        ),
        pytest.param(an_automix(), an_automix(a_spec(room_id="b")), True, id="two rooms, one output"),
        pytest.param(
            an_automix(a_spec(mix_output=MOVED)),
            a_running_automix(a_spec(room_id="b"), ran=a_spec(room_id="b", mix_output=MOVED)),
            True,
            id="one wants the output that the other still runs",
        ),
        pytest.param(an_automix(), an_automix(a_spec(room_id="b", mix_output=MOVED)), False, id="two rooms"),
        pytest.param(an_automix(), an_automix(OWN_APP), True, id="one room of two app objects: they may mean one app"),
    ],
)
def test_two_objects_mean_one_task(one: AutoMix, other: AutoMix, same: bool) -> None:  # noqa: FBT001 -- a table's column
    other = other.model_copy(update={"metadata": other.metadata.model_copy(update={"name": "other"})})

    assert _rivals(_cache_of(one, other), one) == ((other,) if same else ())
    assert _rivals(_cache_of(one, other), other) == ((one,) if same else ())


def test_an_older_event_of_an_earlier_object_never_overwrites() -> None:
    cache = _cache_of(an_automix(uid="new", resource_version="20"))

    assert not cache.see(an_automix(uid="old", resource_version="10"))
    assert cache.get(KEY) == an_automix(uid="new", resource_version="20")


@pytest.mark.parametrize(
    ("mix", "runs"),
    [
        (an_automix(), False),
        (a_claimed_automix(), True),
        (a_running_automix(), True),
        (a_running_automix(finalizers=()), True),
        (a_running_automix(deletion_timestamp=at(0)), True),
        (a_running_automix(deletion_timestamp=at(0), finalizers=()), False),
    ],
    ids=[
        "one that was never started is none",
        "a claim is",
        "a record is",
        "a record is without its finalizer",
        "one on its way out is until it is released",
        "one that was released is none, though others hold it",
    ],
)
def test_who_uses_an_app(*, mix: AutoMix, runs: bool) -> None:
    assert may_run(mix) is runs


def test_the_users_of_an_app_are_those_of_its_mixes_for_which_something_may_run() -> None:
    idle, used = an_automix(name="idle"), a_running_automix(name="used")
    cache = _cache_of(idle, used, a_running_automix(OWN_APP, name="of-another"))

    assert list(cache.users(("ClusterZegoApp", "", "default"))) == [used.key]
    assert list(cache.users(("ClusterZegoApp", "", "unused"))) == []


@pytest.mark.parametrize(
    "mix",
    [
        an_automix(),
        a_claimed_automix(),
        a_running_automix(),
        an_automix(a_spec(user_data="", mix_output=MOVED)),
        a_running_automix(status={"retry": a_retry()}),
        a_running_automix(vanished=True, finalizers=("a", "b"), deletion_timestamp=at(5)),
    ],
    ids=["declared", "claimed", "running", "with a field that is empty", "with a failure", "vanished"],
)
def test_what_is_kept_is_what_was_seen(mix: AutoMix) -> None:
    kept = _cache_of(mix).get(mix.key)

    assert kept == mix
    assert kept is not None
    assert kept.spec.model_fields_set == mix.spec.model_fields_set


def test_what_is_asked_for_without_its_contents_is_its_version() -> None:
    cache = _cache_of(an_automix(uid="one", resource_version="7", generation=3))

    assert cache.head(KEY) == Head("one", 7, 3, vanished=False)
    assert list(cache.heads()) == [(KEY, Head("one", 7, 3, vanished=False))]
    assert cache.head(("default", "another")) is None


@pytest.mark.parametrize(
    ("mix", "gone"),
    [
        pytest.param(
            a_running_automix(finalizers=("a/b",), deletion_timestamp=at(0)), True, id="deleted, without ours"
        ),
        pytest.param(a_running_automix(deletion_timestamp=at(0)), False, id="deleted, with ours"),
        pytest.param(a_running_automix(finalizers=()), False, id="wanted, without ours: it comes back"),
    ],
)
def test_what_is_on_its_way_out_without_our_finalizer_is_gone_for_us(mix: AutoMix, *, gone: bool) -> None:
    assert leaves_without_us(mix) == gone


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        pytest.param(a_spec(room_id="elsewhere"), True, id="an output"),
        pytest.param(a_spec(mix_output=({"stream_id": "other"},)), True, id="the room"),
        pytest.param(a_spec(room_id="elsewhere", mix_output=({"stream_id": "other"},)), False, id="nothing"),
    ],
)
def test_what_an_object_shares_is_known_without_a_look_at_others(other: AutoMixSpec, shared: bool) -> None:  # noqa: FBT001 -- a table's column
    cache, mix, neighbour = MixCache(), an_automix(), an_automix(other, name="other", uid="another")
    cache.see(mix)
    assert not cache.shares(mix.key)
    cache.see(neighbour)
    assert cache.shares(mix.key) is cache.shares(neighbour.key) is shared
    cache.remove(neighbour.key, neighbour.metadata.uid)
    assert not cache.shares(mix.key)
    assert cache.shares(neighbour.key), "of what is not known, anything may be so"


def test_what_runs_and_is_declared_no_more_is_shared_as_well() -> None:
    cache, before = MixCache(), a_spec(room_id="elsewhere")
    cache.see(a_running_automix(a_spec(mix_output=({"stream_id": "new"},)), ran=a_spec()))
    cache.see(an_automix(before, name="other", uid="another"))
    assert cache.shares(("default", "mix"))
