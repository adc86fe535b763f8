"""A recorded seed of the lending project."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from ensemble.command_line.simulate.recording import record_seed
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from tests.conftest import LENDING


def recorded_seed(lending: Path, seed: int, file: Path) -> Path:
    """Record a seed, as the command does in that project; return the file."""
    (lending / "cdk.out" / FINGERPRINT).write_text(fingerprint(LENDING))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CDK_OUTDIR", str(lending / "cdk.out"))
        patched.setattr("ensemble.command_line.project.project_root", lambda: LENDING)
        record_seed(Console(quiet=True), "dev", seed, "core", file)
    return file
