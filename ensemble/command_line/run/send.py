"""The command `ensemble send`: drafts commands, checks them, puts them on a bus and says what came of each."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.text import Text

from ensemble.command_line.errors import SendingFailed, UsageRefused
from ensemble.command_line.run.drafts import Stamp, drafted, finished, subject
from ensemble.command_line.run.sending import Sent, account_client, local_client, send
from ensemble.command_line.synthesis import ROOT, assembly_of, names_in
from ensemble.contracts.loading import load_schemas
from functions.kit.model import rfc3339


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
    """Send `count` commands to the local AWS at `endpoint`, or to AWS itself when that is None.

    Raises UsageRefused when they are not as their schema wants them, SendingFailed when the bus refuses any.
    """
    schemas = load_schemas(ROOT / "schemas")
    draft = drafted(type, None if file is None else _fields_of(file), assignments, schemas)
    commands = finished(draft, _stamps(count), schemas)
    client = account_client() if endpoint is None else local_client(endpoint)
    refused = 0
    for sent in send(client, commands, names_in(assembly_of(environment, console)).bus):
        refused += sent.refusal is not None
        _tell(console, sent)
    if refused:
        raise SendingFailed(f"the bus refused {refused} of {len(commands)}")


def _tell(console: Console, sent: Sent) -> None:
    command = sent.command
    line = Text.assemble(
        command.type, "  ", (subject(command.detail), "bold"), (f"  event {command.detail['event_id']}", "dim")
    )
    if sent.refusal is not None:
        line.append(f"  ✗ {sent.refusal}", "bold red")
    console.print(line)


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


def _stamps(count: int) -> Iterator[Stamp]:
    for _ in range(count):
        yield Stamp(str(uuid4()), rfc3339(datetime.now(UTC)), secrets.token_hex(4))
