"""What the API server was last seen to store. An older event never overwrites a newer answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from automix.api.automix import AutoMix, AutoMixSpec
from automix.api.meta import CLAIM_ANNOTATION, FINALIZER
from automix.core.fingerprints import outputs
from automix.core.task import task_of
from automix.engine.shelf import Shelf

MixKey = tuple[str, str]
AppKey = tuple[str, str, str]
Mark = tuple[str, str]


def app_key(namespace: str, spec: AutoMixSpec) -> AppKey:
    """Return kind, namespace (empty for the cluster's) and name of the app that a mix refers to."""
    ref = spec.app_ref
    return ref.kind, namespace if ref.kind == "ZegoApp" else "", ref.name


class Head(NamedTuple):
    """What tells one version of an object from another."""

    uid: str
    version: int
    generation: int
    vanished: bool


class _Kept(NamedTuple):
    """What is at hand of each object."""

    head: Head
    app: AppKey
    declared: tuple[Mark, ...]
    running: tuple[Mark, ...]
    """The outputs of what runs that are not declared any more."""
    may_run: bool
    observed: bool

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All that the object has or wants."""
        return self.declared + self.running


class MixCache:
    """AutoMixes by key, and by what they share: the app, and the room, task, user or output at ZEGO."""

    def __init__(self) -> None:
        self._mixes: dict[MixKey, _Kept] = {}
        self._shelf = Shelf[MixKey]()
        self._by_app: defaultdict[AppKey, set[MixKey]] = defaultdict(set)
        self._by_mark: defaultdict[Mark, tuple[MixKey, ...]] = defaultdict(tuple)
        """Tuples, as hardly any mark has more than one: a set takes four times the memory."""

    def __len__(self) -> int:
        return len(self._mixes)

    def heads(self) -> Iterator[tuple[MixKey, Head]]:
        """Yield all objects, as they are now, without what is in them."""
        return iter([(key, kept.head) for key, kept in self._mixes.items()])

    def unobserved(self) -> list[MixKey]:
        """Return the objects whose status tells of another generation, or of none: what a person did a moment ago."""
        return [key for key, kept in self._mixes.items() if not kept.observed]

    def vanished(self) -> list[MixKey]:
        """Return what is left of objects that vanished and whose mixes are not stopped yet."""
        return [key for key, kept in self._mixes.items() if kept.head.vanished]

    def head(self, key: MixKey) -> Head | None:
        """Return what is known of the object's version, if there is one."""
        kept = self._mixes.get(key)
        return kept.head if kept is not None else None

    def app_of(self, key: MixKey) -> AppKey | None:
        """Return which app the object refers to, if there is one."""
        kept = self._mixes.get(key)
        return kept.app if kept is not None else None

    def get(self, key: MixKey) -> AutoMix | None:
        """Return the object, if there is one."""
        return self._shelf.take(key) if key in self._mixes else None

    def see(self, mix: AutoMix) -> bool:
        """Keep what a watch reports if it is news; return whether it was. The echo of our own patch is none."""
        news = self.is_news(mix.key, mix.metadata.resource_version)
        if news:
            self._keep(mix)
        return news

    def is_news(self, key: MixKey, resource_version: str) -> bool:
        """Whether an object of this version is newer than what is known under its name."""
        known = self.head(key)
        return known is None or _number(resource_version) > known.version

    def put(self, mix: AutoMix) -> bool:
        """Keep an answer to our own request: it replaces what it is about, and brings back none that is gone.

        Returns whether nothing newer is known.
        """
        known, head = self.head(mix.key), _head(mix)
        newest = known is not None and known.uid == head.uid and head.version >= known.version
        if newest:
            self._keep(mix)
        return newest

    def remove(self, key: MixKey, uid: str) -> bool:
        """Forget the object, unless another one took its name; return whether it was there."""
        known = self.head(key)
        if known is None or known.uid != uid:
            return False
        self._unlink(key, self._mixes.pop(key))
        self._shelf.remove(key)
        return True

    def of_app(self, key: AppKey) -> tuple[MixKey, ...]:
        """Return the mixes that refer to an app, in the order of their names."""
        return tuple(sorted(self._by_app.get(key, ())))

    def users(self, key: AppKey) -> Iterator[MixKey]:
        """Yield those of them for which something may run, in any order."""
        return (mix for mix in self._by_app.get(key, ()) if self._mixes[mix].may_run)

    def shares(self, key: MixKey) -> bool:
        """Whether another mix may have or want what this one has or wants, as far as it is known."""
        kept = self._mixes.get(key)
        return kept is None or any(len(self._by_mark.get(mark, ())) > 1 for mark in kept.marks)

    def others(self, mix: AutoMix, wanted: Iterable[Mark]) -> tuple[AutoMix, ...]:
        """Return the other mixes, of whatever app, that have one of the marks, in the order of their names."""
        keys = {key for mark in wanted for key in self._by_mark.get(mark, ())} - {mix.key}
        return tuple(map(self._shelf.take, sorted(keys)))

    def _keep(self, mix: AutoMix) -> None:
        key, known, head = mix.key, self._mixes.get(mix.key), _head(mix)
        if known is not None and _same_spec(known.head, head):
            app, declared = known.app, known.declared
        else:
            app, declared = app_key(mix.metadata.namespace, mix.spec), declared_marks(mix)
        running = tuple(running_outputs(mix).difference(declared))
        observed = mix.status.observed_generation == head.generation
        self._shelf.put(key, mix)
        kept = self._mixes[key] = _Kept(head, app, declared, running, may_run(mix), observed)
        if known is not None and (known.app, known.marks) == (kept.app, kept.marks):
            return
        if known is not None:
            self._unlink(key, known)
        self._by_app[app].add(key)
        for mark in kept.marks:
            self._by_mark[mark] += (key,)

    def _unlink(self, key: MixKey, known: _Kept) -> None:
        self._by_app[known.app].discard(key)
        if not self._by_app[known.app]:
            del self._by_app[known.app]
        for mark in known.marks:
            self._by_mark[mark] = tuple(other for other in self._by_mark[mark] if other != key)
            if not self._by_mark[mark]:
                del self._by_mark[mark]


def may_run(mix: AutoMix) -> bool:
    """Whether something may run at ZEGO for a mix, so that its app is in use; without our finalizer it is let go."""
    return FINALIZER in mix.metadata.finalizers or (holds(mix) and not mix.metadata.terminating)


def leaves_without_us(mix: AutoMix) -> bool:
    """Whether an object is on its way out without our finalizer, which nobody can put back: for us it is gone."""
    return mix.metadata.terminating and FINALIZER not in mix.metadata.finalizers


def holds(mix: AutoMix) -> bool:
    """Whether an object has its task: it has a claim, or the record of a start."""
    return bool(mix.status.applied) or CLAIM_ANNOTATION in mix.metadata.annotations


def task_marks(mix: AutoMix) -> tuple[Mark, ...]:
    """Return what only one object of an app at ZEGO may have: the room, the task and the user (ZEGO: StartAutoMix)."""
    task = task_of(mix.spec)
    return ("room", task.room_id), ("task", task.task_id), ("user", task.user_id)


def wanted_outputs(mix: AutoMix) -> frozenset[Mark]:
    """Return the outputs that an object declares."""
    return frozenset(("output", output) for output in outputs(mix.spec))


def running_outputs(mix: AutoMix) -> frozenset[Mark]:
    """Return the outputs of what runs for an object."""
    return frozenset(("output", output) for output in mix.status.outputs)


def declared_marks(mix: AutoMix) -> tuple[Mark, ...]:
    """Return all that an object wants and another one cannot have as well."""
    return *task_marks(mix), *wanted_outputs(mix)


def all_marks(mix: AutoMix) -> frozenset[Mark]:
    """Return all that an object has or wants and another one cannot have as well."""
    return running_outputs(mix).union(declared_marks(mix))


def _same_spec(one: Head, other: Head) -> bool:
    return (one.uid, one.generation) == (other.uid, other.generation)


def _head(mix: AutoMix) -> Head:
    meta = mix.metadata
    return Head(meta.uid, _number(meta.resource_version), meta.generation, meta.vanished)


def _number(resource_version: str) -> int:
    # Kubernetes 1.35 made resource versions comparable as numbers (KEP-5504).
    return int(resource_version or 0)
