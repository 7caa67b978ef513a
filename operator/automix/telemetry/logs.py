"""Logging set-up: constant messages with key-values, as text or JSON, on standard error."""

import json
import logging
import sys
from typing import Literal

from automix.telemetry.redaction import RedactingFormatter

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def set_up(level: str, style: Literal["text", "json"]) -> None:
    """Send all logs to standard error; kopf's and aiohttp's only from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(_JsonFormatter() if style == "json" else _TextFormatter()))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # What its requests meet with, and what ends it, is told by app.py and kube/watches.py in one line each.
    for told in ("kopf._cogs.clients", "kopf._core.reactor", "kopf.activities"):
        logging.getLogger(told).setLevel(logging.CRITICAL)
    for noisy in ("kopf", "aiohttp", "asyncio", "httpx", "httpcore", "kubernetes"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _values(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}


class _TextFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's own name
        pairs = " ".join(f"{key}={value}" for key, value in _values(record).items())
        return f"{super().formatMessage(record)} {pairs}".rstrip()


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_values(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
