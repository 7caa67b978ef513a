"""What the toolsets say about themselves agrees with their Go modules."""

import re

import pytest

from automix_devkit.binaries import CONTROL_PLANE, HELM, KSTATUS, OLDEST_API, Toolset

LISTS = [pytest.param(toolset, id=toolset.name) for toolset in (CONTROL_PLANE, HELM)]
TOOLSETS = [*LISTS, *(pytest.param(toolset, id=toolset.name) for toolset in (KSTATUS, OLDEST_API))]


@pytest.mark.parametrize("toolset", LISTS)
def test_the_go_module_lists_exactly_the_packages_that_are_built(toolset: Toolset) -> None:
    listed = re.search(r"^tool \(\n(.*?)\n\)", (toolset.module / "go.mod").read_text(), re.MULTILINE | re.DOTALL)
    assert listed is not None
    assert sorted(listed[1].split()) == sorted(toolset.packages.values())


@pytest.mark.parametrize("toolset", TOOLSETS)
def test_the_version_comes_from_the_go_module(toolset: Toolset) -> None:
    assert re.fullmatch(r"v\d+\.\d+\.\d+", toolset.version)
    assert toolset.key.startswith(f"{toolset.name}-{toolset.version}-")


@pytest.mark.parametrize("toolset", TOOLSETS)
def test_what_its_version_is_has_a_checksum(toolset: Toolset) -> None:
    assert f"{toolset.released_as} {toolset.version} h1:" in (toolset.module / "go.sum").read_text()


def test_a_go_module_without_the_version_is_refused(toolset: Toolset) -> None:
    (toolset.module / "go.mod").write_text("module tiny.test/tools\n")
    with pytest.raises(ValueError, match=r"go\.mod: requires no tiny\.test/lib"):
        _ = toolset.version


def test_a_toolset_with_other_go_code_is_another_one(toolset: Toolset) -> None:
    before = toolset.key
    (toolset.module / "main.go").write_text("package main\n")
    assert toolset.key != before


def test_the_archive_and_the_build_are_of_the_same_kubernetes_minor_version() -> None:
    assert CONTROL_PLANE.archive is not None
    assert CONTROL_PLANE.archive.version.rpartition(".")[0] == CONTROL_PLANE.version.rpartition(".")[0]
