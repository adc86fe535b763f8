"""What a project says of itself to the toolkit: the table `[tool.ensemble]` of its pyproject.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ensemble.command_line.errors import UsageRefused

FILE = "pyproject.toml"
ACCEPTED_NAMES = "accepted-names"
KEYS = (ACCEPTED_NAMES,)


@dataclass(frozen=True, slots=True)
class Settings:
    """`accepted_names`: events and commands whose names get no advice."""

    accepted_names: frozenset[str] = frozenset()


def read_settings(root: Path) -> Settings:
    """Read the project's settings; without the file or the table there are none. Raises UsageRefused."""
    file = root / FILE
    if not file.exists():
        return Settings()
    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("ensemble", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageRefused(f"{FILE} is not TOML: {error}") from error
    for key in table:
        if key not in KEYS:
            raise UsageRefused(f"{FILE}: [tool.ensemble] has no key {key!r}; it has {', '.join(KEYS)}")
    names = table.get(ACCEPTED_NAMES, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageRefused(f'{FILE}: {ACCEPTED_NAMES} of [tool.ensemble] is a list of names, ["OrderInTransit"]')
    return Settings(frozenset(names))
