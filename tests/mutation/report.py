"""What a run found, as a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mutation.mutants import Mutant
from mutation.reasons import Key


@dataclass(frozen=True)
class Tally:
    """Count a module's mutants."""

    mutants: int
    survivors: int

    @property
    def score(self) -> float:
        """The share of mutants that a test noticed, in percent; a module without any has all of them."""
        return 100 * (self.mutants - self.survivors) / self.mutants if self.mutants else 100.0


@dataclass(frozen=True)
class Findings:
    """Hold all mutants of a target, and those of them that survived."""

    target: str
    mutants: Sequence[Mutant]
    survivors: Sequence[Mutant]

    @property
    def total(self) -> Tally:
        """The count over all modules."""
        return Tally(len(self.mutants), len(self.survivors))

    def by_module(self) -> Iterator[tuple[str, Tally]]:
        """Yield each module with its count."""
        for name in dict.fromkeys(mutant.module.name for mutant in self.mutants):
            mutants, survivors = (
                sum(mutant.module.name == name for mutant in found) for found in (self.mutants, self.survivors)
            )
            yield name, Tally(mutants, survivors)


def page(findings: Findings, reasons: Mapping[Key, str]) -> str:
    """Return the page in Markdown; it is the same for the same code and tests."""
    lines = [
        f"# Mutants of {findings.target}",
        "",
        f"Written by `make mutants TARGET={findings.target}`; [what it does](README.md).",
        "",
        "| module | mutants | killed | survived | score |",
        "|---|---:|---:|---:|---:|",
        *(_row(name, tally) for name, tally in findings.by_module()),
        _row("**all**", findings.total),
        "",
        "## Survivors",
    ]
    for name, tally in findings.by_module():
        if tally.survivors:
            lines += ["", f"### {name}"]
            lines += [line for mutant in _distinct(findings, name) for line in _survivor(mutant, reasons)]
    return "\n".join(lines) + "\n"


def _row(name: str, tally: Tally) -> str:
    killed = tally.mutants - tally.survivors
    return f"| {name} | {tally.mutants} | {killed} | {tally.survivors} | {tally.score:.1f} % |"


def _distinct(findings: Findings, module: str) -> list[Mutant]:
    return list({mutant.key: mutant for mutant in findings.survivors if mutant.module.name == module}.values())


def _survivor(mutant: Mutant, reasons: Mapping[Key, str]) -> list[str]:
    where = f"In `{mutant.function}`" if mutant.function else "In the module"
    reason = reasons.get(mutant.key, "no reason yet").strip()
    return ["", f"{where}: {reason}", "", "```diff", mutant.diff, "```"]
