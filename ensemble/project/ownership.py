"""Who owns a file of a project: the toolkit, which replaces it by a newer one, or the team, or what generates it.

- owned: the toolkit's. `ensemble upgrade` takes over a newer one and keeps a team's patches.
- generated: made from other files of the project, and made again after each change of them.
- seed: everything else. `ensemble new` writes it once; from then on it is the team's alone.
"""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

OWNED = tuple((Path(__file__).parents[1] / "owned.txt").read_text(encoding="utf-8").split())
"""What is the toolkit's: folders, which end with a slash, with all that is in them. A team adds nothing there."""

FOLDERS = tuple(path for path in OWNED if path.endswith("/"))

GENERATED = ("requirements.txt", "requirements-dev.txt", "functions/*/requirements.txt", "functions/*/events.pyi")
"""Patterns of the files that are generated; the picture in README.md is too, within a seed."""


class Owner(StrEnum):
    """Whose a file is."""

    OWNED = "owned"
    GENERATED = "generated"
    SEED = "seed"


def owner_of(path: str) -> Owner:
    """Return whose the file is, by its path from the project's root."""
    if path in OWNED or path.startswith(FOLDERS):
        return Owner.OWNED
    return Owner.GENERATED if any(fnmatchcase(path, pattern) for pattern in GENERATED) else Owner.SEED
