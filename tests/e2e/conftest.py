"""What e2e tests tell beside whether they pass."""

import pytest

from support.crash_points import SUMMARY


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print how many crash points there were."""
    lines = config.stash.get(SUMMARY, [])
    if lines:
        terminalreporter.section("crash points")
        for line in lines:
            terminalreporter.line(line)
