"""`ensemble limits`: at how many workflows a second each limit of a stage bites."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.progress import working
from ensemble.command_line.project import root_of_project
from ensemble.command_line.simulate.simulating import application
from ensemble.command_line.synthesis import assembly_of
from ensemble.command_line.terminal import error_console
from ensemble.limits import times
from ensemble.limits.limits import Effort, Limit, Measured, limits_of
from ensemble.limits.load import LONGEST_WAIT
from ensemble.limits.measuring import Stage, measured, region_of
from ensemble.limits.search import MOST
from ensemble.simulator.topology import read_topology


@dataclass(frozen=True, slots=True)
class Report:
    """The limits of a stage for workflows like one story, and how fast due timers are handled, by service."""

    environment: str
    story: str
    messages: int
    published: int
    limits: list[Limit]
    measured: list[Measured]

    def as_json(self) -> dict[str, Any]:
        """Return it as `ensemble limits --json` prints it."""
        return {
            "environment": self.environment,
            "story": self.story,
            "messages": self.messages,
            "events": self.published,
            "longest_wait_seconds": LONGEST_WAIT,
            "tried_up_to": MOST,
            "limits": [
                {
                    "where": one.where,
                    "limit": one.what,
                    "takes": one.takes,
                    "workflows_a_second": None if one.a_second is None else round(one.a_second, 1),
                    "because": one.because,
                }
                for one in self.limits
            ],
            "timers": [
                {
                    "service": one.service,
                    "rows": one.swept.rows,
                    "handled_in_seconds": round(one.swept.handled_seconds, 1),
                    "sent_in_seconds": None if one.swept.sent_seconds is None else round(one.swept.sent_seconds, 1),
                    "not_handled": one.swept.left,
                }
                for one in self.measured
                if one.swept is not None
            ],
            "assumed_seconds": {
                **times.REQUESTS,
                "effect": times.EFFECT,
                "invocation": times.INVOCATION,
                "record": times.RECORD,
            },
        }


def limits(
    console: Console, environment: str, story: str | None, effort: Effort, jobs: int | None, *, as_json: bool
) -> None:
    """Measure a stage and print its limits, the lowest first. Raises UsageRefused when there is no such story."""
    progress = error_console() if as_json else console
    report = find(progress, environment, story, effort, jobs)
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n")
    else:
        _print(console, report)


def find(console: Console, environment: str, story: str | None, effort: Effort, jobs: int | None) -> Report:
    """Measure a stage. Raises UsageRefused when there is no such story."""
    assembly = assembly_of(environment, console, root_of_project())
    try:
        stage = Stage(application(), read_topology(assembly), story)
    except KeyError:
        raise UsageRefused(f"the scenario has no story {story!r}") from None
    found: list[Measured] = []
    names = list(stage.services)
    with working(console, f"Loading {len(names)} services"):
        found.extend(measured(application, assembly, story, names, effort, jobs))
    found.sort(key=lambda one: one.service)
    return Report(
        environment,
        stage.together.story,
        len(stage.together.messages),
        stage.together.published,
        limits_of(stage.services, found, region_of(assembly)),
        found,
    )


def _print(console: Console, report: Report) -> None:
    console.print(
        f"Workflows a second of the stage {report.environment} at which each limit bites, the lowest first. Each is "
        f'like the story "{report.story}": {report.published} events, {report.messages} messages. A service keeps up '
        f"while 99 of 100 messages are handled in {LONGEST_WAIT:g} s and the backlog does not grow.\n",
        markup=False,
    )
    for one in report.limits:
        console.print(_line(one), markup=False)
    for measure in report.measured:
        if measure.swept is not None:
            console.print(f"\n{_of_timers(measure)}", markup=False)


def _line(limit: Limit) -> str:
    rate = f"over {MOST:,.0f}" if limit.a_second is None else f"{limit.a_second:,.0f}"
    because = f"; {limit.because}" if limit.because else ""
    return f"{rate:>10}  {limit.where}: {limit.what}{because} (one takes {limit.takes})"


def _of_timers(measure: Measured) -> str:
    swept = measure.swept
    assert swept is not None
    sent = "" if swept.sent_seconds is None else f", the last one sent after {swept.sent_seconds:,.0f} s"
    left = f", {swept.left:,} never" if swept.left else ""
    handled = f"handled {swept.handled_seconds:,.0f} s after the tick ({swept.handled_a_second:,.0f} a second)"
    return f"{swept.rows:,} timers of {measure.service} due in one minute: all {handled}{sent}{left}"
