"""The results as a page: figures side by side, and how many times one is of the other."""

from collections.abc import Sequence

from benchmarks.scenarios import CORES, Result
from benchmarks.waits import Wait

_HEAD = """\
# Benchmarks

Written by `make bench`: the operator beside the baseline, `benchmarks/naive_kopf.py`, which is plain kopf with its
default settings, on one machine in one run. Control plane, a stand-in for ZEGO, whoever creates the objects, and the
operator share its cores. The operator may make 90 calls a second of each action; ZEGO takes 100, counted when they
arrive. Far away, each call and each answer is on its way for up to 50 ms, by chance.

Measured: {measured}.

Ratios count, not figures. A row in which other processes took more than a tenth of the machine, or in which not all was
done that there was to do, is marked, and not to be quoted. Who changes nothing for five minutes, while there is
something to change, stands still: nothing is asked of it after that.

"""
_COLUMNS = (
    *("objects", "scenario", "subject", "seconds", "calls", "calls/s", "busiest second", "over the limit"),
    *("PATCHes", "Events", "most Events of one", "other writes", "Lease renewals", "refused by the API server"),
    *("CPU ms each", "peak MiB", "busy with"),
)
_WAITS_HEAD = """
## How long a person waits

From the request to the API server until ZEGO accepted the call, while others wait for the same limit.

"""
_WAITS_COLUMNS = ("wish", "behind", "how many", "seconds, half of them", "seconds, 99 of 100")


def page(results: Sequence[Result], waits: Sequence[Wait] = (), *, measured: str = "by a test") -> str:
    """Return the page, Markdown; `measured` says of what and where."""
    rows = table(_COLUMNS, [_row(result) for result in results])
    quotable = [result for result in results if result.quotable]
    facts = [*_ratios(quotable), *_facts(quotable)]
    return (
        _HEAD.format(measured=measured)
        + rows
        + "\n"
        + "".join(f"- {fact}\n" for fact in facts)
        + (_waits(waits) if waits else "")
    )


def _waits(waits: Sequence[Wait]) -> str:
    rows = [
        [each.wish, each.crowd, str(len(each.seconds)), *(f"{each.percentile(p):.2f}" for p in (50, 99))]
        for wait in waits
        for each in wait.waits
    ]
    edits = [wait.calls_for_ten_edits for wait in waits if wait.calls_for_ten_edits is not None]
    told = "".join(
        f"- Ten edits to one object that waits for its first start: StartAutoMix calls: {n}.\n" for n in edits
    )
    return _WAITS_HEAD + table(_WAITS_COLUMNS, rows) + "\n" + told


def _facts(results: Sequence[Result]) -> list[str]:
    """Return what the sizing of a pod rests on."""
    facts = []
    for result in results:
        if result.subject != "operator":
            continue
        empty = next((r for r in results if r.subject == "operator" and r.scenario == "nothing yet"), None)
        what = f"{result.scenario}, {result.objects} objects"
        if result.scenario == "rest":
            facts.append(f"{what}: {result.core:.1%} of one core; {_writes(result)}.")
        elif result.scenario == "restart":
            facts.append(
                f"{what}: ready after {result.ready:.1f} s; {result.calls} calls that change a mix, {_writes(result)}."
            )
        elif result.scenario.startswith("create") and empty is not None:
            each = (result.resident - empty.resident) / result.objects / 1024
            facts.append(f"{what}: {each:.1f} KiB of memory an object, at most {result.peak / 2**20:.0f} MiB in all.")
    return facts


def _writes(result: Result) -> str:
    written = result.writes
    return f"{written.patches + written.events + written.others} writes but {written.leases} renewals of the Lease"


def _row(result: Result) -> list[str]:
    each = max(result.objects, 1)
    shares = sorted(((s / result.wall / CORES, name) for name, s in result.used.of.items()), reverse=True)
    why = f"{result.foreign:.0%} foreign" if result.done else "not all was done"
    marked = f" (not quoted: {why})" if not result.quotable else ""
    return [
        str(result.objects),
        result.scenario + marked,
        result.subject,
        f"{result.seconds:.1f}",
        str(result.calls),
        f"{result.rate:.1f}",
        str(result.busiest),
        str(result.over_limit),
        str(result.writes.patches),
        str(result.writes.events),
        str(result.most_events),
        str(result.writes.others),
        str(result.writes.leases),
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
        if subject == "operator" and other is not None and objects and result.used.of["operator"]:
            # What is left alone is so for longer or shorter; all else takes the time that it takes.
            rest = scenario == "rest"
            ratio = other.core / result.core if rest else other.used.of["baseline"] / result.used.of["operator"]
            lines.append(f"{scenario}, {objects} objects: the baseline takes {ratio:.1f} times the CPU.")
    return lines


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, Markdown."""
    return "".join(f"{_line(row)}\n" for row in (columns, ["---"] * len(columns), *rows))
