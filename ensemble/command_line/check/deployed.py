"""`ensemble deployed STAGE`: records which schemas and which shapes of states are in use, after a deployment."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ensemble.command_line.check.published import recorded_of, rewritten
from ensemble.command_line.check.states import refused_sagas, refused_states, to_record
from ensemble.command_line.project import read_schemas, read_services, refuse, root_of_project
from ensemble.command_line.synthesis import assembly_of
from ensemble.project.deployed import record


def record_deployment(console: Console, stage: str, root: Path | None = None) -> None:
    """Record the schemas and the shapes of the states as deployed to the stage.

    Raises UsageRefused when `app.py` makes no such stage, CheckFailed when they contradict what is recorded already.
    """
    root = root or root_of_project()
    assembly_of(stage, console, root)
    services = read_services(root)
    refuse(reason for one in recorded_of(root) for reason in rewritten(root, one, services))
    of_stage = [one for one in recorded_of(root) if one.stage == stage]
    refuse(refused_states(of_stage, services))
    refuse(refused_sagas(of_stage, services, read_schemas(root, services)))
    file = record(root, stage, to_record(root, stage, services)).relative_to(root).as_posix()
    console.print(
        f"{file} written: its schemas must not change any more, and what rows have must stay readable. Commit it: "
        f"git add {file}",
        markup=False,
    )
