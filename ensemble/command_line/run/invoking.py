"""Invokes a service's consumer with one event, on a laptop, and gives what it decided: rows, events, log, faults."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from ensemble.aws.entries import Event
from ensemble.aws.errors import InvocationFailed, ResourceNotFound
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.fault_log import FaultLog, NewLines
from ensemble.command_line.run.look import TOTAL, table_of
from ensemble.command_line.run.observing import doors_of_laptop
from ensemble.laptop import Laptop
from functions.kit.envelope import identity_in
from functions.kit.model import EVERY_EVENT
from infrastructure.naming import Names

METRICS = "_aws"
"""The key of a line that CloudWatch reads metrics from (CloudWatch User Guide, "Embedded metric format")."""


def invoked(laptop: Laptop, names: Names, service: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Hand the event to the service's consumer in a record of its queue, once, and return what came of it.

    `event`: as EventBridge delivers it. Raises UsageRefused when the service is not there or does not hear the event.
    """
    function, body = names.consumer(service), json.dumps(event, ensure_ascii=False)
    queue = _queue(laptop, names, service, str(event.get("detail-type")))
    faults, lines = FaultLog(laptop), NewLines()
    lines.of(laptop.function(function))
    table = table_of(laptop, names, service)
    before = _items(laptop, table)
    published: list[Any] = []

    def note(_: str, put: Event) -> None:
        if put["source"] == service:
            published.append(put["detail"])

    with suppress(InvocationFailed), laptop.observed(note, _nothing):  # the fault log has it
        laptop.deliver(queue, function, body)
    after = _items(laptop, table)
    return {
        "function": function,
        "event": identity_in(body, doors_of_laptop(laptop)),
        "changes": list(_changes(before, after)),
        "published": published,
        "faults": [fault.text for fault in faults.new() if fault.function == function],
        "log": [line for line in lines.of(laptop.function(function)) if not _is_of_metrics(line)],
    }


def _queue(laptop: Laptop, names: Names, service: str, type: str) -> str:
    """Return the queue by which the service hears an event of the type."""
    rules = laptop.rules
    for heard in (type, EVERY_EVENT):
        for queue in rules.get(names.rule(service, heard), []):
            return queue
    try:
        laptop.function(names.consumer(service))
    except ResourceNotFound:
        raise UsageRefused(f"there is no service {service!r}") from None
    prefix = names.consumer(service) + "-"
    known = sorted(name.removeprefix(prefix) for name in rules if name.startswith(prefix))
    heard = ", ".join(name for name in known if name.isalnum()) or "none"
    raise UsageRefused(f"{service} does not hear {type}; it hears {heard}")


def _items(laptop: Laptop, table: str) -> dict[str, dict[str, Any]]:
    with laptop.engine.lock:
        return {_key(item): _plain(item) for item in laptop.table_items(table)}


def _key(item: Mapping[str, Any]) -> str:
    """Return what finds an item: the key of a row or a counter, or the workflow and the place in it of an event."""
    return "#".join(str(item[name]) for name in ("pk", "position") if name in item)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each row and counter that is not as it was: its key, and what it held and holds."""
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield {"key": key, "before": _seen(before.get(key)), "after": _seen(after.get(key))}


def _seen(item: Mapping[str, Any] | None) -> Any:
    """Return what a person wants to see of an item: a counter's amount, totals, a row's state, an event's type."""
    if item is None:
        return None
    if "state" not in item:
        totals = {name.removeprefix(TOTAL): item[name] for name in sorted(item) if name.startswith(TOTAL)}
        return totals or item.get("amount", item.get("type"))
    return {"version": item["version"], "state": json.loads(item["state"])}


def _nothing(_: str, event: Any) -> None:
    """What is done before other invocations."""


def _plain(value: Any) -> Any:
    """Return an item with numbers and lists that JSON knows."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return sorted(value) if isinstance(value, set) else value


def _is_of_metrics(line: str) -> bool:
    return line.startswith("{") and f'"{METRICS}"' in line
