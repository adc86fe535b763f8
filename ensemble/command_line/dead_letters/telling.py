"""Dead letters as they are told at the terminal and to programs: groups, one whole, what would become of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ensemble.command_line.dead_letters.desk import Plan
from ensemble.command_line.dead_letters.forecast import counted
from ensemble.command_line.dead_letters.redriving import Redriven
from ensemble.command_line.trace.hiding import HIDDEN, shown_fields
from ensemble.console.dead_letters import Letter, cause
from ensemble.contracts.schemas import Schemas
from ensemble.trace.words import counted as number_of
from ensemble.trace.words import moment
from functions.kit.model import KIT_FIELDS, rfc3339

Json = dict[str, Any]


def group_lines(group: Json, now: float) -> Iterator[str]:
    """Yield the lines of a group."""
    first, last = (moment(group[name] / 1_000, now) for name in ("first", "last"))
    yield f"{group['group']}  {group['number']:,} x {group['type'] or 'no event'} → {group['queue']}"
    yield f"  {group['reason']}"
    yield f"  first {first}, last {last}"
    yield f"  {group['cause']}"
    if group["again"]:
        yield f"  {group['again']['number']:,} of them were redriven before, and failed again"


def whole(letter: Letter, schemas: Schemas) -> Json:
    """Return a letter with all that is known of it, but for what is sensitive."""
    return {
        "id": letter.message,
        "group": letter.group,
        "queue": letter.queue,
        "service": letter.service,
        "type": letter.type,
        "event_id": letter.event_id,
        "workflow": letter.workflow,
        "key": letter.key,
        "since": _instant(letter.since),
        "reason": letter.reason,
        "cause": cause(letter),
        "redrives": letter.redrives.number,
        "past": [{"redriven": _instant(at), "reason": reason} for at, reason in letter.redrives.past],
        "fields": _fields(letter, schemas),
    }


def plan_document(plan: Plan) -> Json:
    """Return what would become of letters, those that are alike together."""
    alike = counted(plan.outlooks)
    return {
        "number": len(plan.letters),
        "going": len(plan.going),
        "forecast": [{"ahead": one.ahead.value, "text": one.text, "number": number} for one, number in alike.items()],
    }


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield the lines of a forecast."""
    yield f"By the code of this tree, on the rows as they are now, of {number_of(len(plan.letters), 'dead letter')}:"
    for one, number in counted(plan.outlooks).items():
        yield f"  {number:,} {one.ahead}" + (f": {one.text}" if one.text else "")


def redriven_document(done: Redriven) -> Json:
    """Return what came of a redrive."""
    return {"sent": done.sent, "handled": done.handled, "failed": done.failed, "stopped": done.why or None}


def redriven_lines(done: Redriven) -> Iterator[str]:
    """Yield what came of a redrive."""
    yield f"{done.sent:,} were redriven, {done.handled:,} of them are handled, {len(done.failed):,} failed again"
    for reason in dict.fromkeys(done.failed):
        yield f"  {reason}"
    if done.why:
        yield f"It stopped: {done.why}. What was not redriven is in the DLQ as before."


def _fields(letter: Letter, schemas: Schemas) -> Any:
    try:
        detail = json.loads(letter.body)["detail"]
        fields = {name: value for name, value in detail.items() if name not in KIT_FIELDS}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return HIDDEN
    return shown_fields(fields, schemas.ever(letter.type))


def _instant(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
