"""Whether `ensemble drain` holds back the commands of a stage on the emulator, comes to an end, and lets them go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from rich.console import Console

from ensemble.command_line.project import read_schemas
from ensemble.command_line.run.sending import send
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.drain import draining_of
from ensemble.command_line.stage.draining import POLL_SECONDS, Draining
from ensemble.command_line.stage.pauses import REAL
from ensemble.command_line.stage.under_way import UnderWay
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.deploy_check.project import Project, Stage
from ensemble.scenario.apart import apart

MOST_LOOKS = 30
"""So often it is looked, for a minute."""


def drain(project: Project, stage: Stage, account: Account, run: str, console: Console) -> None:
    """Hold commands, put one, and take it again, with ids of `run`'s own. Raises DeployCheckFailed."""
    schemas = read_schemas(project.root, project.services)
    all_of_it = draining_of(project.services, schemas, stage.names, account, {})
    draining = replace(all_of_it, quiet_seconds=0.0)  # the emulator counts exactly
    if not draining.held():
        console.print("  no queue of commands from outside")
        return
    draining.hold(REAL)
    left = _left(draining)
    before = _waiting(draining)
    _put_one(project, stage, account, run)
    _until(lambda: _waiting(draining) > before, "a command that is put while the stage is drained does not wait")
    queues = len(draining.held())
    draining.resume()
    _until(lambda: _waiting(draining) == 0, "commands that have waited are not taken again")
    found = f"still under way was {', '.join(left.lines())}" if left.number else "nothing was under way any more"
    console.print(f"  {queues} queues of commands were held, {found}, and the command that waited was taken")


def _left(draining: Draining) -> UnderWay:
    """Return what is under way at the end, or after a minute: some domain's workflows wait for days."""
    looks = list(islice(draining.until_over(REAL), MOST_LOOKS))
    return looks[-1]


def _waiting(draining: Draining) -> int:
    return sum(one.queue.waiting for one in draining.held())


def _put_one(project: Project, stage: Stage, account: Account, run: str) -> None:
    command = apart(project.scenario, run, project.keys).stories[0].commands[0]
    for sent in send(account.client("events"), [command], stage.names.bus):
        if sent.refusal is not None:
            raise DeployCheckFailed(f"{command.type} was refused: {sent.refusal}")


def _until(is_so: Callable[[], bool], otherwise: str) -> None:
    for _ in range(MOST_LOOKS):
        if is_so():
            return
        REAL[1](POLL_SECONDS)
    raise DeployCheckFailed(f"{otherwise}, not within {MOST_LOOKS * POLL_SECONDS:.0f} seconds")
