"""The command `ensemble logs`: what the services have logged of a workflow, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from ensemble.command_line.run.durations import seconds_of
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.terminal import error_console, printable
from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.lines import LogLine, found_lines
from ensemble.command_line.trace.telling import DIM
from ensemble.command_line.trace.trace import print_json, reading_of, refuse_what_finds_nothing
from ensemble.trace.known import Known
from ensemble.trace.standing import State, standing_of
from ensemble.trace.words import moment, span
from functions.kit.model import rfc3339

BEFORE_SECONDS = 60.0
"""Lines are looked for from so long before the first event on: what comes from outside says itself when it happened."""

AFTER_SECONDS = 3_600.0
"""Of a workflow that is done they are looked for until so long after its last event: for what comes again."""

UNKNOWN_SECONDS = 86_400.0
"""How far back they are looked for where no event is known."""

LEVELS = {"ERROR": "red", "WARNING": "yellow"}
TIMES = (("queue_wait", "waited"), ("lag", "lag"), ("duration", "took"))
"""The fields of a line that are milliseconds, and what they are called here."""

Line = tuple[str, str]


def logs(console: Console, asked: str, place: Place, since: str | None, *, as_json: bool) -> bool:
    """Print the lines; return whether there are any. Raises CommandFailed."""
    refuse_what_finds_nothing(asked)
    back = None if since is None else float(seconds_of(since))
    declared, reading, account = reading_of(error_console() if as_json else console, place)
    with aws_answers():
        known = reading.known(asked)
        start, end = times_of(known, reading.now, back)
        groups = list(declared.log_groups.values())
        found = lines_of(declared, account.client("logs"), asked, known, start, end)
    if as_json:
        print_json(document(asked, place.stage, found, start, end))
    elif found:
        for line, style in told(found):
            console.print(line, style=style or None, markup=False)
    else:
        text = f"no line of {printable(asked)} in {place.stage} from {moment(start, reading.now)} on"
        console.print(f"✗ {text}, in {', '.join(groups)}", style="red", markup=False)
    return bool(found)


def lines_of(declared: Declared, logs: Any, asked: str, known: Known | None, start: float, end: float) -> list[LogLine]:
    """Return what was logged of it between two instants (seconds since 1970), given what is known of it.

    `logs`: botocore's client. Raises what botocore raises.
    """
    workflows = [asked] if known is None else [asked, *workflows_of(known)]
    groups = list(declared.log_groups.values())
    return found_lines(logs, groups, workflows, _rows(declared, asked), start, end)


def workflows_of(known: Known) -> list[str]:
    """Return the workflows of the events; a row that others share has lines of all of them."""
    own = (row.workflow for row in known.rows if not row.is_shared)
    return list(dict.fromkeys((*own, *(event.workflow for event in known.events))))


def _rows(declared: Declared, asked: str) -> list[str]:
    return list(dict.fromkeys(f"{field}#{asked}" for _, field in declared.finders()))


def times_of(known: Known | None, now: float, back: float | None) -> tuple[float, float]:
    """Return from when to when lines are looked for."""
    if back is not None:
        return now - back, now
    if known is None or not known.events:
        return now - UNKNOWN_SECONDS, now
    instants = [event.out_at for event in known.events]
    is_done = standing_of(known).state is State.DONE
    end = min(now, max(instants) + AFTER_SECONDS) if is_done else now
    return max(0.0, min(instants) - BEFORE_SECONDS), end


def told(lines: Sequence[LogLine]) -> Iterator[Line]:
    """Yield a line for each, with its style: its time, its service, what became of the event, and how long it took."""
    days = {_at(line.at).date() for line in lines}
    stamp = "%H:%M:%S.%f" if len(days) == 1 else "%Y-%m-%d %H:%M:%S.%f"
    widest = max((len(_text(line, "service")) for line in lines), default=0)
    for line in lines:
        level = _text(line, "level")
        style = LEVELS.get(level, DIM if _text(line, "message") == "EventDuplicate" else "")
        text = f"{_at(line.at).strftime(stamp)[:-3]}  {_text(line, 'service').ljust(widest)}  {'  '.join(_parts(line))}"
        yield printable(text), style


def _parts(line: LogLine) -> Iterator[str]:
    """Yield what a line says: first the outcome; what it does not say is left out."""
    fields = line.fields
    yield _text(line, "message")
    if type := _text(line, "type"):
        yield type
    if isinstance(attempt := fields.get("attempt"), int) and attempt > 1:
        yield f"attempt {attempt}"
    for name, word in TIMES:
        if isinstance(milliseconds := fields.get(name), int | float):
            yield f"{word} {span(milliseconds / 1_000)}"
    published = fields.get("published")
    if isinstance(published, list) and published:
        yield f"published {', '.join(str(one.get('type')) for one in published if isinstance(one, dict))}"
    if reason := _text(line, "reason"):
        yield reason


def document(asked: str, stage: str, lines: Sequence[LogLine], start: float, end: float) -> dict[str, Any]:
    """Return the document that docs/json.md describes."""
    shown = [{"at": _instant(line.at), "log_group": line.log_group, "line": line.fields} for line in lines]
    return {"stage": stage, "asked": asked, "from": _instant(start), "to": _instant(end), "lines": shown}


def _text(line: LogLine, name: str) -> str:
    value = line.fields.get(name, "")
    return value if isinstance(value, str) else str(value)


def _at(instant: float) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def _instant(seconds: float) -> str:
    return rfc3339(_at(seconds))
