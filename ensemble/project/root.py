"""Finds the project's root: the nearest folder, from the current one upward, that has an `app.py`."""

from __future__ import annotations

import sys
from pathlib import Path

from functions.kit.errors import EnsembleError

MARK = "app.py"


class ProjectNotFound(EnsembleError):
    """Raised when neither the current folder nor one above it has an `app.py`."""


def project_root(start: Path | None = None) -> Path:
    """Return the root of the project that `start` (the current folder unless given) is in.

    The root then comes first on the path, so that `functions`, `schemas` and `scenarios` are this project's.
    Raises ProjectNotFound.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / MARK).is_file():
            _first_on_the_path(str(folder))
            return folder
    raise ProjectNotFound(f"{here} is in no project: go to the folder that has {MARK}, or to one below it")


def _first_on_the_path(root: str) -> None:
    if sys.path[:1] != [root]:
        sys.path.insert(0, root)
