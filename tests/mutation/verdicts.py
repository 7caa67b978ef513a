"""What is known of a target's mutants already, so that a run that was cut off goes on where it was."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mutation.mutants import Mutant
from mutation.targets import REPOSITORY, Target

CACHE = REPOSITORY / ".cache" / "mutation"


@dataclass
class Verdicts:
    """Hold whether a test noticed each mutant, in a file that is only for this code, these tools and these tests."""

    _path: Path
    _noticed: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, target: Target, *, keep_noticed: bool = False) -> "Verdicts":
        """Return what earlier runs found out, and forget what they found out about other code or with other tests.

        With `keep_noticed`, what a test noticed is kept whatever became of the tests, for the same code and tools.
        """
        code = f"{name}-{_fingerprint(_code(target))}"
        path = CACHE / f"{code}-{_fingerprint(_tests(target))}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        verdicts = cls(path)
        for other in [other for other in CACHE.glob(f"{name}-*.jsonl") if other != path]:
            if keep_noticed and other.name.startswith(f"{code}-"):
                for digest in (digest for digest, noticed in _read(other).items() if noticed):
                    verdicts._keep(digest, noticed=True)
            other.unlink()
        if path.exists():
            verdicts._noticed.update(_read(path))
        return verdicts

    def __contains__(self, mutant: Mutant) -> bool:
        return _digest(mutant) in self._noticed

    def noticed(self, mutant: Mutant) -> bool:
        """Return whether a test noticed this mutant; raises KeyError if it was not tried."""
        return self._noticed[_digest(mutant)]

    def add(self, mutant: Mutant, *, noticed: bool) -> None:
        """Keep a verdict."""
        self._keep(_digest(mutant), noticed=noticed)

    def _keep(self, digest: str, *, noticed: bool) -> None:
        self._noticed[digest] = noticed
        with self._path.open("a") as file:
            file.write(json.dumps({digest: noticed}) + "\n")


def _read(path: Path) -> dict[str, bool]:
    noticed: dict[str, bool] = {}
    for line in path.read_text().splitlines():
        noticed.update(json.loads(line))
    return noticed


def _digest(mutant: Mutant) -> str:
    return hashlib.sha256(mutant.module.name.encode() + mutant.source).hexdigest()


def _fingerprint(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(REPOSITORY)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _code(target: Target) -> Iterator[Path]:
    yield REPOSITORY / "requirements" / "dev.txt"
    for folder in (target.folder, REPOSITORY / "tests" / "mutation"):
        yield from sorted(folder.rglob("*.py"))


def _tests(target: Target) -> list[Path]:
    return sorted((REPOSITORY / target.tests).rglob("*.py"))
