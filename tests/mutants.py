"""Puts small faults into a part of the code, one at a time, and sees that a unit test fails. Run by `make mutants`.

The exit code is 1 if a survivor has no reason, a reason no survivor, or too few mutants are noticed.
"""

import argparse
import sys
import time

from mutation.mutants import mutants
from mutation.reasons import Reasons, entry
from mutation.report import Findings, page
from mutation.targets import REPOSITORY, TARGETS
from mutation.trial import Laboratory
from mutation.verdicts import Verdicts

LEAST_SCORE = 90.0


def findings(name: str, jobs: int, only: str, *, again_survivors: bool) -> Findings:
    """Try a target's mutants, but for those whose verdict is known, and tell how far it is."""
    target = TARGETS[name]
    known = Verdicts.of(name, target, keep_noticed=again_survivors)
    found = [mutant for module in target.modules() if only in module.name for mutant in mutants(module)]
    unknown = [mutant for mutant in found if mutant not in known]
    _say(f"{name}: {len(found)} mutants, {len(found) - len(unknown)} of them known")
    if unknown:
        laboratory = Laboratory.prepared(target, list(dict.fromkeys(mutant.module for mutant in unknown)))
        begun = time.monotonic()
        for done, (mutant, noticed) in enumerate(laboratory.verdicts(unknown, jobs), start=1):
            known.add(mutant, noticed=noticed)
            if done % 50 == 0 or done == len(unknown):
                _say(f"{done} of {len(unknown)} tried in {time.monotonic() - begun:.0f} s")
    return Findings(name, found, [mutant for mutant in found if not known.noticed(mutant)])


def verdict(found: Findings) -> int:
    """Write the page and say what is wrong; returns the exit code."""
    reasons = Reasons.of(found.target)
    path = REPOSITORY / "docs" / "mutation" / f"{found.target}.md"
    path.write_text(page(found, reasons.reasons), encoding="utf-8")
    missing, left_over = reasons.missing(found.survivors), reasons.left_over(found.survivors)
    for mutant in dict.fromkeys(missing):
        _say(f"SURVIVED without a reason\n{entry(mutant)}")
    for key in left_over:
        _say(f"a reason without a survivor: {key}")
    _say(f"{found.target}: {found.total.score:.1f} % of {found.total.mutants}; see {path.relative_to(REPOSITORY)}")
    return 1 if missing or left_over or found.total.score < LEAST_SCORE else 0


def glance(found: Findings) -> int:
    """Show a part's survivors to the person who sharpens its tests; returns the exit code."""
    for mutant in found.survivors:
        _say(entry(mutant))
    _say(f"{found.total.score:.1f} % of {found.total.mutants}")
    return 0


def main() -> int:
    """Run one target after the other; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", choices=sorted(TARGETS), help="what to mutate (default: all in turn)")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="how many mutants to try at a time (default 1)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only modules whose name has this text; no page")
    parser.add_argument(
        "--again-survivors", action="store_true", help="tests were only added: keep what is noticed, try the rest again"
    )
    options = parser.parse_args()
    codes = []
    for target in options.targets or sorted(TARGETS):
        found = findings(target, options.jobs, options.only, again_survivors=options.again_survivors)
        codes.append(glance(found) if options.only else verdict(found))
    return max(codes)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- a report


if __name__ == "__main__":
    sys.exit(main())
