"""What is known of a target's mutants already, so that a run that was cut off goes on where it was."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mutation.mutants import Mutant
from mutation.targets import REPOSITORY, Target

CACHE = REPOSITORY / ".cache" / "mutation"


@dataclass
class Verdicts:
    """Hold whether a test noticed each mutant, in a file that is only for this code, these tests and these tools."""

    _path: Path
    _noticed: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, target: Target) -> "Verdicts":
        """Return what earlier runs found out, and forget what they found out about other code."""
        path = CACHE / f"{name}-{_fingerprint(target)}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        for other in CACHE.glob(f"{name}-*.jsonl"):
            if other != path:
                other.unlink()
        verdicts = cls(path)
        if path.exists():
            for line in path.read_text().splitlines():
                verdicts._noticed.update(json.loads(line))
        return verdicts

    def __contains__(self, mutant: Mutant) -> bool:
        return _digest(mutant) in self._noticed

    def noticed(self, mutant: Mutant) -> bool:
        """Return whether a test noticed this mutant; raises KeyError if it was not tried."""
        return self._noticed[_digest(mutant)]

    def add(self, mutant: Mutant, *, noticed: bool) -> None:
        """Keep a verdict."""
        self._noticed[_digest(mutant)] = noticed
        with self._path.open("a") as file:
            file.write(json.dumps({_digest(mutant): noticed}) + "\n")


def _digest(mutant: Mutant) -> str:
    return hashlib.sha256(mutant.module.name.encode() + mutant.source).hexdigest()


def _fingerprint(target: Target) -> str:
    digest = hashlib.sha256()
    for path in _what_counts(target):
        digest.update(str(path.relative_to(REPOSITORY)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _what_counts(target: Target) -> Iterator[Path]:
    yield REPOSITORY / "requirements" / "dev.txt"
    for folder in (target.folder, REPOSITORY / target.tests, REPOSITORY / "tests" / "mutation"):
        yield from sorted(folder.rglob("*.py"))
