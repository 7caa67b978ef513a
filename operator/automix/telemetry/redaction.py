"""Cuts out of log lines what looks like ZEGO's signed parameters: a second line of defence."""

import logging
import re

_SIGNED = re.compile(r"\b(Signature|SignatureNonce|ServerSecret)=[^&\s\"']+")


def redacted(text: str) -> str:
    """Return the text with the values of signed parameters replaced."""
    return _SIGNED.sub(r"\1=[redacted]", text)


class RedactingFormatter(logging.Formatter):
    """Formats with another formatter, tracebacks included, and redacts the result."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line."""
        return redacted(self._inner.format(record))
