"""The events that a service stores, read back from its table."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from ensemble.simulator.dynamodb import Item
from functions.kit.store import unpacked


def stored(items: Mapping[str, Item], detail: Mapping[str, Any]) -> Any:
    """Return the detail that is stored of an event in its place: under its workflow, by its time; None if none is.

    `detail`: that of the event, with its whole envelope. Up to version 0.2.0 of the kit an event was a row, by its id.
    """
    row = items.get(f"event_id#{detail['event_id']}")
    if row is not None:
        return json.loads(row["state"]["S"])["detail"]
    parts = list(_parts(items, f"{detail['correlation_id']}#{detail['timestamp']}#{detail['event_id']}"))
    return json.loads(unpacked(*parts))["detail"] if parts else None


def _parts(items: Mapping[str, Item], place: str) -> Iterator[str | bytes]:
    """Yield what the items of an event hold; bytes are written in Base64 where botocore asked."""
    for number in count():
        item = items.get(f"{place}#{number}" if number else place)
        if item is None:
            return
        ((type, value),) = item["event"].items()
        yield base64.b64decode(value) if type == "B" and isinstance(value, str) else value
