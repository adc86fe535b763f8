"""The commands `ensemble dlq list | show | redrive | drop`."""

from __future__ import annotations

import json
from collections.abc import Iterable

import typer
from rich.console import Console

from ensemble.command_line.dead_letters.desk import Desk
from ensemble.command_line.dead_letters.redriving import Redriven
from ensemble.command_line.dead_letters.telling import (
    group_lines,
    plan_document,
    plan_lines,
    redriven_document,
    redriven_lines,
    whole,
)
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.synthesis import names_in
from ensemble.command_line.terminal import error_console, printable
from ensemble.command_line.trace.declared import read_declared
from ensemble.command_line.trace.trace import print_json
from ensemble.console.dead_letters import grouped
from ensemble.trace.words import counted


def list_groups(console: Console, place: Place, *, as_json: bool) -> None:
    """Print the groups of dead letters. Raises CommandFailed."""
    with aws_answers():
        letters = _desk(console, place, as_json=as_json).queues.letters()
    groups, now = grouped(letters), place.now().timestamp()
    if as_json:
        print_json({"stage": place.stage, "number": len(letters), "groups": groups})
        return
    _print(console, [f"{counted(len(letters), 'dead letter')} in {place.stage}"])
    for group in groups:
        _print(console, ["", *group_lines(group, now)])


def show(console: Console, asked: str, place: Place, *, as_json: bool) -> None:
    """Print one letter whole: of a group its oldest. Raises CommandFailed."""
    with aws_answers():
        desk = _desk(console, place, as_json=as_json)
        document = whole(desk.chosen(asked, most=1)[0], desk.queues.declared.schemas)
    if as_json:
        print_json({"stage": place.stage, **document})
        return
    texts = {
        name: one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for name, one in document.items()
    }
    _print(console, [f"{name}: {text}" for name, text in texts.items()])


def redrive(
    console: Console,
    asked: str,
    place: Place,
    *,
    most: int | None,
    rate: float,
    repair: str | None,
    is_dry: bool,
    is_sure: bool,
    as_json: bool,
) -> bool:
    """Forecast, ask, and redrive what would go through; return whether nothing failed. Raises CommandFailed."""
    if as_json and not (is_dry or is_sure):
        raise UsageRefused("--json asks nobody: give --yes, or --dry-run for the forecast alone")
    said = error_console() if as_json else console
    with aws_answers():
        desk = _desk(console, place, as_json=as_json)
        plan = desk.plan(desk.chosen(asked, most), repair)
        _print(said, plan_lines(plan))
        done = Redriven()
        if not is_dry and plan.going:
            if is_sure or _confirmed(f"Redrive {len(plan.going):,} of them in {place.stage}?"):
                done = desk.redrive(plan, rate, lambda so_far: _print(said, [f"{so_far.handled:,} are handled so far"]))
            else:
                return False
    if as_json:
        print_json({"stage": place.stage, **plan_document(plan), **redriven_document(done)})
    elif not is_dry:
        _print(console, redriven_lines(done))
    return not done.why and bool(plan.going)


def drop(console: Console, asked: str, place: Place, *, why: str, is_sure: bool, as_json: bool) -> bool:
    """Delete dead letters for good; return whether that was done. Raises CommandFailed."""
    if as_json and not is_sure:
        raise UsageRefused("--json asks nobody: give --yes")
    with aws_answers():
        desk = _desk(console, place, as_json=as_json)
        letters = desk.chosen(asked)
        first = letters[0]
        what = (
            f"{counted(len(letters), 'dead letter')}: {first.type or 'no event'} of {first.queue}, {first.plain_reason}"
        )
        if not is_sure and not _confirmed(f"Drop for good {what}?"):
            return False
        dropped = desk.drop(letters, why)
    if as_json:
        print_json({"stage": place.stage, "dropped": dropped})
    else:
        _print(console, [f"{dropped:,} were dropped: {why}"])
    return True


def _desk(console: Console, place: Place, *, as_json: bool) -> Desk:
    root = root_of_project()
    services = read_services(root)
    schemas = read_schemas(root, services)
    assembly = place.assembly(error_console() if as_json else console, root)
    declared, account = read_declared(assembly, services, schemas), place.account(assembly)
    return Desk.of(place, declared, account, assembly, names_in(assembly).bus)


def _confirmed(question: str) -> bool:
    return typer.confirm(printable(question))


def _print(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(printable(line), markup=False)
