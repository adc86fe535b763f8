"""The project as it runs on this laptop: synthesized, deployed to the laptop AWS, all functions loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ensemble.aws.errors import AssemblyUnreadable, FunctionUnloadable
from ensemble.command_line.errors import CheckFailed, StartingFailed
from ensemble.command_line.progress import working
from ensemble.command_line.project import root_of_project, unimportable
from ensemble.command_line.run.needs import Values
from ensemble.command_line.synthesis import assembly_of
from ensemble.laptop import Laptop, LocalError
from ensemble.laptop.clock import Clock
from ensemble.scenario import Scenario
from ensemble.scenario.errors import SandboxFailed, ScenarioMisdeclared
from ensemble.scenario.sandboxes import Sandboxes, started


def logs_of(root: Path) -> Path:
    """Return the folder that the functions' logs are written to."""
    return root / ".ensemble" / "logs"


@contextmanager
def running_sandboxes(scenario: Scenario) -> Iterator[Sandboxes]:
    """Run the scenario's sandboxes until the block ends. Raises StartingFailed, also for what went wrong in them."""
    try:
        with started(scenario) as sandboxes:
            yield sandboxes
    except (SandboxFailed, ScenarioMisdeclared) as error:
        raise StartingFailed(str(error)) from error


@contextmanager
def running_laptop(
    console: Console,
    environment: str,
    clock: Clock,
    settings: Values | None = None,
    *,
    is_concurrent: bool = False,
    is_traced: bool = False,
) -> Iterator[Laptop]:
    """Run a stage's stacks on this clock until the block ends, with these settings of services.

    `is_concurrent`: while a function waits for the network, others run. `is_traced`: X-Ray records what the stage lets
    it. Raises CommandFailed.
    """
    root = root_of_project()
    assembly = assembly_of(environment, console, root)
    with working(console, "Starting the laptop AWS"):
        laptop = _deployed(assembly, clock, root, settings or {}, is_concurrent, is_traced)
        gc.freeze()  # all this lives as long as the process: to look through it again at its end takes two seconds
    with laptop:
        yield laptop


def _deployed(
    assembly: Path, clock: Clock, root: Path, settings: Values, is_concurrent: bool, is_traced: bool
) -> Laptop:
    try:
        laptop = Laptop(
            assembly,
            clock,
            log_directory=logs_of(root),
            settings=settings,
            is_concurrent=is_concurrent,
            is_traced=is_traced,
        )
    except AssemblyUnreadable as error:
        raise StartingFailed(f"{error}: delete {assembly.parent}, and it is made again") from error
    except LocalError as error:
        raise StartingFailed(f"the laptop AWS does not run these stacks: {error}") from error
    try:
        laptop.load_all()
    except FunctionUnloadable as error:
        laptop.close()
        found = unimportable(error.__cause__ or error, root)
        raise CheckFailed(replace(found, problem=str(error).partition(". Fix: ")[0])) from error
    return laptop
