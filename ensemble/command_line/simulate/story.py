"""Prints one schedule: the verdict first, then a block per workflow with what changed, and faults marked by `!`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from rich.console import Console

from ensemble.command_line.simulate.simulating import application
from ensemble.command_line.terminal import printable
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.story import Line, Workflow, workflows
from ensemble.simulator.world import START

_UUID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_LONGEST_VALUE = 26


def print_story(console: Console, outcome: Outcome) -> None:
    """Print a block for each workflow of a recorded schedule, first those that its violations name."""
    blocks = workflows(outcome.steps, application().services)
    violations = " ".join(outcome.violations)
    width = console.width if console.is_terminal else 80
    for workflow in sorted(blocks, key=lambda one: not one.is_in(violations)):
        _print(console, _head(workflow))
        for line in workflow.lines:
            for text in _wrapped(line, width):
                _print(console, text)
        console.print()


def print_trace(console: Console, outcome: Outcome) -> None:
    """Print all that happened, each at its time since the start."""
    for instant, text in outcome.trace:
        console.print(f"{elapsed(instant - START)}  {printable(text)}", markup=False)


def elapsed(seconds: float) -> str:
    """Write a span of time as days, hours, minutes, seconds and milliseconds: as wide for all, so that they sort."""
    minutes, milliseconds = divmod(round(seconds * 1_000), 60_000)
    days, minutes = divmod(minutes, 24 * 60)
    return f"{days:2}d {minutes // 60:02}:{minutes % 60:02}:{milliseconds / 1_000:06.3f}"


def shortened(text: str) -> str:
    """Return the text with each UUID cut to its first eight digits."""
    return _UUID.sub(r"\1", text)


def _print(console: Console, text: str) -> None:
    console.print(printable(shortened(text)), markup=False)


def _head(workflow: Workflow) -> str:
    return f"{workflow.title} (workflow {workflow.id})" if workflow.id else workflow.title


def _wrapped(line: Line, width: int) -> Iterator[str]:
    """Yield a line of the story, wrapped under its own text."""
    mark = "!" if line.is_fault else " "
    start = f"{mark} {elapsed(line.instant - START).removeprefix(' 0d ')}  {line.who:<12} "
    room = max(30, width - len(start))
    first, *others = wrap(shortened(_text(line, room)), room, break_on_hyphens=False) or [""]
    yield start + first
    for other in others:
        yield " " * len(start) + other


def _text(line: Line, room: int) -> str:
    published = f"; publishes {', '.join(line.published)}" if line.published else ""
    changes = _fitting(line.changes, 2 * room - len(line.text) - len(published) - 12)
    return (f"{line.text}: " if line.text and changes else line.text) + changes + published


def _fitting(changes: dict[str, tuple[Any, Any]], room: int) -> str:
    """Write the changes one after the other; of those of a new row as many as there is room for."""
    parts: list[str] = []
    for name, (before, after) in changes.items():
        was, now = (_value(value) if value is not None else "nothing" for value in (before, after))
        part = f"{name} {now}" if before is None else f"{name} {was} → {now}"
        if before is None and parts and len(", ".join([*parts, part])) > room:
            return f"{', '.join(parts)}, and {len(changes) - len(parts)} more"
        parts.append(part)
    return ", ".join(parts)


def _value(value: Any) -> str:
    text = shortened(value) if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def verdict(lane: str, outcome: Outcome) -> Sequence[str]:
    """Return what is violated, if anything, and the figures of the schedule."""
    figures = (
        f"seed {outcome.seed}, {lane} lane: {len(outcome.trace)} actions, {sum(outcome.faults.values())} faults, "
        f"trace hash {outcome.hash}"
    )
    if not outcome.violations:
        return ["No invariant is violated.", figures]
    return [*(f"VIOLATED: {one}" for one in outcome.violations), figures]
