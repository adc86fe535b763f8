"""The command line as a test calls it, on the library."""

from __future__ import annotations

from tests.toolkit.command_line.conftest import ensemble, in_lending

__all__ = ["ensemble", "in_lending"]
