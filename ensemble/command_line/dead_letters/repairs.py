"""Repairs that a service declares: named functions that make of an event which it cannot handle one that it can.

They are the only way in which an event is changed: `functions/<service>/repairs.py` has them in a table by event.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ensemble.command_line.errors import UsageRefused
from functions.kit.envelope import bridge_event_of, detail_in, encoded
from functions.kit.errors import ContractViolation
from functions.kit.model import KIT_FIELDS, Doors

Fields = dict[str, Any]
Repair = Callable[[Fields], Fields]
Repairs = Mapping[str, Sequence[Repair]]


def repairs_of(service: str) -> Repairs:
    """Return the repairs that a service declares, by event; none where it has no such file."""
    try:
        module = importlib.import_module(f"functions.{service}.repairs")
    except ModuleNotFoundError as error:
        if error.name != f"functions.{service}.repairs":
            raise
        return {}
    table: Repairs = module.REPAIRS
    return table


def repair_named(service: str, type: str, name: str) -> Repair:
    """Return a repair of an event by the name of its function. Raises UsageRefused."""
    known = {one.__name__: one for one in repairs_of(service).get(type, ())}
    if name not in known:
        declared = ", ".join(known) or "none"
        raise UsageRefused(
            f"{service} declares no repair {name!r} of {type}. Declared in functions/{service}/repairs.py: {declared}"
        )
    return known[name]


def repaired(body: str, repair: Repair, doors: Doors) -> str:
    """Return a message with the event that a repair makes of its own: another content, and the same identity.

    It takes the place of the one that failed: with its id, so that it is handled once, and what follows of it has the
    ids that would have followed. Nobody else gets it: who handled the first one is done with it. Raises UsageRefused.
    """
    try:
        event = bridge_event_of(body)
    except ContractViolation as error:
        raise UsageRefused(f"there is nothing to repair: {error}") from error
    envelope = {name: value for name, value in event["detail"].items() if name in KIT_FIELDS}
    fields = repair({name: value for name, value in event["detail"].items() if name not in envelope})
    if forbidden := fields.keys() & set(KIT_FIELDS):
        raise UsageRefused(f"{repair.__name__} makes {', '.join(sorted(forbidden))}, which is the envelope's")
    made = encoded({**event, "detail": envelope | fields})
    before, after = detail_in(body, doors).get("event_id"), detail_in(made, doors).get("event_id")
    if before is not None and before != after:
        raise UsageRefused(f"{repair.__name__} makes another event of it: it changes what finds the row")
    return made
