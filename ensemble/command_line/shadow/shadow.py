"""The command `ensemble shadow`: stored events through a service's code as it is, beside what it decided before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict

from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.replay.replayed_stage import Stage
from ensemble.command_line.replay.stored import Window
from ensemble.command_line.shadow.comparing import Difference, Differences, changes, from_what_was_published
from ensemble.command_line.shadow.past import Happening, Past
from ensemble.command_line.shadow.telling import Hider, as_json, told
from ensemble.command_line.shadow.trees import Walk, tree_at, walker
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.terminal import error_console
from ensemble.command_line.trace.trace import print_json
from functions.kit.model import Service


def shadow(console: Console, name: str, window: Window, against: str | None, place: Place, *, is_json: bool) -> bool:
    """Print in what the decisions differ; return whether they do not. Raises CommandFailed."""
    stage = Stage.at(error_console() if is_json else console, place)
    service = service_with_rows(stage, name)
    past = past_of(stage, service, window)
    with ExitStack() as stack:
        old = None
        if against is not None:
            tree = stack.enter_context(tree_at(stage.root, against))
            old = stack.enter_context(walker(tree, name))
        new = stack.enter_context(walker(stage.root, name))
        differences = compared(past.rows(), new, old)
    hider = Hider(service, stage.schemas)
    if is_json:
        print_json(as_json(place.stage, name, window, against, differences, hider))
    else:
        for line, style in told(name, against, differences, hider):
            console.print(line, style=style or None, markup=False)
    return not differences.found


def service_with_rows(stage: Stage, name: str) -> Service:
    """Return the service. Raises UsageRefused for one that decides nothing."""
    found = {one.name: one for one in stage.services if not one.stores_events}
    if name not in found:
        raise UsageRefused(f"there is no service {name!r} with rows. There are: {', '.join(found)}")
    return found[name]


def past_of(stage: Stage, service: Service, window: Window) -> Past:
    """Return what happened to its rows, by two readings of the event store. Raises AwsFailed."""
    past = Past(service, stage.schemas, window)
    with aws_answers():
        past.look(stage.reading(window).events())
        past.keep(stage.reading(Window(None, window.until)).events())
    return past


def compared(rows: Iterator[tuple[str, list[Happening]]], new: Walk, old: Walk | None) -> Differences:
    """Return in what new code differs from old code, both on the states that the old comes to; without old code, from
    what was published."""
    differences = Differences()
    for row, happenings in rows:
        told = [asdict(one) for one in happenings]
        before = None if old is None else old(told)
        if before is not None:
            told = [one | {"before": step["before"]} for one, step in zip(told, before, strict=True)]
        after = new(told)
        for at, (one, step) in enumerate(zip(happenings, after, strict=True)):
            if one.is_wanted:
                found = (
                    from_what_was_published(step, one.published)
                    if before is None
                    else list(changes(before[at]["decision"], step["decision"]))
                )
                event = one.body.get("detail", one.body.get("fields"))
                differences.add(Difference(one.type, row, one.event_id, step["before"], event, found))
    return differences
