"""`automix-dev manifests`: what is committed is what the models and the chart give."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from automix_devkit.manifests import (
    ARGOCD_CM,
    CHART,
    CHARTS,
    CRDS,
    CUSTOMIZATIONS,
    MANIFEST,
    README,
    REFERENCE,
    ROOMS,
    ROOMS_SCHEMA,
    SAMPLES,
    VALUES,
    manifests,
)
from automix_devkit.values_table import END
from support.cluster import REPOSITORY

CHART_README, CHART_VALUES = CHART / README, CHART / VALUES


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in (CRDS, CHART, ROOMS, MANIFEST.parent, REFERENCE, ARGOCD_CM.parent):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    return tmp_path


def test_what_is_committed_is_up_to_date() -> None:
    result = CliRunner().invoke(manifests, ["--check", "--repository", str(REPOSITORY)])
    assert (result.exit_code, result.output) == (0, "")


def test_a_change_of_the_chart_is_found_and_rendered(copy: Path) -> None:
    values = copy / CHART_VALUES
    values.write_text(values.read_text().replace("logLevel: INFO", "logLevel: DEBUG"))
    before = (copy / MANIFEST).read_text()
    check = CliRunner().invoke(manifests, ["--check", "--repository", str(copy)])
    complaint = (
        f"{CHART_README}: not up to date, run `make generate`\n{MANIFEST}: not up to date, run `make generate`\n"
    )
    assert (check.exit_code, check.output) == (1, complaint)
    assert (copy / MANIFEST).read_text() == before
    written = CliRunner().invoke(manifests, ["--repository", str(copy)])
    assert written.exit_code == 0
    assert '| `logLevel` | `"DEBUG"` |' in (copy / CHART_README).read_text()
    assert (copy / MANIFEST).read_text() == before.replace("value: INFO", "value: DEBUG")


def test_a_comment_in_the_values_is_what_the_charts_readme_says(copy: Path) -> None:
    values, page = copy / CHART_VALUES, copy / CHART_README
    values.write_text(values.read_text().replace("# DEBUG, INFO, WARNING or ERROR.\n", "# One | of\n# several.\n"))
    assert "# several." in values.read_text()
    before = page.read_text()
    check = CliRunner().invoke(manifests, ["--check", "--repository", str(copy)])
    assert (check.exit_code, check.output) == (1, f"{CHART_README}: not up to date, run `make generate`\n")
    assert page.read_text() == before
    CliRunner().invoke(manifests, ["--repository", str(copy)])
    assert page.read_text() == before.replace("| DEBUG, INFO, WARNING or ERROR. |", r"| One \| of several. |")


def test_a_comment_in_the_rooms_values_is_what_their_readme_says(copy: Path) -> None:
    values, page = copy / ROOMS / VALUES, copy / ROOMS / README
    values.write_text(
        values.read_text().replace("  # Its name.\n  name: zego\n", "  # What it is called.\n  name: app\n")
    )
    before = page.read_text()
    result = CliRunner().invoke(manifests, ["--repository", str(copy)])
    assert (result.exit_code, result.output) == (0, f"{ROOMS / README}: brought up to date\n")
    row = '| `zegoApp.name` | `"zego"` | Its name. |'
    assert page.read_text() == before.replace(row, '| `zegoApp.name` | `"app"` | What it is called. |')


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_a_readme_of_a_chart_without_a_place_for_the_table_is_an_error_that_says_so(copy: Path, chart: Path) -> None:
    page = copy / chart / README
    page.write_text(page.read_text().replace(END, ""))
    result = CliRunner().invoke(manifests, ["--repository", str(copy)])
    assert result.exit_code == 1
    assert "the page lacks the markers" in result.output


def test_a_change_of_a_sample_is_found_and_shown_as_the_example(copy: Path) -> None:
    sample, page = copy / SAMPLES / "smallest.yaml", REFERENCE / "automix.md"
    sample.write_text(sample.read_text().replace("lobby-mix", "lobby-audio"))
    check = CliRunner().invoke(manifests, ["--check", "--repository", str(copy)])
    assert (check.exit_code, check.output) == (1, f"{page}: not up to date, run `make generate`\n")
    written = CliRunner().invoke(manifests, ["--repository", str(copy)])
    assert (written.exit_code, written.output) == (0, f"{page}: brought up to date\n")
    assert "    - streamId: lobby-audio\n" in (copy / page).read_text()


def test_a_change_of_a_script_is_found_and_part_of_the_config_map(copy: Path) -> None:
    script = copy / CUSTOMIZATIONS / "automix.zego.im/AutoMix/actions/suspend/action.lua"
    script.write_text(script.read_text() + "-- changed\n")
    check = CliRunner().invoke(manifests, ["--check", "--repository", str(copy)])
    assert (check.exit_code, check.output) == (1, f"{ARGOCD_CM}: not up to date, run `make generate`\n")
    written = CliRunner().invoke(manifests, ["--repository", str(copy)])
    assert (written.exit_code, written.output) == (0, f"{ARGOCD_CM}: brought up to date\n")
    assert "-- changed\n" in (copy / ARGOCD_CM).read_text()


def test_a_spec_in_the_rooms_schema_that_is_not_the_crds_is_found_and_the_rest_is_kept(copy: Path) -> None:
    before = (copy / ROOMS_SCHEMA).read_text()
    schema = json.loads(before)
    schema["$defs"]["spec"]["properties"].pop("roomId")
    schema["properties"]["more"] = {"type": "string"}
    (copy / ROOMS_SCHEMA).write_text(json.dumps(schema))
    written = CliRunner().invoke(manifests, ["--repository", str(copy)])
    assert (written.exit_code, written.output) == (0, f"{ROOMS_SCHEMA}: brought up to date\n")
    after = json.loads((copy / ROOMS_SCHEMA).read_text())
    assert after["properties"].pop("more") == {"type": "string"}
    assert after == json.loads(before)


def test_a_chart_that_does_not_render_is_an_error_that_says_why(copy: Path) -> None:
    (copy / CHART / "templates/broken.yaml").write_text("{{ .Values.nothing.there }}")
    result = CliRunner().invoke(manifests, ["--check", "--repository", str(copy)])
    assert result.exit_code == 1
    assert "templates/broken.yaml" in result.output


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(manifests, ["--repository", str(tmp_path)])
    assert result.exit_code == 2
    assert f"{tmp_path} has no {CHART}" in result.output
