"""The library with something planted in its functions, and its workflows written down as tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ensemble.command_line.run.control import routes
from ensemble.command_line.run.up import questions
from ensemble.command_line.trace.recorded import Recorded
from ensemble.laptop import Laptop, VirtualClock
from ensemble.scenario.sandboxes import Settings
from ensemble.simulator.mutation import Edit
from tests.conftest import NAMES
from tests.toolkit.command_line.conftest import Command
from tests.toolkit.command_line.trace.conftest import Library


@dataclass(frozen=True)
class Planted:
    """The library's assembly with an edit in its bundles, and without."""

    sound: Path
    broken: Path
    patch: pytest.MonkeyPatch
    ensemble: Command
    settings: Settings

    @classmethod
    def by(
        cls, edit: Edit, stage: Path, folder: Path, patch: pytest.MonkeyPatch, ensemble: Command, settings: Settings
    ) -> Planted:
        broken = folder / "broken"
        shutil.copytree(stage.parent, broken)
        for path in broken.glob(f"asset.*/{edit.file}"):
            edit.apply(path.parents[len(Path(edit.file).parts) - 1])
            for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
                compiled.unlink()
        return cls(stage.parent, broken, patch, ensemble, settings)

    @contextmanager
    def library(self) -> Iterator[Library]:
        """Run what is broken, as `ensemble up` does."""
        self.patch.setenv("CDK_OUTDIR", str(self.broken))
        with Laptop(
            self.broken / "assembly-dev", VirtualClock("2026-03-01T12:00:00Z"), settings=self.settings
        ) as laptop:
            server = laptop.serve(0, routes(questions(laptop, NAMES)))
            library = Library(laptop, int(urlsplit(server.url).port or 0), self.ensemble)
            library.add_copies()
            yield library

    def faults(self, file: Path, *, on_what_is_broken: bool) -> list[str]:
        """Run what a written test runs."""
        self.patch.setenv("CDK_OUTDIR", str(self.broken if on_what_is_broken else self.sound))
        return recorded_in(file).faults()


def recorded_in(file: Path) -> Recorded:
    """Return what a written test plays."""
    names: dict[str, object] = {}
    exec(compile(file.read_text(encoding="utf-8"), file, "exec"), names)
    recorded = names["RECORDED"]
    assert isinstance(recorded, Recorded)
    return recorded
