"""Finds the executables that tests and the demo run; it must not run any of them.

In this order: the directory named by `KUBEBUILDER_ASSETS`, the cache, the official archive, a build from source.
"""

from automix_devkit.binaries.errors import BinariesError, BinariesNotFound, ChecksumMismatch
from automix_devkit.binaries.finder import find
from automix_devkit.binaries.toolsets import CONTROL_PLANE, HELM, KSTATUS, OLDEST_API, Archive, Toolset

__all__ = [
    "CONTROL_PLANE",
    "HELM",
    "KSTATUS",
    "OLDEST_API",
    "Archive",
    "BinariesError",
    "BinariesNotFound",
    "ChecksumMismatch",
    "Toolset",
    "find",
]
