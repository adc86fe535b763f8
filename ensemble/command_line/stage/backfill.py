"""The command `ensemble backfill`: brings every row of a service up to date, by DynamoDB's own API.

The service's code is that of this tree, so what is recorded as deployed must have the same shape: code that is deployed
and older would have to wait with what is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ensemble.command_line.check.states import is_recorded, only_newest
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_services, root_of_project
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.assembly import assembly_of_stage, region_of
from ensemble.command_line.stage.pauses import REAL, Clock
from ensemble.command_line.stage.rewriting import Progress, Rewriting
from ensemble.command_line.synthesis import names_in
from ensemble.command_line.terminal import printable
from ensemble.project.deployed import record_services
from functions.kit.errors import VersionConflict
from functions.kit.model import Service

TELLS_EVERY = 5.0
"""Seconds between two lines."""


def backfill(console: Console, name: str, stage: str, rate: int, endpoint: str | None) -> bool:
    """Bring the rows up to date, and say how far it is; return whether none is left. Raises CommandFailed."""
    root = root_of_project()
    service = _service(read_services(root), name)
    if not is_recorded(root, stage, service):
        raise UsageRefused(
            f"the state of {name} as it is here is not recorded as deployed to {stage}, and what is deployed might not "
            f'read it. Fix: cdk deploy -c stage={stage} "{stage}/*", then: ensemble deployed {stage}'
        )
    assembly = assembly_of_stage(stage, console, root)
    account, table = Account(endpoint, region=region_of(assembly)), names_in(assembly).table(name)
    return rewrite(console, root, stage, service, account, table, rate)


def rewrite(
    console: Console,
    root: Path,
    stage: str,
    service: Service,
    account: Account,
    table: str,
    rate: int,
    clock: Clock = REAL,
) -> bool:
    """Do it in a table of an account. Raises AwsFailed and UsageRefused."""
    now, pause = clock
    rewriting = Rewriting(service, account.client("dynamodb"), table, rate=rate, now=now, pause=pause)
    progress, told_at = Progress(service.state_version), now()
    with aws_answers():
        try:
            for progress in rewriting.run():
                if now() - told_at >= TELLS_EVERY:
                    told_at = now()
                    console.print(
                        f"{_counted(progress)} so far. Stop it as you like: it goes on from here", markup=False
                    )
        except VersionConflict as error:
            raise UsageRefused(f"another backfill of {service.name} is at work on {table}: let it end") from error
    return _told(console, root, stage, service, progress)


def _service(services: Sequence[Service], name: str) -> Service:
    found = {service.name: service for service in services if not service.stores_events}
    if name not in found:
        raise UsageRefused(f"there is no service {name!r} with rows. There are: {', '.join(found)}")
    return found[name]


def _counted(progress: Progress) -> str:
    return f"{progress.looked_at:,} rows looked at, {progress.written:,} written"


def _told(console: Console, root: Path, stage: str, service: Service, progress: Progress) -> bool:
    console.print(f"{_counted(progress)}, {progress.left_number:,} left", markup=False)
    for key, reason in progress.left.items():
        console.print(f"✗ {printable(key)}: {printable(reason)}", style="red", markup=False)
    if progress.left_number:
        console.print("Mend what is said there, and run it again: what is done is not done twice.")
        return False
    file = record_services(root, stage, service.name, lambda known: only_newest(known, service))
    console.print(
        f"All rows of {service.name} are of version {service.state_version} of its state, as {file} says now. "
        f"Commit it: git add {file}",
        markup=False,
    )
    return True
