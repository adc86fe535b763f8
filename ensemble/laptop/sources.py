"""Makes a function's code name the project's own files, so that a breakpoint set in an editor stops there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from ensemble.laptop.bundled import BundleLoader

PROJECT = Path(__file__).resolve().parents[2]
"""The project that this toolkit lies in."""


class SourceFinder:
    """Finds the modules of the bundle that is `entered`; their code names the files of the project at `root`.

    It does so where the project's file is the same as the bundle's: else the lines would not fit, and the code keeps
    the name that it has in the bundle. `replaced`: what modules have instead of what they define, by module and name.
    """

    def __init__(self, root: Path, replaced: Mapping[str, Mapping[str, Any]]) -> None:
        self._root = root
        self._replaced = replaced
        self._directory = root
        self._names: frozenset[str] = frozenset()

    def enter(self, directory: Path, names: frozenset[str]) -> None:
        """From now on find the modules below these top-level names in this directory."""
        self._directory, self._names = directory, names

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as Python itself would, and let its code name the project's file."""
        if name.partition(".")[0] not in self._names:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, BundleLoader):
            file = project_file(Path(spec.loader.path), self._directory, self._root)
            spec.loader.named = None if file is None else str(file)
            spec.loader.replaced = self._replaced.get(name, {})
        return spec


def project_file(path: Path, directory: Path, root: Path) -> Path | None:
    """Return the file of the project that a file of a bundle is a copy of; None when the two differ."""
    if not path.is_relative_to(directory):
        return None
    file = root / path.relative_to(directory)
    try:
        return file if file.read_bytes() == path.read_bytes() else None
    except OSError:
        return None
