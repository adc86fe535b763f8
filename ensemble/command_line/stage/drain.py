"""The command `ensemble drain`: lets all workflows come to their end, so that who coordinates them may change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.drained import note_drained, recorded_sagas, refuse_unrecorded, sagas_of
from ensemble.command_line.stage.draining import Draining, Held
from ensemble.command_line.stage.forget import tables_of
from ensemble.command_line.stage.operations import Operation
from ensemble.command_line.stage.pauses import REAL, Clock
from ensemble.command_line.stage.place import Place
from ensemble.command_line.stage.under_way import Tables, UnderWay
from ensemble.command_line.synthesis import names_in
from ensemble.command_line.terminal import error_console, printable
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.evolution import Recorded
from ensemble.trace.words import counted, span
from functions.kit.model import Service
from infrastructure.naming import Names

TELLS_EVERY = 5.0
"""Seconds between two lines."""

INTERRUPTED = "it was interrupted"
STILL_HELD = "It was interrupted. Commands wait still: ensemble drain goes on, ensemble drain --resume takes them again"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that is drained. `sagas`: what is recorded of its sagas, by their names."""

    root: Path
    place: Place
    account: Account
    bus: str
    draining: Draining
    sagas: Mapping[str, Recorded]

    def operation(self, name: str, **what: Any) -> Operation:
        """Return the record of an operation on it."""
        return Operation(self.account, self.bus, self.place.now, {"operation": name, **what})


def drain(console: Console, place: Place, *, is_dry: bool, is_sure: bool, as_json: bool, clock: Clock = REAL) -> bool:
    """Hold back what begins workflows and wait until none is under way; return whether that is so.

    Raises CommandFailed.
    """
    if as_json and not (is_dry or is_sure):
        raise UsageRefused("--json asks nobody: give --yes, or --dry-run for the plan alone")
    said = error_console() if as_json else console
    with aws_answers():
        stage = stage_at(said, place)
        found = stage.draining.under_way()
        _print(said, _plan(stage, found))
        is_done = False
        if not is_dry and (is_sure or typer.confirm(f"Hold back what begins workflows in {place.stage}, and wait?")):
            found = _drained(said, stage, found, clock)
            is_done = found.number == 0
            if is_done:
                note_drained(stage.root, place.stage, stage.sagas)
            _print(said, _end(stage) if is_done else [STILL_HELD])
        if as_json:
            print(json.dumps(document(place.stage, stage.draining.held(), found, is_done=is_done), indent=2))
    return is_done or (is_dry and found.number == 0)


def resume(console: Console, place: Place) -> None:
    """Take up again what was held back. Raises CommandFailed."""
    with aws_answers():
        stage = stage_at(console, place)
        refuse_unrecorded(stage.sagas, read_services(stage.root), place.stage)
        waiting = sum(one.queue.waiting for one in stage.draining.held())
        operation = stage.operation("resume", number=waiting)
        operation.started()
        stage.draining.resume()
        operation.ended({})
    console.print(f"Commands are taken again in {place.stage}: {counted(waiting, 'command')} waited.", markup=False)


def stage_at(console: Console, place: Place) -> Stage:
    """Return a stage, by what its project declares and what is recorded of it. Raises CommandFailed."""
    root = root_of_project()
    services, assembly = read_services(root), place.assembly(console, root)
    account, names = place.account(assembly), names_in(assembly)
    sagas = {} if place.is_laptop else recorded_sagas(root, place.stage)
    draining = draining_of(services, read_schemas(root, services), names, account, sagas)
    draining = replace(draining, quiet_seconds=0.0) if place.is_laptop else draining  # which counts exactly
    return Stage(root, place, account, names.bus, draining, sagas)


def draining_of(
    services: Sequence[Service], schemas: Schemas, names: Names, account: Account, known: Mapping[str, Recorded]
) -> Draining:
    """Return what drains a stage."""
    tables = tables_of([one for one in services if not one.stores_events], names)
    begins = {one.name: {one.begins.event} for one in sagas_of(services)}
    for name, one in known.items():
        if not one["sagas"]:  # it was drained, and may be gone
            continue
        begins[name] = begins.get(name, set()) | {table["starts"] for table in one["sagas"]}
    ours = {*begins, *(one.name for one in services)}
    waiting = [name for name, events in begins.items() if all(schemas.publishers.get(one) in ours for one in events)]
    others = [(one, tables[one.name]) for one in services if one.name in tables and one.name not in begins]
    rows = Tables(account.client("dynamodb"), {name: names.table(name) for name in begins}, others)
    return Draining(account.client, names.beginning, waiting, rows)


def _drained(console: Console, stage: Stage, found: UnderWay, clock: Clock) -> UnderWay:
    """Do it, record it, and return what is under way at the end: something only where it was interrupted."""
    operation = stage.operation("drain", number=found.number)
    operation.started()
    result = {"stopped": INTERRUPTED}
    try:
        stage.draining.hold(clock)
        found = _waited(console, stage.draining, clock)
        result = {}
    except KeyboardInterrupt:
        found = stage.draining.under_way()
    finally:
        operation.ended(result)
    return found


def _waited(console: Console, draining: Draining, clock: Clock) -> UnderWay:
    found, told_at = UnderWay(), clock[0]()
    for found in draining.until_over(clock):
        if found.number and clock[0]() - told_at >= TELLS_EVERY:
            told_at = clock[0]()
            _print(console, [f"Still under way: {'; '.join(found.lines())}"])
    return found


def _plan(stage: Stage, found: UnderWay) -> Iterable[str]:
    """Yield what is held back and for how long it may be, and what is under way."""
    for one in stage.draining.held():
        queue = one.queue
        yield (
            f"{queue.name}: {'its commands wait' if one.is_held else 'its commands would wait'}, "
            f"{span(queue.kept_seconds)} at most; {queue.waiting:,} do now"
        )
    yield from found.lines()
    if not found.number:
        yield "Nothing is under way."


def _end(stage: Stage) -> Iterable[str]:
    """Yield what may be done now."""
    yield f"Nothing is under way in {stage.place.stage}, and commands wait: now it is safe to deploy."
    if stage.sagas:
        yield f"deployed/{stage.place.stage}.json says so, and `ensemble check` lets another table of steps pass."
        yield f"After the deployment: ensemble deployed {stage.place.stage}"
    where = "" if stage.place.is_laptop else f" --stage {stage.place.stage}"
    yield f"To take commands again: ensemble drain --resume{where}"


def document(stage: str, commands: Iterable[Held], found: UnderWay, *, is_done: bool) -> dict[str, Any]:
    """Return the document that docs/json.md describes."""
    held = [
        {"queue": one.queue.name, "held": one.is_held, "waiting": one.queue.waiting, "kept": one.queue.kept_seconds}
        for one in commands
    ]
    return {"stage": stage, "drained": is_done, "commands": held, "under_way": asdict(found)}


def _print(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(printable(line), markup=False)
