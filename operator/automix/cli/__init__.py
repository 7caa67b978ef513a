"""The command line."""

from automix.cli.main import main

__all__ = ["main"]
