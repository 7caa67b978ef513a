"""Why a survivor may live: a reason for each, written by a person."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mutation.mutants import Mutant

FOLDER = Path(__file__).parent / "survivors"

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Reasons:
    """Hold the reasons of a target by what names the mutant."""

    reasons: Mapping[Key, str]

    @classmethod
    def of(cls, target: str) -> "Reasons":
        """Read a target's file; one that is not there holds none. Raises ValueError for an entry without a reason."""
        path = FOLDER / f"{target}.toml"
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["survivor"] if path.exists() else []
        reasons = {(entry["module"], entry["function"], entry["diff"].strip()): entry["reason"] for entry in entries}
        unexplained = [key for key, reason in reasons.items() if not reason.strip()]
        if unexplained:
            raise ValueError(f"{path.name}: no reason for {unexplained}")
        return cls(reasons)

    def missing(self, survivors: Iterable[Mutant]) -> list[Mutant]:
        """Return the survivors without a reason."""
        return [mutant for mutant in survivors if mutant.key not in self.reasons]

    def left_over(self, survivors: Iterable[Mutant]) -> list[Key]:
        """Return the reasons without a survivor: the code or the tests have moved on."""
        alive = {mutant.key for mutant in survivors}
        return [key for key in self.reasons if key not in alive]


def entry(mutant: Mutant) -> str:
    """Return what to write into the file for a survivor, but for the reason."""
    module, function, diff = mutant.key
    return f"[[survivor]]\nmodule = \"{module}\"\nfunction = \"{function}\"\ndiff = '''\n{diff}\n'''\nreason = \"\"\n"
