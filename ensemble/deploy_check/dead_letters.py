"""Whether `ensemble dlq --stage` shows, redrives and drops the dead letters of the stage on the emulator."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.aws.entries import envelope
from ensemble.command_line.stage.account import Account
from ensemble.command_line.trace.declared import read_declared
from ensemble.contracts.loading import load_schemas
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.deploy_check.project import Project, Stage
from ensemble.scenario import Command
from ensemble.scenario.apart import apart
from functions.kit.waiting import DEAD_LETTER_SUFFIX

Json = dict[str, Any]

PATIENCE_SECONDS, PAUSE_SECONDS = 60.0, 2.0
"""How long a command without fields may take to be a dead letter, and how often it is looked for."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where the command `ensemble dlq` is typed. `variables`: by which AWS is asked; `assemblies`: where it
    synthesizes."""

    root: Path
    stage: str
    url: str
    variables: Mapping[str, str]
    assemblies: Path

    def dlq(self, *words: str) -> Json:
        """Type it, and return its document. Raises DeployCheckFailed where it ends otherwise than well."""
        inherited = {name: one for name, one in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
        typed = ("dlq", *words, "--stage", self.stage, "--endpoint", self.url, "--json")
        ended = subprocess.run(
            [sys.executable, "-m", "ensemble", *typed],
            cwd=self.root,
            env={**inherited, **self.variables, "CDK_OUTDIR": str(self.assemblies)},
            capture_output=True,
            text=True,
        )
        if ended.returncode:
            raise DeployCheckFailed(
                f"ensemble {' '.join(typed)} ended with {ended.returncode}:\n{ended.stderr[-2_000:]}"
            )
        answer: Json = json.loads(ended.stdout)
        return answer


def operate(project: Project, stage: Stage, account: Account, terminal: Terminal, console: Console) -> None:
    """Make two dead letters, redrive the one that can be handled, and drop the other one. Raises DeployCheckFailed."""
    command = apart(project.scenario, secrets.token_hex(4), project.keys).stories[0].commands[0]
    _break_one(command, stage, account)
    _lay_aside(command, _queue(command, project, stage), stage, account)
    groups = _listed(terminal, 2)
    broken = next(one["group"] for one in groups if one["reason"].startswith("ContractViolation"))
    (right,) = (one["group"] for one in groups if one["group"] != broken)
    shown = terminal.dlq("show", broken)
    redriven = terminal.dlq("redrive", right, "--yes")
    dropped = terminal.dlq("drop", broken, "--why", "it has no fields", "--yes")
    left = terminal.dlq("list")["number"]
    told = (shown["type"], redriven["handled"], dropped["dropped"], left)
    if told != (command.type, 1, 1, 0):
        raise DeployCheckFailed(f"ensemble dlq: of {command.type} it showed, handled, dropped and left {told}")
    console.print(
        "  two dead letters are listed and one shown; one is redriven and handled, and one dropped; none left"
    )


def _break_one(command: Command, stage: Stage, account: Account) -> None:
    """Put a command without fields on the bus."""
    entry = {"EventBusName": stage.names.bus, "Source": command.source, "DetailType": command.type, "Detail": "{}"}
    account.client("events").put_events(Entries=[entry])


def _lay_aside(command: Command, queue: str, stage: Stage, account: Account) -> None:
    """Put a command that can be handled among the dead letters, as if it had failed."""
    entry = {"Source": command.source, "DetailType": command.type}
    place, id = stage.place, str(command.fields["event_id"])
    body = envelope(id, entry, dict(command.fields), place.account_id, place.region, time.time())
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=queue + DEAD_LETTER_SUFFIX)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))


def _queue(command: Command, project: Project, stage: Stage) -> str:
    """Return the queue by which a service hears the command."""
    declared = read_declared(stage.assembly, project.services, load_schemas(project.root / "schemas"))
    return next(
        one.queue
        for one in declared.hearings
        if (one.source, one.event) == (command.source, command.type) and one.queue
    )


def _listed(terminal: Terminal, number: int) -> list[Json]:
    """Wait for so many groups. Raises DeployCheckFailed."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        groups: list[Json] = terminal.dlq("list")["groups"]
        if len(groups) == number:
            return groups
        time.sleep(PAUSE_SECONDS)
    raise DeployCheckFailed(f"ensemble dlq list shows {len(groups)} groups of dead letters, and there are {number}")
