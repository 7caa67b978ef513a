"""What the operator's unit tests share."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# A gate must not fail by chance: the same examples each time, and no deadline that a busy machine misses.
settings.register_profile(
    "gate", derandomize=True, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("gate")


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Let a test set up logging; what the test run had comes back afterwards."""
    root = logging.getLogger()
    handlers, level, levels = root.handlers[:], root.level, _levels()
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in _levels():
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))


def _levels() -> dict[str, int]:
    loggers = logging.root.manager.loggerDict.items()
    return {name: logger.level for name, logger in loggers if isinstance(logger, logging.Logger)}
