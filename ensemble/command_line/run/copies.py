"""Bundles with the code of the project as it stands, made in hundredths of a second: no stack is synthesized."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from infrastructure.imports import shipped


class Copies:
    """Copies of bundles, beside those that were synthesized."""

    def __init__(self) -> None:
        self._made: list[Path] = []

    def copy(self, bundle: Path, service: str, root: Path) -> Path:
        """Return a copy of a bundle whose service's folder is the project's."""
        copy = bundle.parent / f"running.{service}.{len(self._made) + 1}"
        shutil.rmtree(copy, ignore_errors=True)
        self._made.append(copy)
        shutil.copytree(bundle, copy, ignore=_folder(bundle / "functions", service))
        for file in shipped(root):
            if file.is_relative_to(root / "functions" / service):
                place = copy / file.relative_to(root)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)
        return copy

    def delete(self) -> None:
        """Delete all copies."""
        for copy in self._made:
            shutil.rmtree(copy, ignore_errors=True)


def _folder(parent: Path, name: str) -> Callable[[str, list[str]], set[str]]:
    """Return what makes a copy leave out this one folder."""
    return lambda path, _names: {name} if Path(path) == parent else set()
