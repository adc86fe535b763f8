"""The events that a service stores, read back from its table."""

from __future__ import annotations

import base64
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ensemble.simulator.dynamodb import Item
from functions.kit.model import rfc3339
from functions.kit.store import whole_events

Place = tuple[str, str, str]
"""Where an event belongs: its workflow, its instant in UTC to the millisecond, its id."""


def place_in_store(detail: Mapping[str, Any]) -> Place:
    """Return where an event belongs, given its detail with its whole envelope."""
    instant = datetime.fromisoformat(detail["timestamp"]).astimezone(UTC)
    return detail["correlation_id"], rfc3339(instant), detail["event_id"]


def stored(items: Iterable[Item]) -> dict[Place, list[Any]]:
    """Return the details that are stored in each place; none where one cannot be read."""
    workflows: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        if "position" in item:
            place = "#".join(item["position"]["S"].split("#")[:2])
            workflows[item["pk"]["S"]][place].append(_as_bytes(item))
    return {
        (workflow, *position.split("#", 1)): _details(kept)  # type: ignore[misc]
        for workflow, places in workflows.items()
        for position, kept in places.items()
    }


def _details(items: Iterable[Item]) -> list[Any]:
    try:
        return [json.loads(text)["detail"] for text in whole_events(items)]
    except (zlib.error, ValueError):  # a part of it is missing
        return []


def stored_by_version_0_2(items: Mapping[str, Item], event_id: str) -> Any:
    """Return the detail that version 0.2.0 of the kit stored of an event, as a row by its id; None if there is none."""
    row = items.get(f"event_id#{event_id}")
    return None if row is None else json.loads(row["state"]["S"])["detail"]


def _as_bytes(item: Item) -> Item:
    """Return an item with bytes where botocore asked in Base64."""
    ((type, value),) = item["event"].items()
    return item | {"event": {type: base64.b64decode(value) if type == "B" and isinstance(value, str) else value}}
