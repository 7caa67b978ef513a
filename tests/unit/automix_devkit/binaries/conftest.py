"""A toolset as small as one can be, and a machine that has nothing of it."""

from pathlib import Path

import pytest

from automix_devkit.binaries import Archive, Toolset

VERSION = "v1.2.3"


@pytest.fixture
def toolset(tmp_path: Path) -> Toolset:
    """A Go module that leads to two programs, which print the version that was linked into them."""
    module = tmp_path / "module"
    require, replace = f"require (\n\ttiny.test/lib {VERSION}\n)\n", "replace tiny.test/lib => ./lib\n"
    write(module / "go.mod", f"module tiny.test/tools\n\ngo 1.21\n\n{require}\n{replace}")
    write(module / "go.sum", "")
    write(module / "lib/go.mod", "module tiny.test/lib\n\ngo 1.21\n")
    write(module / "lib/version/version.go", "package version\n\nvar Linked string\n")
    for name in ("one", "two"):
        source = 'package main\n\nimport "tiny.test/lib/version"\n\nfunc main() { print(version.Linked) }\n'
        write(module / "lib" / name / "main.go", source)
    return Toolset(
        name="tiny",
        module=module,
        packages={"one": "tiny.test/lib/one", "two": "tiny.test/lib/two"},
        released_as="tiny.test/lib",
        version_variable="tiny.test/lib/version.Linked",
        build_minutes=1,
        assets_variable="TINY_ASSETS",
        archive=Archive(version="v1.2.0", names=frozenset({"one"})),
    )


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A machine with an empty cache and a `go` that always fails."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    go = tmp_path / "path/go"
    write(go, "#!/bin/sh\necho no such module >&2\nexit 1\n")
    go.chmod(0o755)
    return {"AUTOMIX_CACHE": str(tmp_path / "cache"), "PATH": str(go.parent)}


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
