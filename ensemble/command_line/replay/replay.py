"""The commands `ensemble replay plan` and `ensemble replay run`, by DynamoDB's and EventBridge's own APIs."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.replay.planning import Plan
from ensemble.command_line.replay.pricing import usd_for_an_event
from ensemble.command_line.replay.putting import Cursor, Progress
from ensemble.command_line.replay.replayed_stage import Asked, Stage
from ensemble.command_line.replay.selection import Selection
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.pauses import REAL, Clock
from ensemble.command_line.stage.place import Place
from ensemble.command_line.terminal import error_console
from ensemble.command_line.trace.trace import print_json
from ensemble.trace.words import span

TELLS_EVERY = 5.0
"""Seconds between two lines."""


def plan(console: Console, asked: Asked, place: Place, *, as_json: bool) -> bool:
    """Print what a replay would be; return whether nothing speaks against it. Raises CommandFailed."""
    shown = error_console() if as_json else console
    found = Stage.at(shown, place).plan(asked)
    found.each_usd = usd_for_an_event(shown, place.stage, asked.rate)
    if as_json:
        print_json(found.as_json())
    else:
        for line, style in told(found):
            console.print(line, style=style or None, markup=False)
    return not found.refusals


def told(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what is printed of a plan for a person: each line with its style."""
    yield f"{plan.events:,} events of {plan.stage}, at {plan.rate:g} a second: {span(plan.seconds)}", ""
    for name, types in sorted(plan.by_consumer.items()):
        each = f", {1e6 * plan.each_usd[name]:.2f} USD a million" if name in plan.each_usd else ""
        yield f"  {name}: {types.total():,} events{each}", ""
        yield from ((f"    {number:,} {type}", "") for type, number in sorted(types.items()))
    yield f"Reading, putting and handling them costs about {plan.usd:.4f} USD.", ""
    yield "Nothing is published and no effect performed: no reaction that hears replays may do either.", ""
    if plan.unreadable:
        yield f"✗ {plan.unreadable:,} stored events cannot be read, and are left out", "red"
    yield from ((f"✗ {one}", "red") for one in plan.refusals)


def run(console: Console, asked: Asked, place: Place, clock: Clock = REAL) -> None:
    """Replay what was asked for, or go on with it. Raises CommandFailed."""
    replay(console, Stage.at(console, place), asked, clock)


def replay(console: Console, stage: Stage, asked: Asked, clock: Clock) -> Progress:
    """Do it in a stage. Raises CommandFailed."""
    cursor = stage.cursor(asked.window.as_json(), sorted(asked.services), sorted(asked.types))
    if not cursor.file.exists():
        found = stage.plan(asked)
        if found.refusals:
            raise CommandFailed("; ".join(found.refusals))
        cursor.progress.total = found.events
    selection = Selection.of(stage.services, stage.schemas, asked.services, asked.types)
    return put(console, stage, asked, selection, cursor, clock)


def put(console: Console, stage: Stage, asked: Asked, selection: Selection, cursor: Cursor, clock: Clock) -> Progress:
    """Put what is left of it, and say how far it is. Raises AwsFailed."""
    now, _ = clock
    progress, told_at = cursor.progress, now()
    with aws_answers():
        for progress in stage.putting(asked.rate, clock).run(stage.reading(asked.window), selection, cursor):
            if now() - told_at >= TELLS_EVERY:
                told_at = now()
                left = span(max(0, progress.total - progress.put) / asked.rate)
                console.print(
                    f"{progress.put:,} of {progress.total:,} events put, {left} left. Stop it as you like: the same "
                    "command goes on from here",
                    markup=False,
                )
    console.print(f"✓ {progress.put:,} events put on {stage.names.replay_bus}", style="green", markup=False)
    return progress
