"""The results as a page: figures side by side, and how many times one is of the other."""

from collections.abc import Sequence

from benchmarks.scenarios import Result

_MOST_FOREIGN = 0.1
_HEAD = """\
# Benchmarks

Written by `make bench`: the operator beside the baseline, `benchmarks/naive_kopf.py`, which is plain kopf with its
default settings, on one machine in one run. Control plane, a stand-in for ZEGO, whoever creates the objects, and the
operator share its cores. The operator may make 90 calls a second of each action; ZEGO takes 100.

Ratios count, not figures. A row in which other processes took more than a tenth of the CPU is marked, and not to be
quoted.

"""
_COLUMNS = (
    *("objects", "scenario", "subject", "seconds", "calls", "calls/s", "busiest second", "over the limit"),
    *("PATCHes each", "Events each", "refused by the API server", "CPU ms each", "peak MiB", "busy with"),
)


def page(results: Sequence[Result]) -> str:
    """Return the page, Markdown."""
    lines = [_line(_COLUMNS), _line(["---"] * len(_COLUMNS)), *(_line(_row(result)) for result in results)]
    return _HEAD + "\n".join(lines) + "\n\n" + "\n".join(_ratios(results)) + "\n"


def _row(result: Result) -> list[str]:
    each = max(result.objects, 1)
    shares = sorted(((s / result.used.machine, name) for name, s in result.used.of.items()), reverse=True)
    marked = f" (not quoted: {result.foreign:.0%} foreign)" if result.foreign > _MOST_FOREIGN else ""
    return [
        str(result.objects),
        result.scenario + marked,
        result.subject,
        f"{result.seconds:.1f}",
        str(result.calls),
        f"{result.rate:.1f}",
        str(result.busiest),
        str(result.over_limit),
        f"{result.writes.patches / each:.2f}",
        f"{result.writes.events / each:.2f}",
        str(result.writes.refused),
        f"{1000 * result.used.of[result.subject] / each:.1f}",
        f"{result.peak / 2**20:.0f}",
        ", ".join(f"{name} {share:.0%}" for share, name in shares[:3]),
    ]


def _ratios(results: Sequence[Result]) -> list[str]:
    """Return how many times the operator's CPU the baseline took, by scenario."""
    known = {(result.objects, result.scenario, result.subject): result for result in results}
    lines = []
    for (objects, scenario, subject), result in known.items():
        other = known.get((objects, scenario, "baseline"))
        if subject == "operator" and other is not None and result.used.of["operator"]:
            ratio = other.used.of["baseline"] / result.used.of["operator"]
            lines.append(f"- {scenario}, {objects} objects: the baseline takes {ratio:.1f} times the CPU.")
    return lines


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
