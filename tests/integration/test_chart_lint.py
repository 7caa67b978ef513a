"""helm's own linter, strictly, over both charts."""

import subprocess
from pathlib import Path

import pytest

from automix_devkit.binaries import HELM, find
from automix_devkit.manifests import CHART, ROOMS
from support.chart import OPTIONS, ROOM_EXAMPLES
from support.cluster import REPOSITORY


def lint(chart: Path, *options: str) -> str:
    """Return what `helm lint --strict` has to say; it must approve."""
    helm = str(find(HELM, ["helm"])["helm"])
    command = [helm, "lint", "--strict", str(REPOSITORY / chart), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("options", [(), *OPTIONS.values()], ids=["the values as they are", *OPTIONS])
def test_the_operators_chart_is_approved(options: tuple[str, ...]) -> None:
    assert "1 chart(s) linted, 0 chart(s) failed" in lint(CHART, *options)


@pytest.mark.parametrize("example", ROOM_EXAMPLES, ids=lambda path: str(path.stem))
def test_the_chart_of_rooms_is_approved(example: Path) -> None:
    assert "1 chart(s) linted, 0 chart(s) failed" in lint(ROOMS, f"--values={example}")
