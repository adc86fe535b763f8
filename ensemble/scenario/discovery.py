"""Finds the scenario of a project: the one value in `scenarios/<name>/scenario.py`. Nothing lists it."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from ensemble.scenario.declaration import Scenario
from ensemble.scenario.errors import ScenarioMisdeclared

SCENARIO = "scenario.py"


def find_scenario(root: Path) -> Scenario | None:
    """Return the project's scenario; None when it has none.

    Raises ScenarioMisdeclared when it has several, when one does not load, or does not hold exactly one Scenario.
    """
    path = sole_file(root, SCENARIO)
    if path is None:
        return None
    found = [value for value in vars(load(path, root)).values() if isinstance(value, Scenario)]
    if len(found) != 1:
        raise ScenarioMisdeclared(f"{_shown(path, root)} holds {len(found)} scenarios: declare exactly one Scenario")
    return found[0]


def sole_file(root: Path, name: str) -> Path | None:
    """Return the file of this name in a folder of `scenarios`; None when there is none.

    Raises ScenarioMisdeclared when there are several.
    """
    files = sorted((root / "scenarios").glob(f"*/{name}"))
    if len(files) > 1:
        places = " and ".join(_shown(file, root) for file in files)
        raise ScenarioMisdeclared(f"{places}: a project has one {name} at most, so keep one of them")
    return files[0] if files else None


def load(path: Path, root: Path) -> ModuleType:
    """Import a module of the project by its file. Raises ScenarioMisdeclared when it cannot be imported."""
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    try:
        module = importlib.import_module(name)
    except Exception as error:  # whatever a project's module raises
        raise ScenarioMisdeclared(f"{_shown(path, root)} does not load: {type(error).__name__}: {error}") from error
    if module.__file__ is None or Path(module.__file__).resolve() != path.resolve():
        raise ScenarioMisdeclared(f"{path} is hidden by {module.__file__}: start in the folder of its project")
    return module


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
