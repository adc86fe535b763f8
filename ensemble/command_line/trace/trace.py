"""The command `ensemble trace`: what became of a workflow, where it is, and why it goes no further."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console

from ensemble.aws.entries import is_unicode
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.terminal import error_console, printable
from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.command_line.trace.document import document, nothing
from ensemble.command_line.trace.hiding import shown_fields
from ensemble.command_line.trace.reading import Reading
from ensemble.command_line.trace.telling import SIGNS, STYLES, told
from ensemble.trace.lines import lateness
from ensemble.trace.standing import State, standing_of, unhandled
from functions.kit.store import WORKFLOW_BYTES


def trace(console: Console, asked: str, place: Place, *, as_json: bool) -> bool:
    """Print what became of it; return whether anything is known of it. Raises CommandFailed."""
    refuse_what_finds_nothing(asked)
    declared, reading, _ = reading_of(error_console() if as_json else console, place)
    with aws_answers():
        known = reading.known(asked)
        waiting = reading.at_the_doors() if known is None else {}
    if known is None:
        if as_json:
            print_json(nothing(asked, place.stage, reading.now, waiting))
            return False
        console.print(f"✗ {unknown(asked, place, declared)}", style="red", markup=False)
        for line in unhandled(waiting):
            console.print(f"  {SIGNS[State.WAITING]} {line}", style=STYLES[State.WAITING], markup=False)
        return False
    standing = standing_of(known)
    if as_json:
        print_json(document(asked, place.stage, known, standing))
        return True
    late = lateness(known, standing, declared.promises)
    for line, style in told(asked, place.stage, known, standing, late):
        console.print(line, style=style or None, markup=False)
    return True


def reading_of(
    console: Console, place: Place, shown: Callable[..., Any] = shown_fields
) -> tuple[Declared, Reading, Account]:
    """Return what the project declares, what reads a place and tells the fields of events so, and the place's account.
    Raises CommandFailed."""
    now, root = place.now().timestamp(), root_of_project()
    services = read_services(root)
    schemas = read_schemas(root, services)
    assembly = place.assembly(console, root)
    account, declared = place.account(assembly), read_declared(assembly, services, schemas)
    return declared, Reading(declared, account.client("dynamodb"), account.client("sqs"), now, shown), account


def refuse_what_finds_nothing(asked: str) -> None:
    """Raise UsageRefused for what can be neither a key nor the id of a workflow."""
    if not is_unicode(asked) or not 0 < len(asked.encode()) <= WORKFLOW_BYTES:
        raise UsageRefused(f"say what finds a row, or a workflow's id: 1 to {WORKFLOW_BYTES} bytes")


def unknown(asked: str, place: Place, declared: Declared) -> str:
    """Say that nothing is known of it, and where it was looked for."""
    fields = ", ".join(sorted({field for _, field in declared.finders()}))
    where = f"in {place.stage}" if not place.is_laptop else f"in {place.stage} on the laptop AWS"
    return (
        f"nothing is known of {printable(asked)} {where}: no row is found by it ({fields}), no stored event has it as "
        "its workflow, and no dead letter of a command names it"
    )


def print_json(document: object) -> None:
    """Print a document for programs, in ASCII: what came from outside does nothing to a terminal that shows it."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
