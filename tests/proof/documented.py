"""Reads the tables of docs/proof.md."""

from __future__ import annotations

from tests.conftest import ROOT
from tests.docs.documented_map import table_rows

DOCUMENT = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")


def rows_under(heading: str) -> list[list[str]]:
    """Return the rows of the first table under a heading."""
    return table_rows(DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0])
