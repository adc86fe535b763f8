"""Takes guards out, one at a time, in a copy of the project, and lets the simulator look for what breaks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "cdk.out", "__pycache__", "node_modules", ".*_cache", "docs")

Resources = dict[str, dict[str, Any]]


class MutantMisplaced(Exception):
    """Raised when the text that a mutant replaces is not in its file exactly once."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement in a source file of the project."""

    file: str
    before: str
    after: str

    def apply(self, root: Path) -> None:
        """Edit the file under `root`. Raises MutantMisplaced."""
        path = root / self.file
        source = path.read_text(encoding="utf-8")
        if source.count(self.before) != 1:
            raise MutantMisplaced(f"{self.file} has {source.count(self.before)} times: {self.before}")
        path.write_text(source.replace(self.before, self.after), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A guard taken out: from the sources by edits, or from the templates by `change`, which is given each resource.

    `redundant`: why nothing breaks without this guard alone, where that is so.
    """

    guard: str
    edits: tuple[Edit, ...] = ()
    change: Callable[[dict[str, Any]], None] | None = None
    redundant: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant, or a pair: the first seed that breaks it with what was violated, or None."""

    guards: tuple[str, ...]
    seed: int | None
    violation: str
    tried: int


def hunt(mutants: Sequence[Mutant], root: Path, assembly: Path, seeds: int) -> Verdict:
    """Take all these guards out together and run up to so many seeds. Raises MutantMisplaced."""
    with TemporaryDirectory() as directory:
        copy = Path(directory) / "project"
        shutil.copytree(root, copy, ignore=NOT_COPIED)
        shutil.copytree(assembly.parent, copy / "cdk.out", ignore=shutil.ignore_patterns("__pycache__"))
        for mutant in mutants:
            for edit in mutant.edits:
                edit.apply(copy)
                _renew_in_bundles(copy, edit.file)
        changes = [mutant.change for mutant in mutants if mutant.change is not None]
        _change_templates(copy / "cdk.out" / assembly.name, changes)
        hunting = "ensemble.command_line.simulate.hunting"
        command = [sys.executable, "-m", hunting, str(copy / "cdk.out" / assembly.name), str(seeds)]
        run = subprocess.run(command, cwd=copy, env=_environment(copy), capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"{mutants[0].guard}: {run.stderr[-2000:]}")
    found = json.loads(run.stdout)
    return Verdict(tuple(mutant.guard for mutant in mutants), found["seed"], found["violation"], found["tried"])


def _renew_in_bundles(copy: Path, file: str) -> None:
    """Copy an edited source into the bundles that hold it: a function of an older bundle would run from there."""
    for bundle in (copy / "cdk.out").glob("asset.*"):
        if (bundle / file).exists():
            shutil.copy(copy / file, bundle / file)


def _change_templates(assembly: Path, changes: Iterable[Callable[[dict[str, Any]], None]]) -> None:
    for path in assembly.glob("*.template.json"):
        template = json.loads(path.read_text(encoding="utf-8"))
        for change in changes:
            for resource in template["Resources"].values():
                change(resource)
        path.write_text(json.dumps(template), encoding="utf-8")


def _environment(copy: Path) -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
