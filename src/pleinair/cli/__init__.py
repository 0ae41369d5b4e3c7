"""The command line: `pleinair`."""

from pleinair.cli.main import main

__all__ = ["main"]
