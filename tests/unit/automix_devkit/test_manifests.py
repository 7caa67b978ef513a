"""What counts as not up to date, and what is done about it. Generating itself needs helm: the integration tests do."""

from pathlib import Path

import pytest

from automix_devkit.manifests import CHART_CRDS, CRDS, MANIFEST, REFERENCE, SAMPLES, outdated, write

FILES = {CRDS / "one.yaml": "1", CHART_CRDS / "one.yaml": "1", MANIFEST: "all", REFERENCE / "one.md": "# 1"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path, FILES, FILES)
    return tmp_path


def test_a_repository_without_the_files_lacks_all_of_them(tmp_path: Path) -> None:
    assert outdated(tmp_path, FILES) == sorted(FILES)


def test_what_was_written_is_up_to_date(repository: Path) -> None:
    assert outdated(repository, FILES) == []


def test_a_file_that_was_edited_is_named_and_written_again(repository: Path) -> None:
    (repository / MANIFEST).write_text("edited")
    paths = outdated(repository, FILES)
    assert paths == [MANIFEST]
    write(repository, FILES, paths)
    assert (repository / MANIFEST).read_text() == "all"


@pytest.mark.parametrize(
    "left_over",
    [
        pytest.param(CRDS / "removed-kind.yaml", id="among the CRDs"),
        pytest.param(CHART_CRDS / "removed-kind.yaml", id="among the chart's copies"),
        pytest.param(REFERENCE / "removed-kind.md", id="among the reference pages"),
    ],
)
def test_a_file_without_a_source_is_named_and_removed(repository: Path, left_over: Path) -> None:
    (repository / left_over).write_text("left over")
    paths = outdated(repository, FILES)
    assert paths == [left_over]
    write(repository, FILES, paths)
    assert outdated(repository, FILES) == []


def test_what_is_written_by_hand_beside_it_is_left_alone(repository: Path) -> None:
    for path in (SAMPLES / "smallest.yaml", REFERENCE.parent / "install.md"):
        (repository / path).parent.mkdir(exist_ok=True)
        (repository / path).write_text("by hand")
    assert outdated(repository, FILES) == []
