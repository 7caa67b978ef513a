"""What the demo's terminal shows, and what it does not put up with."""

from pathlib import Path

import pytest

from automix_devkit.demo import terminal as module
from automix_devkit.demo.terminal import NotAsTold, Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal whose kubectl says how it was called, and fails when asked for what is `missing`."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text('#!/bin/sh\nfor argument; do echo "<$argument>"; done\ntest "$2" != missing\n')
    kubectl.chmod(0o755)
    return Terminal(tmp_path, str(kubectl), tmp_path / "kubeconfig")


def test_a_command_is_run_as_it_is_shown(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.run("""kubectl patch lobby --patch='{"a": 1}'""")
    assert capsys.readouterr().out.splitlines() == [
        """$ kubectl patch lobby --patch='{"a": 1}'""",
        "<patch>",
        "<lobby>",
        """<--patch={"a": 1}>""",
    ]


def test_a_failure_ends_the_story_with_its_output(terminal: Terminal) -> None:
    with pytest.raises(NotAsTold, match=r"`kubectl get missing` ended with status 1:\n<get>"):
        terminal.run("kubectl get missing")


def test_a_refusal_is_shown_where_it_is_expected(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.run("kubectl get missing", refused=True, shows="<missing>")
    assert "<missing>" in capsys.readouterr().out


def test_a_success_ends_the_story_where_a_refusal_is_expected(terminal: Terminal) -> None:
    with pytest.raises(NotAsTold, match="succeeded, which it should not have"):
        terminal.run("kubectl get lobby", refused=True)


def test_an_output_without_what_it_should_show_ends_the_story(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0)
    with pytest.raises(NotAsTold, match="does not show 'Replaced'"):
        terminal.run("kubectl get events", shows="Replaced")


def test_an_output_that_comes_late_is_waited_for(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    counting = '#!/bin/sh\necho again >> "$HOME/calls"\ncat "$HOME/calls"\n'
    Path(terminal.kubectl).write_text(counting)
    terminal.run("kubectl get events", shows="again\nagain")
    assert capsys.readouterr().out == "$ kubectl get events\nagain\nagain\n"


def test_a_secret_goes_to_its_file_unseen(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.save("kubectl create token", "token")
    assert (terminal.folder / "token").read_text() == "<create>\n<token>\n"
    assert capsys.readouterr().out == "$ kubectl create token > token\n"
