"""What the API server was last seen to store. An older event never overwrites a newer answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from automix.api.automix import AutoMix, AutoMixSpec
from automix.api.meta import CLAIM_ANNOTATION
from automix.core.fingerprints import outputs
from automix.core.task import task_of

MixKey = tuple[str, str]
AppKey = tuple[str, str, str]
Mark = tuple[str, str]
IndexT = TypeVar("IndexT")


def app_key(namespace: str, spec: AutoMixSpec) -> AppKey:
    """Return kind, namespace (empty for the cluster's) and name of the app that a mix refers to."""
    ref = spec.app_ref
    return ref.kind, namespace if ref.kind == "ZegoApp" else "", ref.name


class MixCache:
    """AutoMixes by key, and by what they share: the app, and the room, task, user or output at ZEGO."""

    def __init__(self) -> None:
        self._mixes: dict[MixKey, AutoMix] = {}
        self._by_app: defaultdict[AppKey, set[MixKey]] = defaultdict(set)
        self._by_mark: defaultdict[Mark, set[MixKey]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._mixes)

    def __iter__(self) -> Iterator[AutoMix]:
        return iter(tuple(self._mixes.values()))

    def get(self, key: MixKey) -> AutoMix | None:
        """Return the object, if there is one."""
        return self._mixes.get(key)

    def see(self, mix: AutoMix) -> bool:
        """Keep what a watch reports if it is news; return whether it was. The echo of our own patch is none."""
        news = self.is_news(mix)
        if news:
            self._keep(mix)
        return news

    def is_news(self, mix: AutoMix) -> bool:
        """Whether an object is newer than what is known under its name."""
        known = self._mixes.get(mix.key)
        return known is None or _version(mix) > _version(known)

    def put(self, mix: AutoMix) -> None:
        """Keep an answer to our own request: it replaces what it is about, and brings back none that is gone."""
        known = self._mixes.get(mix.key)
        if known is not None and known.metadata.uid == mix.metadata.uid and _version(mix) >= _version(known):
            self._keep(mix)

    def remove(self, key: MixKey, uid: str) -> bool:
        """Forget the object, unless another one took its name; return whether it was there."""
        known = self._mixes.get(key)
        if known is None or known.metadata.uid != uid:
            return False
        self._unlink(known)
        del self._mixes[key]
        return True

    def of_app(self, key: AppKey) -> tuple[MixKey, ...]:
        """Return the mixes that refer to an app, in the order of their names."""
        return tuple(sorted(self._by_app.get(key, ())))

    def others(self, mix: AutoMix, wanted: Iterable[Mark]) -> tuple[AutoMix, ...]:
        """Return the other mixes, of whatever app, that have one of the marks, in the order of their names."""
        keys = {key for mark in wanted for key in self._by_mark.get(mark, ())} - {mix.key}
        return tuple(self._mixes[key] for key in sorted(keys))

    def items(self) -> tuple[AutoMix, ...]:
        """Return all objects."""
        return tuple(self._mixes.values())

    def _keep(self, mix: AutoMix) -> None:
        known = self._mixes.get(mix.key)
        if known is not None:
            self._unlink(known)
        self._mixes[mix.key] = mix
        self._by_app[app_key(mix.metadata.namespace, mix.spec)].add(mix.key)
        for mark in all_marks(mix):
            self._by_mark[mark].add(mix.key)

    def _unlink(self, mix: AutoMix) -> None:
        _drop(self._by_app, app_key(mix.metadata.namespace, mix.spec), mix.key)
        for mark in all_marks(mix):
            _drop(self._by_mark, mark, mix.key)


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


def all_marks(mix: AutoMix) -> frozenset[Mark]:
    """Return all that an object has or wants and another one cannot have as well."""
    return frozenset(task_marks(mix)) | wanted_outputs(mix) | running_outputs(mix)


def _drop(index: dict[IndexT, set[MixKey]], name: IndexT, key: MixKey) -> None:
    index[name].discard(key)
    if not index[name]:
        del index[name]


def _version(mix: AutoMix) -> int:
    # Kubernetes 1.35 made resource versions comparable as numbers (KEP-5504).
    return int(mix.metadata.resource_version or 0)
