"""Reads tables of documents, above all those of docs/map.md: parts, packages, and what to touch."""

from __future__ import annotations

import re
from pathlib import Path

MAP = Path(__file__).parents[2] / "docs" / "map.md"


def visible(text: str) -> str:
    """Return a document without its comments."""
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def code(text: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of each row of the first table of a text, without its head."""
    rows = [line.strip("| ").split(" | ") for line in visible(text).splitlines() if line.startswith("| ")]
    return rows[1:]


def table(heading: str) -> list[list[str]]:
    """Return the cells of each row of the table under a heading, without its head."""
    return table_rows(visible(MAP.read_text()).split(f"\n## {heading}\n")[1].split("\n## ")[0])


def may_import() -> dict[str, set[str]]:
    """Return, by part, the parts that it may import."""
    return {code(part)[0]: set(code(others)) for part, _, others in table("Parts")}
