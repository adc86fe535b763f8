"""The shop as it runs on this laptop: synthesized, deployed to the local AWS, all functions loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from ensemble.command_line.errors import StartingFailed
from ensemble.command_line.progress import working
from ensemble.command_line.synthesis import ROOT, assembly_of
from ensemble.laptop import Laptop, LocalError, RealClock
from ensemble.laptop.errors import AssemblyUnreadable
from ensemble.laptop.resource_types import FUNCTION
from ensemble.laptop.resources import NotRun
from ensemble.laptop.service_resources import is_of_a_service

LOGS = ROOT / ".ensemble" / "logs"


@contextmanager
def running_shop(console: Console, environment: str) -> Iterator[Laptop]:
    """Run an environment's stacks on the real clock until the block ends. Raises CommandFailed."""
    assembly = assembly_of(environment, console)
    with working(console, "Starting the local AWS"):
        laptop = _deployed(assembly)
        gc.freeze()  # all this lives as long as the process: to look through it again at its end takes two seconds
    with laptop:
        yield laptop


def _deployed(assembly: Path) -> Laptop:
    try:
        laptop = Laptop(assembly, RealClock(), log_directory=LOGS)
    except AssemblyUnreadable as error:
        raise StartingFailed(f"{error}: delete {assembly.parent}, and it is made again") from error
    except LocalError as error:
        raise StartingFailed(f"the local AWS does not run these stacks: {error}") from error
    for name in laptop.functions:
        try:
            laptop.load(name)
        except Exception as error:  # whatever a handler's modules raise
            complaint = f"{type(error).__name__}: {error}"
            if not is_of_a_service(laptop.function(name).handler):
                laptop.not_run.append(NotRun(f"{FUNCTION} {name}", 1, f"it does not load: {complaint}"))
                continue
            laptop.close()
            raise StartingFailed(f"{name} does not load: {complaint}") from error
    return laptop
