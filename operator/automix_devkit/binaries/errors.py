"""What can go wrong on the way to an executable.

BinariesError
├── BinariesNotFound   no way led to it
├── ChecksumMismatch   what was downloaded is not what was published
└── WayFailed          this way did not lead to it; the next one is tried
"""

from collections.abc import Iterable


class BinariesError(Exception):
    """The root of this package's errors."""


class BinariesNotFound(BinariesError):
    """Name what is missing, and for each way that was tried why it failed."""

    def __init__(self, missing: Iterable[str], reasons: Iterable[str]) -> None:
        super().__init__("\n  ".join([f"not found: {', '.join(missing)}. Tried:", *reasons]))


class ChecksumMismatch(BinariesError):
    """A download does not have the published checksum: nothing of it was kept and nothing else is tried."""


class WayFailed(BinariesError):
    """One way of getting executables failed, for the reason given."""
