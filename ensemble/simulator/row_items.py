"""What the item of a row says, whichever version of the kit wrote it: what it handled, and what it publishes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ensemble.simulator.dynamodb import OF_THE_KIT, Item
from functions.kit.inbox import place_of

OF_TOTALS, TOTAL = "totals#", "total:"
"""What the key of an item of totals begins with, and the name of each total in it."""


def is_row(item: Item) -> bool:
    """Whether an item is the row of a workflow: no counter, no total, and none of the kit's own."""
    return "version" in item and not item["pk"]["S"].startswith(OF_THE_KIT)


def totals(items: Mapping[str, Item]) -> dict[str, dict[str, int]]:
    """Return the totals that a service keeps, by item and name."""
    kept = {key.removeprefix(OF_TOTALS): item for key, item in items.items() if key.startswith(OF_TOTALS)}
    return {
        key: {name.removeprefix(TOTAL): int(item[name]["N"]) for name in item if name.startswith(TOTAL)}
        for key, item in kept.items()
    }


def handled(item: Item | None) -> frozenset[str]:
    """Return the places (`functions.kit.inbox`) of the events that a row has handled and not forgotten."""
    inbox = {} if item is None else item.get("inbox", {})
    return frozenset(inbox["M"] if "M" in inbox else map(place_of, inbox.get("SS", ())))


def outboxes(item: Item | None) -> dict[str, list[dict[str, Any]]]:
    """Return the events that a row has to publish, by the id of their cause."""
    if item is None or "unpublished" not in item:
        return {}
    kept, workflow = item["unpublished"]["M"], {"correlation_id": item["correlation_id"]["S"]}
    return {
        cause: [{**workflow, "causation_id": cause, **event} for event in json.loads(outbox["S"])["events"]]
        for cause, outbox in kept.items()
    }


def said(before: Item | None, after: Item) -> list[dict[str, Any]]:
    """Return the events that this very write says. Version 0.2.0 of the kit has them in an outbox of each write."""
    earlier = json.loads(after["outbox"]["S"])["events"] if "outbox" in after else []
    if "unpublished" not in after:
        return list(earlier)
    known = {} if before is None else before.get("unpublished", {}).get("M", {})
    new = {cause for cause in after["unpublished"]["M"] if cause not in known}
    return [*earlier, *(event for cause, events in outboxes(after).items() if cause in new for event in events)]
