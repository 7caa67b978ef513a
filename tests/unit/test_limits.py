"""What is skipped under an alternative of the simulator exists there, and is a limit that is written down."""

import ast
from pathlib import Path

from automix_devkit.simulator.alternatives import ALTERNATIVES

REPOSITORY = Path(__file__).parents[2]


def test_every_skipped_alternative_exists_and_is_on_the_page_of_limits() -> None:
    headings = [line for line in (REPOSITORY / "docs/limits.md").read_text().splitlines() if line.startswith("#")]
    skipped = {name for path in sorted((REPOSITORY / "tests").rglob("test_*.py")) for name in marks(path)}
    assert skipped
    assert skipped <= ALTERNATIVES.keys()
    for name in skipped:
        assert any(name.lower() in heading.lower() for heading in headings), name


def marks(path: Path) -> list[str]:
    """Return the alternatives that a module's tests do not hold under."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [
        ast.literal_eval(call.args[0])
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "not_under"
    ]
