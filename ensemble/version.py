"""The version of the toolkit that lies here."""

from __future__ import annotations

from pathlib import Path


def version() -> str:
    """Return the version, such as 0.2.0."""
    return Path(__file__).with_name("VERSION").read_text(encoding="utf-8").strip()
