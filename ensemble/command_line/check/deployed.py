"""`ensemble deployed STAGE`: records which schemas are in use, after a deployment."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ensemble.command_line.check.published import rewritten
from ensemble.command_line.project import read_services, refuse, root_of_project
from ensemble.command_line.synthesis import assembly_of
from ensemble.project.deployed import record, recorded


def record_deployment(console: Console, stage: str, root: Path | None = None) -> None:
    """Record the schemas as deployed to the stage.

    Raises UsageRefused when `app.py` makes no such stage, CheckFailed when they contradict what is recorded already.
    """
    root = root or root_of_project()
    assembly_of(stage, console, root)
    services = read_services(root)
    refuse(reason for one in recorded(root) for reason in rewritten(root, one, services))
    file = record(root, stage).relative_to(root).as_posix()
    console.print(f"{file} written: its schemas must not change any more. Commit it: git add {file}", markup=False)
