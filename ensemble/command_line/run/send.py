"""The command `ensemble send`: drafts commands, checks them, puts them on a bus and says what came of each."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.text import Text

from ensemble.command_line.errors import SendingFailed, UsageRefused
from ensemble.command_line.project import read_scenario, read_schemas, read_services, root_of_project
from ensemble.command_line.run.asking import now_at
from ensemble.command_line.run.drafts import Stamp, drafted, finished
from ensemble.command_line.run.observing import known
from ensemble.command_line.run.sending import Sent, account_client, local_client, send
from ensemble.command_line.run.unheard import Hearing
from ensemble.command_line.synthesis import assembly_of, names_in
from ensemble.command_line.terminal import printable
from ensemble.contracts.doors import all_doors
from ensemble.scenario import Command, subject
from ensemble.scenario.generated import example
from functions.kit.envelope import Detail
from functions.kit.model import Doors, rfc3339


def send_commands(
    console: Console,
    type: str,
    assignments: list[str],
    *,
    file: str | None,
    count: int,
    endpoint: str | None,
    environment: str,
) -> None:
    """Send `count` commands to the laptop AWS at `endpoint`, or to AWS itself when that is None.

    Raises UsageRefused when they are not as their schema wants them, SendingFailed when the bus refuses any.
    """
    root = root_of_project()
    services = read_services(root)
    schemas = read_schemas(root, services)

    def start(type: str) -> dict[str, Any]:
        return example(type, services, schemas, read_scenario(root)) if file is None else _fields_of(file)

    draft = drafted(type, start, assignments, schemas)
    commands = finished(draft, stamps(count, now_at(endpoint)), schemas)
    client = account_client() if endpoint is None else local_client(endpoint)
    refused, bus = 0, names_in(assembly_of(environment, console, root)).bus
    for sent in send(client, commands, bus):
        refused += sent.refusal is not None
        _print_sent(console, sent, all_doors(services, schemas))
    unheard = Hearing(services, schemas, bus).unheard(type)
    if unheard is not None:
        console.print(Text(f"✗ {unheard}", "yellow"))
    if refused:
        raise SendingFailed(f"the bus refused {refused} of {len(commands)}")


def _print_sent(console: Console, sent: Sent, doors: Doors) -> None:
    """Print a command with the id that services give it, and the workflow that it begins if its row has none yet."""
    command, detail = sent.command, identified(sent.command, doors)
    line = Text.assemble(
        command.type,
        "  ",
        (printable(subject(command.fields)), "bold"),
        (printable(f"  event {detail['event_id']}  workflow {detail['correlation_id']}"), "dim"),
    )
    if sent.refusal is not None:
        line.append(printable(f"  ✗ {sent.refusal}"), "bold red")
    console.print(line)


def identified(command: Command, doors: Doors) -> Detail:
    """Return a command's detail with the id that services give it, and the workflow that it begins."""
    return known(
        {"id": "", "source": command.source, "detail-type": command.type, "detail": command.fields},
        doors,
    )


def _fields_of(file: str) -> dict[str, Any]:
    """Read a JSON object from a file, or from the standard input when the file is `-`. Raises UsageRefused."""
    try:
        with sys.stdin if file == "-" else open(file, encoding="utf-8") as stream:
            fields = json.load(stream)
    except (OSError, ValueError) as error:
        raise UsageRefused(f"{file} holds no fields: {error}") from error
    if not isinstance(fields, dict):
        raise UsageRefused(f"{file} holds no fields: they are one JSON object")
    return fields


def stamps(count: int, now: datetime) -> Iterator[Stamp]:
    """Yield what makes each of so many commands another one."""
    for _ in range(count):
        yield Stamp(str(uuid4()), rfc3339(now), secrets.token_hex(4))
