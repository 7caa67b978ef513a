"""A survivor needs a reason, and a reason a survivor."""

from pathlib import Path

import pytest

from mutation import reasons as module
from mutation.mutants import Module, Mutant
from mutation.reasons import Reasons, entry
from mutation.report import Findings, page

SURVIVOR = Mutant(Module("package.module", Path("module.py")), "Class.method", "- a < b\n+ a <= b", b"")
OTHER = Mutant(Module("package.module", Path("module.py")), "", "- 1\n+ 2", b"")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_without_a_file_there_is_no_reason() -> None:
    assert Reasons.of("target") == Reasons({})


def test_an_entry_with_a_reason_is_read_back(folder: Path) -> None:
    patterned = Mutant(OTHER.module, "Class.method", "- a(r'\\d', \"b\")\n+ a(None)", b"")
    written = "\n".join(entry(mutant).replace('reason = ""', 'reason = "It is so."') for mutant in (patterned, OTHER))
    (folder / "target.toml").write_text(written)

    assert Reasons.of("target").reasons == {patterned.key: "It is so.", OTHER.key: "It is so."}


def test_an_entry_without_a_reason_is_refused(folder: Path) -> None:
    (folder / "target.toml").write_text(entry(OTHER))

    with pytest.raises(ValueError, match=r"^target\.toml: no reason for"):
        Reasons.of("target")


def test_survivors_and_reasons_are_matched() -> None:
    known = Reasons({OTHER.key: "Because.", ("gone", "", ""): "It was so."})

    assert known.missing([SURVIVOR, OTHER]) == [SURVIVOR]
    assert known.left_over([SURVIVOR, OTHER]) == [("gone", "", "")]


def test_the_page_has_a_row_for_each_module_and_each_survivor_with_its_reason() -> None:
    killed = Mutant(Module("package.other", Path("other.py")), "", "- 3\n+ 4", b"")
    findings = Findings("target", [SURVIVOR, OTHER, killed], [OTHER])

    text = page(findings, {OTHER.key: "Because."})

    assert "| package.module | 2 | 1 | 1 | 50.0 % |\n| package.other | 1 | 1 | 0 | 100.0 % |" in text
    assert "| **all** | 3 | 2 | 1 | 66.7 % |" in text
    assert text.endswith("### package.module\n\nIn the module: Because.\n\n```diff\n- 1\n+ 2\n```\n")
